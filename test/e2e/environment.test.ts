/** dvm obeys the variables that it names, and none that Node or a library inside it does; nor its signals. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { beginWithEntry, bundleHead, obeyed, seaOptions } from "../../packaging/environment.mjs";
import { bundle, packaged, run } from "../lib/dvm.ts";

const FORMS = { bundle, executable: packaged };
const OURS = { PATH: "/usr/bin:/bin", TMPDIR: "/a b", XDG_RUNTIME_DIR: "", DVM_CONFIG: "a=$(b)`c`\"'" };
const OTHERS = { PATHS: "1", PAT: "2", XPATH: "3", PATH_: "4", DVM_CONFIG2: "5", NODE_OPTIONS: "--x", A: "" };
const lines = (environment: Readonly<Record<string, string>>): string[] =>
  Object.entries(environment)
    .map(([name, value]) => `${name}=${value}`)
    .sort();

t.test("the names are those that the source has", async (t) => {
  const root = fileURLToPath(new URL("../../src", import.meta.url));
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => /\.ts$/.test(file));
  const text = files.map((file) => readFileSync(join(root, file), "utf8")).join("\n");
  const read = [...text.matchAll(/process\.env\["(\w+)"\](?! = )/g)].map(([, name = ""]) => name);
  // libuv reads it in the same process; TMPDIR is read by os.tmpdir().
  const inside = ["UV_THREADPOOL_SIZE"];
  for (const name of read) t.ok(obeyed.includes(name) || inside.includes(name), `${name} is kept`);
  t.same(Object.keys(OURS).sort(), [...obeyed].sort(), "and each has its row here");
});

t.test("both forms give locked sections the room that the page says", async (t) => {
  const page = readFileSync(new URL("../../docs/memory-locking.md", import.meta.url), "utf8");
  const [, room = ""] = /has V8 give up to (\d+) MiB/.exec(page) ?? [];
  const option = `--max-semi-space-size=${room}`;
  t.ok(seaOptions.execArgv.includes(option), "the executable");
  t.ok(bundleHead.includes(` ${option} "$0"`), "the bundle");
});

const hasAssembler = spawnSync("as", ["--version"]).status === 0;

t.test("the machine code is its source, assembled", hasAssembler ? {} : { skip: "no as here" }, async (t) => {
  const dir = t.testdir({});
  const at = (name: string) => fileURLToPath(new URL(`../../packaging/${name}`, import.meta.url));
  const assembled = await run(["as", at("entry.s"), "-o", join(dir, "entry.o")]);
  t.equal(assembled.status, 0, assembled.stderr);
  await run(["objcopy", "-O", "binary", "-j", ".text", join(dir, "entry.o"), join(dir, "entry")]);
  const hex = readFileSync(join(dir, "entry")).toString("hex");
  t.equal(readFileSync(at("entry.hex"), "latin1"), `${hex.match(/.{1,96}/g)?.join("\n")}\n`);
});

t.test("an executable that is made to begin with it sees nothing else", async (t) => {
  const program = join(t.testdir({}), "env");
  copyFileSync("/usr/bin/env", program);
  chmodSync(program, 0o755);
  await beginWithEntry(program);
  const seen = (env: Readonly<Record<string, string>>, args: readonly string[] = []) => {
    const { stdout, status, signal } = spawnSync(program, args, { env, encoding: "utf8" });
    t.same([status, signal], [0, null]);
    return stdout.split("\n").filter(Boolean).sort();
  };
  t.same(seen({}), [], "nothing at all");
  t.same(seen(OTHERS), [], "nothing of ours");
  t.same(seen(OURS), lines(OURS), "nothing else");
  t.same(seen({ ...OTHERS, ...OURS }), lines(OURS), "ours last");
  t.same(seen({ ...OURS, ...OTHERS }), lines(OURS), "ours first");
  t.same(seen({ PATH: "/", ...OTHERS }, ["-u", "none", "X=1"]), ["PATH=/", "X=1"], "with arguments");
});

t.test("nor does the Node that the bundle starts", async (t) => {
  const bin = t.testdir({ node: '#!/bin/sh\nenv; printf "%s\\n" "args: $*"' });
  chmodSync(join(bin, "node"), 0o755);
  const env = { ...OTHERS, ...OURS, PATH: `${bin}:${OURS.PATH}` };
  const { stdout } = await run([bundle, "a", "b c"], { env });
  const seen = stdout.toString().split("\n").filter(Boolean).sort();
  const args = seen.find((line) => line.startsWith("args: "));
  t.match(
    args,
    new RegExp(`^args: --inspect-port=\\S+ --max-semi-space-size=\\d+ ${bundle} a b c$`),
    "with a port that nobody can open",
  );
  // These are made by the shell that stands for Node here.
  const left = seen.filter((line) => line !== args && !/^(PWD|OLDPWD|SHLVL|_)=/.test(line));
  t.same(left, lines({ ...OURS, PATH: env.PATH }));
});

for (const [form, dvm] of Object.entries(FORMS)) {
  t.test(`${form}: variables that Node and its libraries obey`, async (t) => {
    const dir = t.testdir({ "evil.cjs": "require('fs').writeFileSync('ran', '')", "openssl.cnf": "[broken" });
    const at = (name: string) => join(dir, name);
    const hostile = {
      NODE_V8_COVERAGE: at("coverage"),
      NODE_COMPILE_CACHE: at("cache"),
      NODE_EXTRA_CA_CERTS: at("missing.pem"),
      NODE_PATH: dir,
      NODE_DEBUG: "module,fs,http,net,stream",
      NODE_DEBUG_NATIVE: "CODE_CACHE,SEA",
      NODE_REDIRECT_WARNINGS: at("warnings"),
      NODE_REPL_EXTERNAL_MODULE: at("evil.cjs"),
      NODE_REPL_HISTORY: at("history"),
      NODE_PENDING_DEPRECATION: "1",
      NODE_ICU_DATA: at("no-icu"),
      NODE_CHANNEL_FD: "1",
      NODE_UNIQUE_ID: "1",
      NODE_PRESERVE_SYMLINKS_MAIN: "1",
      NODE_USE_SYSTEM_CA: "1",
      OPENSSL_CONF: at("openssl.cnf"),
      OPENSSL_MODULES: dir,
      OPENSSL_ENGINES: dir,
      SSL_CERT_FILE: at("missing.pem"),
      SSL_CERT_DIR: dir,
      SSLKEYLOGFILE: at("keys"),
      UV_THREADPOOL_SIZE: "nonsense",
      UV_USE_IO_URING: "1",
      RES_OPTIONS: "nonsense",
      LOCPATH: dir,
      TZ: ":/dev/zero",
    };
    const PATH = process.env["PATH"] ?? "";
    const command = [dvm, "schema", "label"];
    const plain = await run(command, { cwd: dir, env: { PATH } });
    t.equal(plain.status, 0, plain.stderr);
    for (const options of [`--require=${at("evil.cjs")}`, "--nonsense", "--inspect=0", "--cpu-prof"]) {
      const env = { PATH, ...hostile, NODE_OPTIONS: options };
      t.same(await run(command, { cwd: dir, env }), plain, options);
    }
    t.same(readdirSync(dir).sort(), ["evil.cjs", "openssl.cnf"], "no file was made");
  });

  t.test(`${form}: SIGUSR1 opens no debugger`, async (t) => {
    const dir = t.testdir({});
    const fifo = join(dir, "fifo");
    spawnSync("mkfifo", [fifo]);
    const child = spawn(dvm, ["replicate", "status", fifo], { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    child.stderr.on("data", (chunk) => {
      said += chunk;
    });
    // It is at work once it reads, for which it waits.
    spawn("sh", ["-c", 'exec >"$1"; kill -USR1 "$2"; sleep 0.2; echo "{}"', "sh", fifo, `${child.pid}`]);
    const [status] = await once(child, "close");
    t.equal(status, 2, said);
    t.match(said, /^replicate status: .*\[BAD_INPUT\]\n$/, "and nothing of a debugger that listens");
  });
}

for (const [form, dvm, says] of [
  ["executable", packaged, /^$/],
  // Node 20 cannot be told to do without: it finds no place for it.
  ["bundle", bundle, /^(?:Starting inspector on 240\.0\.0\.1:0 failed: [a-z ]+\n)*$/],
] as const)
  t.test(`${form}: no signal opens one from its first moment on`, async (t) => {
    let said = "";
    for (let delayMs = 0; delayMs < 60; delayMs += 8) {
      const child = spawn(dvm, ["schema", "label"], { stdio: ["ignore", "ignore", "pipe"] });
      child.stderr.on("data", (chunk) => {
        said += chunk;
      });
      setTimeout(() => child.kill("SIGUSR1"), delayMs);
      await once(child, "close");
    }
    t.match(said, says);
  });
