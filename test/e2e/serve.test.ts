/** LVs on image files, served by the executable to the tools that people use: libnbd's and QEMU's. */
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { dvmProgram, type Ran, run } from "../lib/dvm.ts";

const MIB = 1 << 20;
const TOOLS = ["nbdinfo", "nbdcopy", "qemu-img", "qemu-io"];
const missing = TOOLS.filter((tool) => spawnSync(tool, ["--version"]).error);
const isRequired = process.env["DVM_REQUIRE_KERNEL"] === "1";
const skip = missing.length > 0 && !isRequired ? `not there: ${missing.join(", ")}` : false;

interface Server {
  /** Of an export, for tools. */
  readonly uri: (name: string) => string;
  readonly socket: string;
  readonly kill: (signal: "SIGTERM" | "SIGINT" | "SIGKILL") => Promise<Ran>;
}

/** A VG of four disks in a directory that only we can write to. */
function site(t: Test) {
  const dir = mkdtempSync(join(tmpdir(), "dvm-serve-"));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  for (const name of "abcd") {
    writeFileSync(join(dir, `${name}.img`), "");
    truncateSync(join(dir, `${name}.img`), 64 * MIB);
  }
  const config = {
    discover: { scan: ["*.img"] },
    dm: { backend: "sim", state: "dm.json" },
    common: { lockDir: join(dir, "lock") },
    tm: { lockTimeoutMs: 0 },
  };
  writeFileSync(join(dir, "dvm.json"), JSON.stringify(config));
  const env = { PATH: process.env["PATH"] ?? "", DVM_CONFIG: "dvm.json" };
  const dvm = (line: string, input: string | Uint8Array = ""): Promise<Ran> =>
    run([...dvmProgram, ...line.split(" ")], { cwd: dir, env, input });
  const must = async (line: string, input?: Uint8Array): Promise<Buffer> => {
    const { status, stdout, stderr } = await dvm(line, input);
    if (status !== 0) throw new Error(`${line}: ${status}: ${stderr}`);
    return stdout;
  };
  /** Any tool, which must end with 0. */
  const tool = async (...words: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await run(words, { cwd: dir });
    if (status !== 0) throw new Error(`${words.join(" ")}: ${status}: ${stdout} ${stderr}`);
    return stdout.toString();
  };
  const begin = async (words: string, socket: string): Promise<Server | Ran> => {
    const [file = "", ...args] = [...dvmProgram, "serve", ...words.split(" "), "--socket", socket];
    const child = spawn(file, args, { cwd: dir, env, stdio: ["ignore", "pipe", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (bytes: Buffer) => {
      stderr += bytes;
    });
    const ended = new Promise<Ran>((resolve) => {
      child.on("close", (code, signal) =>
        resolve({ status: code ?? (signal === "SIGKILL" ? 137 : 143), stdout: Buffer.alloc(0), stderr }),
      );
    });
    let isOver = false;
    ended.then(() => {
      isOver = true;
    });
    t.teardown(() => child.kill("SIGKILL"));
    const path = join(dir, socket);
    while (!isOver && !(await canConnect(path))) await sleep(20);
    if (isOver) return await ended;
    return {
      uri: (name) => `nbd+unix:///${name}?socket=${path}`,
      socket: path,
      kill: (signal) => {
        child.kill(signal);
        return ended;
      },
    };
  };
  const serve = async (words: string, socket = "s.sock"): Promise<Server> => {
    const begun = await begin(words, socket);
    if ("status" in begun) throw new Error(`serve ${words}: ${begun.stderr}`);
    return begun;
  };
  /** How it ends that is to be refused; one that serves all the same is ended. */
  const refused = async (words: string): Promise<Ran> => {
    const begun = await begin(words, "refused.sock");
    return "status" in begun ? begun : begun.kill("SIGTERM");
  };
  return { dir, dvm, must, tool, serve, refused };
}

const connected = (path: string): Promise<Socket | undefined> =>
  new Promise((resolve) => {
    const socket = connect({ path });
    socket.once("connect", () => resolve(socket));
    socket.once("error", () => resolve(undefined));
  });

async function canConnect(path: string): Promise<boolean> {
  const socket = await connected(path);
  socket?.destroy();
  return socket !== undefined;
}

/** Of no two LVs alike, and nowhere zero. */
function contentOf(name: string, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 4)
    bytes.writeUInt32LE((Math.imul(at + name.charCodeAt(0), 2654435761) | 1) >>> 0, at);
  return bytes;
}

const LVS: Readonly<Record<string, string>> = {
  linear: "--size 20M --pv b.img",
  striped: "--size 9M --stripes 3 --pv a.img --pv b.img --pv c.img",
  mirror: "--size 5M --mirrors 1 --pv a.img --pv b.img",
  parity: "--size 6M --type raid5 --stripes 2 --pv a.img --pv b.img --pv c.img",
};

t.test("nbdinfo, nbdcopy, qemu-img and qemu-io", { skip }, async (t) => {
  const { dir, dvm, must, tool, serve, refused } = site(t);
  await must("init vg a.img b.img c.img d.img --region-size 1M --extent-size 1M");
  const contents = new Map<string, Buffer>();
  for (const [name, options] of Object.entries(LVS)) {
    await must(`create-lv vg/${name} ${options} --no-activate`);
    const size = Number(/--size (\d+)M/.exec(options)?.[1]) * MIB;
    contents.set(name, contentOf(name, size));
  }
  for (const [name, content] of contents) await must(`import vg/${name} -`, content);
  const same = async (server: Server, name: string, as = name): Promise<boolean> => {
    await tool("nbdcopy", server.uri(as), join(dir, "copy"));
    await tool("qemu-img", "compare", "-f", "raw", "-F", "raw", server.uri(name), join(dir, "copy"));
    return readFileSync(join(dir, "copy")).equals(contents.get(name) ?? Buffer.alloc(0));
  };

  await t.test("read", async (t) => {
    const server = await serve("vg");
    t.equal(statSync(server.socket).mode & 0o777, 0o600);
    const { exports } = JSON.parse(await tool("nbdinfo", "--json", "--list", server.uri("")));
    t.strictSame(
      exports.map((each: Record<string, unknown>) => each["export-name"]),
      Object.keys(LVS),
    );
    t.match(exports[0], { is_read_only: true, can_multi_conn: true, contexts: ["base:allocation"] });
    for (const name of contents.keys()) t.ok(await same(server, name), name);
    t.ok(await same(server, "linear", "vg/linear"), "by both names");
    await must("tag vg/linear --add x");
    const refusedFor = (what: RegExp) => ({ status: 3, stderr: what });
    const isServed = /LV linear is read without a kernel by process \d+ \(\S+ serve vg .*\[IN_USE\]/;
    t.match(await dvm("remove-lv vg/linear"), refusedFor(isServed), "it keeps its extents");
    t.match(await dvm("activate vg"), refusedFor(/LV linear is in use.*LV parity is in use.*\[IN_USE\]/));
    await must("create-lv vg/more --size 1M");
    await must("remove-lv vg/more");
    t.equal((await dvm("serve vg --socket s.sock")).status, 3, "another server listens there");
    const [first] = await Promise.all([serve("vg/linear", "t.sock"), tool("nbdinfo", server.uri("mirror"))]);
    t.ok(await same(first, "linear"), "several servers may read");
    await first.kill("SIGINT");
    t.match(await server.kill("SIGTERM"), { status: 0, stderr: "" });
    t.notOk(existsSync(server.socket));
  });

  await t.test("write", async (t) => {
    const server = await serve("vg/mirror vg/parity vg/striped --writable");
    for (const name of ["mirror", "parity", "striped"]) {
      const own = contents.get(name) as Buffer;
      own
        .fill(0x51, 4096, 4096 + 3 * MIB)
        .fill(0, 4 * MIB, 4 * MIB + 65536)
        .fill(0x52, 512, 1024);
      const io = [
        "write -P 0x51 4k 3M",
        "write -z 4M 64k",
        "write -f -P 0x52 512 512",
        "flush",
        "read -P 0x51 4k 3M",
      ];
      await tool("qemu-io", "-f", "raw", ...io.flatMap((each) => ["-c", each]), server.uri(name));
      t.ok(await same(server, name), name);
    }
    const other = contentOf("other", (contents.get("striped") as Buffer).length);
    contents.set("striped", other);
    writeFileSync(join(dir, "other"), other);
    await tool("nbdcopy", "--connections=4", "--flush", join(dir, "other"), server.uri("striped"));
    t.match(
      await dvm("export vg/mirror -"),
      { status: 5, stderr: /the LV is locked/ },
      "nobody reads beside it",
    );
    t.ok((await must("export vg/linear -")).equals(contents.get("linear") as Buffer), "but others");
    t.match(await server.kill("SIGTERM"), { status: 0, stderr: "" });
    for (const name of contents.keys())
      t.ok((await must(`export vg/${name} -`)).equals(contents.get(name) as Buffer), `${name} afterwards`);
  });

  await t.test("an overlay is thrown away", async (t) => {
    const server = await serve("vg/linear --overlay --overlay-size 4M");
    const io = ["write -P 7 4608 2M", "read -P 7 4608 2M", "write -z 10M 8M", "read -P 0 10M 8M"];
    await tool("qemu-io", "-f", "raw", ...io.flatMap((each) => ["-c", each]), server.uri("linear"));
    const more = await run(["qemu-io", "-f", "raw", "-c", "write 4M 8M", server.uri("linear")]);
    t.match(more.stdout.toString() + more.stderr, /No space left/, "and bounded");
    t.equal((await server.kill("SIGTERM")).status, 0);
    t.ok((await must("export vg/linear -")).equals(contents.get("linear") as Buffer));
  });

  await t.test("clients that are killed, and 64 at once", async (t) => {
    const server = await serve("vg/linear vg/mirror");
    for (let round = 0; round < 3; round += 1) {
      const client = spawn("nbdcopy", [server.uri("linear"), "null:"]);
      await new Promise((resolve) => client.once("spawn", resolve));
      client.kill("SIGKILL");
      const half = await connected(server.socket);
      half?.write(Buffer.from("\0\0\0\x03IHAVEOPT\0\0", "latin1"));
      half?.destroy();
    }
    t.ok(await same(server, "mirror"));
    // Those that were killed may be on their way out still.
    const idle: Socket[] = [];
    const greets = async (): Promise<boolean> => {
      const socket = (await connected(server.socket)) as Socket;
      idle.push(socket);
      return new Promise((resolve) => {
        socket.once("data", () => resolve(true));
        socket.once("close", () => resolve(false));
      });
    };
    let greeted = 0;
    while (greeted < 64) if (await greets()) greeted += 1;
    t.equal(await greets(), false, "the 65th is turned away");
    for (const socket of idle) socket.destroy();
    while (!(await greets()));
    t.ok(await same(server, "mirror"), "and there is room again");
    t.equal((await server.kill("SIGTERM")).status, 0);
  });

  await t.test("sockets", async (t) => {
    const killed = await serve("vg/linear");
    await killed.kill("SIGKILL");
    await must("activate vg linear");
    t.notOk(
      readdirSync(join(dir, "lock")).some((name) => name.endsWith(".content")),
      "no lock is left behind",
    );
    await must("deactivate vg linear");
    t.ok(existsSync(killed.socket), "is left behind");
    const next = await serve("vg/linear");
    t.ok(await same(next, "linear"), "and gives way");
    await next.kill("SIGTERM");
    writeFileSync(killed.socket, "mine");
    t.match(await dvm("serve vg --socket s.sock"), { status: 3, stderr: /is no socket/ });
    t.equal(readFileSync(killed.socket, "utf8"), "mine");
    rmSync(killed.socket);
    chmodSync(dir, 0o770);
    t.match(await dvm("serve vg --socket t.sock"), { status: 2, stderr: /written to by other users/ });
    chmodSync(dir, 0o700);
    t.match(await dvm(`serve vg --socket ${"x".repeat(120)}`), { status: 2, stderr: /at most 107 bytes/ });
    for (const words of [
      "--listen 127.0.0.1:1",
      "--listen 0.0.0.0:9 --insecure",
      "--listen 127.0.0.1:0 --insecure",
    ])
      t.equal((await dvm(`serve vg ${words}`)).status, 2, words);
  });

  await t.test("degraded", async (t) => {
    renameSync(join(dir, "b.img"), join(dir, "b.away"));
    const server = await serve("vg/mirror");
    t.ok(await same(server, "mirror"));
    t.equal((await server.kill("SIGTERM")).status, 0);
    for (const words of ["vg/linear", "vg/mirror --writable"])
      t.match(await refused(words), { status: 3, stderr: /\[INCOMPLETE\]/ }, words);
    const all = await serve("vg");
    t.notOk((await run(["nbdinfo", all.uri("linear")])).status === 0, "what is lost is not served");
    t.ok(await same(all, "mirror"), "beside what is there");
    t.ok(await same(all, "parity"), "and what parity gives");
    t.match(await all.kill("SIGTERM"), {
      status: 0,
      stderr: /linear: some of it is on devices that were not found/,
    });
    renameSync(join(dir, "b.away"), join(dir, "b.img"));
  });

  await t.test("live", async (t) => {
    await must("activate vg");
    t.match(await refused("vg/linear"), { status: 3, stderr: /is live .*--live.*\[IN_USE\]/ });
    const server = await serve("vg/linear --live");
    t.ok(await same(server, "linear"));
    t.match(await server.kill("SIGTERM"), { status: 0, stderr: /not a point in time/ });
  });
});
