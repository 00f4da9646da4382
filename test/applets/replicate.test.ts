/** The real replicate on image files: the whole story, what it refuses, and 50 times its sudden end. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import t from "tap";
import { hostDisks } from "../../src/core/host/disk/disks.ts";
import { format } from "../../src/core/replicate/format.ts";
import { prepare } from "../../src/core/replicate/prepare.ts";
import { read } from "../../src/core/replicate/read.ts";
import { renderStatus } from "../../src/core/replicate/set/render-status.ts";
import { status } from "../../src/core/replicate/status.ts";
import { verify } from "../../src/core/replicate/verify.ts";
import type { ReplicateHistory, ReplicateStatus } from "../../src/schema/index.ts";
import { bundle, documentOf, dvm } from "../lib/dvm.ts";
import { random } from "../lib/random.ts";
import { stepsOf } from "../lib/region-advice.ts";
import { contentOf, regionSys } from "../lib/region-world.ts";

t.setTimeout(0);

interface World {
  readonly dir: string;
  readonly file: string;
  readonly image: (n: number) => string;
  readonly replicate: (verb: string, ...args: string[]) => ReturnType<typeof dvm>;
  readonly put: (name: string, content: Uint8Array | string) => string;
  readonly regionFile: (name: string, ...indices: number[]) => string;
}

function world(dir: string, pages = 32): World {
  const image = (n: number) => join(dir, `${n}.img`);
  const put = (name: string, content: Uint8Array | string) => {
    writeFileSync(join(dir, name), content);
    return join(dir, name);
  };
  const regionFile = (name: string, ...indices: number[]) =>
    put(
      name,
      JSON.stringify({ regions: indices.map((n) => ({ path: image(n), offset: 8, length: pages * 8 })) }),
    );
  for (const n of [0, 1, 2]) {
    put(`${n}.img`, "");
    truncateSync(image(n), (pages + 1) * 4096);
  }
  const file = regionFile("regions.json", 0, 1, 2);
  return {
    dir,
    file,
    image,
    put,
    regionFile,
    replicate: (verb, ...args) => dvm(["replicate", verb, ...args]),
  };
}

const digest = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

t.test("from the first format to a lost superblock", async (t) => {
  const { dir, file, image, put, regionFile, replicate } = world(t.testdir({}));
  const a = contentOf("a", 20_000);
  const b = contentOf("b", 9_000);
  const statusOf = async () => documentOf<ReplicateStatus>(await replicate("status", file));
  t.match(await statusOf(), { state: "unformatted", advice: "format", txid: null });
  t.match(documentOf(await replicate("format", file)), { txid: 1, regions: 3 });
  t.match(await replicate("format", file), { status: 3, stderr: /--force.*\[EXISTS\]\n$/ });
  t.equal((await dvm(["replicate", "prepare", file, "-"], { input: a })).status, 0);
  t.match(await replicate("prepare", file, "-"), { status: 3, stderr: /\[ALREADY_PREPARED\]/ });
  t.match(await replicate("read", file, "-"), { status: 0, stderr: /prepared/ });
  t.match(await statusOf(), {
    state: "preparing",
    advice: "commit or abort",
    txid: 1,
    prepared: { txid: 2 },
  });
  t.match(documentOf(await replicate("commit", file)), { txid: 2, contentLength: 20_000 });
  t.match(await replicate("commit", file), { status: 3, stderr: /\[NOTHING_PREPARED\]/ });
  t.match(await replicate("abort", file), { status: 3, stderr: /\[NOTHING_PREPARED\]/ });
  const source = put("b", b);
  await replicate("prepare", file, source);
  t.match(documentOf(await replicate("abort", file)), { txid: 2 });
  await replicate("prepare", file, source);
  t.match(documentOf(await replicate("commit", file)), { txid: 4 });

  const out = join(dir, "out");
  t.match(await replicate("read", file, out), { status: 0, stderr: "" });
  t.same(readFileSync(out), b);
  t.notOk(
    readdirSync(dir).some((name) => name !== "out" && name.startsWith("out")),
    "no temporary file is left",
  );
  t.same((await replicate("read", file, "-", "--txid", "2")).stdout, a);
  t.match(await replicate("read", file, "-", "--txid", "3"), { status: 4, stderr: /\[NOT_FOUND\]/ });
  const { states } = documentOf<ReplicateHistory>(await replicate("history", file));
  t.match(states, [
    { txid: 4, active: true, readable: true, regions: [0, 1, 2] },
    { txid: 2, active: false, readable: true },
    { txid: 1, active: false, readable: true },
  ]);

  const two = regionFile("two.json", 0, 1);
  await replicate("prepare", two, source, "--new-epoch");
  await replicate("commit", two);
  t.match(await statusOf(), { state: "out-of-sync", advice: "sync regions 2 from regions 0-1", txid: null });
  t.match(await replicate("read", file, "-"), {
    status: 3,
    stderr: /region 2 has transaction 4.*\[OUT_OF_SYNC\]/,
  });
  t.match(documentOf(await replicate("sync", file, "--from", two)), { txid: 5, regions: 3 });
  t.match(documentOf(await replicate("verify", file)), { state: "clean" });

  const bytes = readFileSync(image(1));
  bytes.fill(0, 4096, 8192);
  writeFileSync(image(1), bytes);
  t.match(await replicate("verify", file), { status: 3, stderr: /region 1 is not formatted/ });
  t.match(documentOf(await replicate("rebuild", file, "--region", "1")), { txid: 5, regions: 1 });
  t.match(await replicate("rebuild", file, "--region", "1"), { status: 3, stderr: /\[EXISTS\]/ });
  t.match(await statusOf(), { state: "clean", txid: 5 });
  bytes.fill(0xff, 8192);
  writeFileSync(image(1), bytes);
  t.match(await replicate("rebuild", file, "--region", "1"), { status: 6, stderr: /\[CORRUPT\]/ });
  t.equal((await replicate("sync", file, "--from", regionFile("one.json", 0))).status, 0);
  const page = readFileSync(image(2));
  page.fill(1, 4096 * 3);
  writeFileSync(image(2), page);
  const damaged = await replicate("verify", file);
  t.match(damaged, { status: 6, stderr: /damage in region 2.*\[CORRUPT\]\n$/ });
  t.match(JSON.parse(damaged.stdout.toString()), {
    regions: [{ damaged: false }, { damaged: false }, { damaged: true }],
  });
});

t.test("what it refuses leaves every byte as it was", async (t) => {
  const { dir, file, image, put, replicate } = world(t.testdir({}));
  await replicate("format", file);
  await replicate("prepare", file, put("half", contentOf("half", 15 * 4096)));
  await replicate("commit", file);
  const before = [0, 1, 2].map((n) => digest(image(n)));
  const regions = (...list: object[]) => JSON.stringify({ regions: list });
  const good = { path: image(0), offset: 8, length: 256 };
  const rows = [
    ["prepare", file, put("full", contentOf("full", 20 * 4096)), 3, "NO_SPACE"],
    ["prepare", file, put("large", contentOf("large", 40 * 4096)), 3, "TOO_LARGE"],
    ["prepare", file, join(dir, "absent"), 2, "BAD_INPUT"],
    ["prepare", put("comma.json", '{"regions":[],}'), "half", 2, "BAD_INPUT"],
    [
      "prepare",
      put("overlap.json", regions(good, { ...good, offset: 16 })),
      join(dir, "half"),
      2,
      "BAD_REGION",
    ],
    [
      "prepare",
      put("beyond.json", regions(good, { ...good, path: image(1), offset: 16 })),
      join(dir, "half"),
      3,
      "OUT_OF_SYNC",
    ],
    ["prepare", put("odd.json", regions({ ...good, offset: 9 })), join(dir, "half"), 2, "BAD_REGION"],
    [
      "prepare",
      put("folder.json", regions(good, { ...good, path: dir })),
      join(dir, "half"),
      3,
      "OUT_OF_SYNC",
    ],
    [
      "format",
      put("beyond2.json", regions(good, { ...good, path: image(1), offset: 16 })),
      "--force",
      2,
      "BAD_REGION",
    ],
    ["format", put("folder2.json", regions(good, { ...good, path: dir })), "--force", 2, "BAD_INPUT"],
    [
      "prepare",
      put("gone.json", regions(good, { ...good, path: join(dir, "absent.img") })),
      join(dir, "half"),
      3,
      "OUT_OF_SYNC",
    ],
    [
      "prepare",
      put("nothing.json", regions({ ...good, path: join(dir, "absent.img") })),
      join(dir, "half"),
      4,
      "NOT_FOUND",
    ],
    ["prepare", put("longer.json", regions({ ...good, length: 248 })), join(dir, "half"), 3, "OUT_OF_SYNC"],
    ["read", file, join(dir, "no", "such", "folder"), 1, "IO"],
  ] as const;
  for (const [verb, regionFile, operand, status, code] of rows) {
    const ran = await replicate(verb, regionFile, operand);
    t.equal(ran.status, status, `${code}: ${ran.stderr}`);
    t.match(ran.stderr, new RegExp(`^[^\\n]*\\[${code}\\]\\n$`));
  }
  t.same(
    [0, 1, 2].map((n) => digest(image(n))),
    before,
  );
  t.notOk(existsSync(join(dir, "absent.img")), "nothing is made up");
});

t.test("killed 50 times in the middle of updates", async (t) => {
  const { image, file, put } = world(t.testdir({}));
  // Only what gets killed needs to be a process.
  const sys = regionSys(hostDisks({ deadlineMs: 60_000 }));
  const regions = [0, 1, 2].map((n) => ({ path: image(n), offset: 8, length: 256 }));
  await format(sys, regions, { force: false });
  const draw = random("kill");
  const seen = new Map<string, number>();
  let now: Buffer = Buffer.alloc(0);
  for (let kill = 0; kill < 50; kill++) {
    const next = contentOf(`update ${kill}`, 3000 + kill * 100);
    const half = draw() < 0.5;
    if (half) await prepare(sys, regions, next, { newEpoch: false });
    const args = half ? ["commit", file] : ["prepare", file, put("next", next)];
    const child = spawn(process.execPath, [bundle, "replicate", ...args]);
    const ended = new Promise((resolve) => child.on("close", resolve));
    setTimeout(() => child.kill("SIGKILL"), 20 + draw() * 150);
    await ended;
    const found = await status(sys, regions);
    seen.set(found.state, (seen.get(found.state) ?? 0) + 1);
    t.ok(["clean", "preparing", "committing"].includes(found.state), `kill ${kill}: ${found.state}`);
    const bytes = await read(sys, regions, undefined);
    t.ok(bytes.equals(now) || bytes.equals(next), "old or new");
    const [step] = stepsOf(found, regions);
    await step?.run(sys);
    now = await read(sys, regions, undefined);
    t.ok(now.equals(next) || (found.state !== "committing" && now.equals(bytes)), "as was decided");
    await verify(sys, regions);
  }
  t.comment(`states ${[...seen].map(([state, times]) => `${times} ${state}`).join(", ")} after kills`);
});

t.test("the table for people", async (t) => {
  const { file, put, replicate, image, dir } = world(t.testdir({}));
  await replicate("format", file);
  await replicate("prepare", file, put("a", "abc"));
  const shown = renderStatus(documentOf<ReplicateStatus>(await replicate("status", file))).replaceAll(
    dir,
    "DIR",
  );
  t.match(shown, /^0 {2}DIR\/0\.img +8 +128 KiB +prepared +current +1 +2$/m);
  t.match(shown, /^The set is preparing: transaction 1 of .*, 0 bytes, transaction 2 prepared\.$/m);
  t.match(shown, /^Next: commit or abort\.$/m);
  const bytes = readFileSync(image(2));
  bytes[4096 + 100] = 0x77;
  writeFileSync(image(2), bytes);
  const damaged = renderStatus(documentOf<ReplicateStatus>(await replicate("status", file)));
  t.match(damaged, /corrupt +unusable +- +- +superblock fails its checksum$/m);
  t.match(damaged, /^Next: commit on regions 0-1 alone, then sync regions 2 from regions 0-1\.$/m);
});

t.test("one bad image of a set is that region's state, and no refusal of all", async (t) => {
  const bad = {
    "cut short": [
      (path: string) => truncateSync(path, 20 * 4096),
      "unreadable",
      /ends at sector 264, its device at 160/,
    ],
    "too short for a superblock": [(path: string) => truncateSync(path, 600), "unreadable", /ends at sector/],
    empty: [(path: string) => truncateSync(path, 0), "unreadable", /is empty/],
    absent: [(path: string) => rmSync(path), "unreadable", /no such/],
    "a directory": [
      (path: string) => {
        rmSync(path);
        mkdirSync(path);
      },
      "unreadable",
      /is a directory/,
    ],
    "another text": [
      (path: string) => writeFileSync(path, "no region\n".repeat(20_000)),
      "unformatted",
      undefined,
    ],
    "another's region": [
      (path: string) => {
        const bytes = readFileSync(path);
        bytes.writeUInt32LE(31, 4096 + 32);
        createHash("sha256")
          .update(bytes.subarray(4096, 4096 + 224))
          .digest()
          .copy(bytes, 4096 + 224);
        writeFileSync(path, bytes);
      },
      "corrupt",
      /was formatted with 248 sectors, the region file says 256/,
    ],
  } as const;
  for (const [what, [spoil, state, message]] of Object.entries(bad)) {
    const { dir, file, image, put, regionFile, replicate } = world(t.testdir({}));
    await replicate("format", file);
    spoil(image(1));
    const ran = await replicate("status", file);
    t.equal(ran.status, 0, `${what}: ${ran.stderr}`);
    const found = documentOf<ReplicateStatus>(ran);
    t.same(
      found.regions.map((region) => region.state),
      ["clean", state, "clean"],
      what,
    );
    t.equal(found.state, "out-of-sync");
    if (message) t.match(found.regions[1]?.error?.message, message);
    // The rest can be used without it, and what needs all says which one is in the way.
    t.equal((await replicate("read", file, join(dir, "content"))).status, 3, what);
    const prepared = await replicate("prepare", file, put("next", "next"));
    t.match(prepared, { status: 3, stderr: /region 1 .*\[OUT_OF_SYNC\]/ }, what);
    t.equal((await replicate("history", file)).status, 0, what);
    t.equal((await replicate("read", regionFile("others.json", 0, 2), join(dir, "content"))).status, 0, what);
  }
});
