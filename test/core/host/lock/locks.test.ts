import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import t, { type Test } from "tap";
import { hostLocks } from "../../../../src/core/host/lock/locks.ts";
import { makeDirectory } from "../../../../src/core/host/lock/make-directory.ts";
import { makeOwnDirectory } from "../../../../src/core/host/lock/own-directory.ts";
import { isQueuedFor, queueUp } from "../../../../src/core/host/lock/queue.ts";
import { locksContract } from "../../../contract/locks.ts";

const NOBODY = 65534;
const NAME = "0123456789abcdef0123456789abcdef";

locksContract("locks of the machine", (t) => {
  const directory = join(t.testdir({}), "made", "when needed");
  return () => hostLocks(directory);
});

/** A process that takes the lock, says so, and keeps it until it is killed. */
function holder(directory: string, timeoutMs = 0) {
  const module = join(import.meta.dirname, "../../../../src/core/host/lock/locks.ts");
  const script = `const { hostLocks } = await import(${JSON.stringify(module)});
    await hostLocks(${JSON.stringify(directory)}).acquire("${NAME}", "exclusive", ${timeoutMs});
    console.log("held");
    setInterval(() => {}, 1000);`;
  return spawn(process.execPath, ["--import=tsx", "--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

t.test("a lock that another process holds falls when that is killed", async (t) => {
  const directory = t.testdir({});
  const child = holder(directory);
  t.teardown(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  await t.rejects(hostLocks(directory).acquire(NAME, "shared", 0), {
    code: "LOCKED",
    message: new RegExp(`process ${child.pid} \\(.*node`),
  });
  child.kill("SIGKILL");
  await once(child, "close");
  await (await hostLocks(directory).acquire(NAME, "exclusive", 60_000)).release();
});

t.test("what a killed process has had of an LV is cleared away by who looks", async (t) => {
  const directory = t.testdir({});
  const child = holder(directory);
  t.teardown(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  const locks = hostLocks(directory);
  t.match(await locks.held(NAME), [{ mode: "exclusive", by: new RegExp(`^process ${child.pid} \\(`) }]);
  t.ok(existsSync(join(directory, NAME)));
  child.kill("SIGKILL");
  await once(child, "close");
  t.strictSame(await locks.held(NAME), []);
  t.notOk(existsSync(join(directory, NAME)), "no file of it is left");
});

/** How many wait for the lock, as the kernel has them. */
function waiting(directory: string): number {
  const file = join(directory, `${NAME}.queue`);
  if (!existsSync(file)) return 0;
  const { ino } = statSync(file);
  const locks = readFileSync("/proc/locks", "latin1").split("\n");
  return locks.filter((line) => line.includes("OFDLCK") && line.includes(`:${ino} `)).length;
}

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
};

t.test("who waits longest has it first, and whoever gives up leaves the queue", async (t) => {
  const directory = t.testdir({});
  const held = await hostLocks(directory).acquire(NAME, "exclusive", 0);
  const order: number[] = [];
  const all: Promise<void>[] = [];
  for (let number = 0; number < 8; number += 1) {
    const one = hostLocks(directory, { stoppedMs: Number.POSITIVE_INFINITY });
    const lock = one.acquire(NAME, number % 3 === 0 ? "shared" : "exclusive", 600_000);
    all.push(
      lock.then((taken) => {
        order.push(number);
        return taken.release();
      }),
    );
    await until(() => waiting(directory) === number + 1);
  }
  await t.rejects(hostLocks(directory).acquire(NAME, "exclusive", 5), { code: "LOCKED" });
  t.equal(waiting(directory), 8);
  await held.release();
  await Promise.all(all);
  t.same(order, [0, 1, 2, 3, 4, 5, 6, 7]);
  t.equal(waiting(directory), 0);
});

t.test("readers who follow one another without a gap do not keep out a writer", async (t) => {
  const directory = t.testdir({});
  const open = () => hostLocks(directory, { stoppedMs: Number.POSITIVE_INFINITY });
  const order: string[] = [];
  let reader = await open().acquire(NAME, "shared", 600_000);
  const written = open()
    .acquire(NAME, "exclusive", 600_000)
    .then((lock) => {
      order.push("writer");
      return lock.release();
    });
  await until(() => waiting(directory) === 1);
  const readers = [1, 2, 3].map(async (number) => {
    const lock = await open().acquire(NAME, "shared", 600_000);
    order.push(`reader ${number}`);
    const before = reader;
    reader = lock;
    await before.release();
  });
  // Without a queue each would have it by now, and none would give it back before the next one has it.
  await until(() => waiting(directory) === 4 || order.length === 3);
  t.same(order, [], "they line up behind the writer");
  await reader.release();
  await Promise.all([written, ...readers]);
  await reader.release();
  t.equal(order[0], "writer");
  t.equal(order.length, 4);
});

t.test("who does not wait asks nobody who does", async (t) => {
  const directory = t.testdir({});
  const open = () => hostLocks(directory, { stoppedMs: Number.POSITIVE_INFINITY });
  const held = await open().acquire(NAME, "shared", 0);
  const written = open().acquire(NAME, "exclusive", 600_000);
  await until(() => waiting(directory) === 1);
  await (await open().acquire(NAME, "shared", 0)).release();
  await t.rejects(open().acquire(NAME, "shared", 1), { code: "LOCKED" });
  await held.release();
  await (await written).release();
});

t.test("places in the queue", async (t) => {
  const file = join(t.testdir({}), NAME);
  t.notOk(isQueuedFor(file), "nobody is there");
  const places = [await queueUp(file), await queueUp(file), await queueUp(file)] as const;
  const [first, second, third] = places;
  const firsts = () => places.map((place) => place.isFirst());
  t.ok(isQueuedFor(file));
  t.same(firsts(), [true, false, false]);
  const beat = await third.lastBeat();
  await first.beat();
  t.not(await third.lastBeat(), beat, "all see that the first is at work");

  third.passOver();
  t.same(firsts(), [true, false, false], "the second is still before the third");
  second.passOver();
  t.same(firsts(), [true, true, false]);
  third.passOver();
  t.same(firsts(), [true, true, true]);
  const late = await queueUp(file);
  t.notOk(late.isFirst(), "who comes later has passed over nobody");
  for (const place of places) await place.leave();
  t.ok(late.isFirst());
  await late.leave();
  t.notOk(isQueuedFor(file));
});

t.test("the first of those who wait is stopped", async (t) => {
  const directory = t.testdir({});
  const held = await hostLocks(directory).acquire(NAME, "exclusive", 0);
  const first = holder(directory, 600_000);
  t.teardown(() => first.kill("SIGKILL"));
  await until(() => waiting(directory) === 1);
  first.kill("SIGSTOP");
  const next = hostLocks(directory, { stoppedMs: 0 }).acquire(NAME, "exclusive", 600_000);
  await held.release();
  await (await next).release();
  t.pass("it holds nobody up");
});

t.test("a lock file that was removed while it was held locks nobody out and protects nobody", async (t) => {
  const directory = t.testdir({});
  const held = await hostLocks(directory).acquire(NAME, "exclusive", 0);
  rmSync(join(directory, NAME));
  const next = await hostLocks(directory).acquire(NAME, "exclusive", 0);
  t.match(readFileSync(join(directory, NAME), "latin1"), /^\d+\n$/);
  await t.rejects(hostLocks(directory).acquire(NAME, "exclusive", 0), { code: "LOCKED" });
  await held.release();
  await next.release();
});

t.test("a symlink in place of a lock file is not followed", async (t) => {
  const directory = t.testdir({});
  symlinkSync(join(directory, "victim"), join(directory, NAME));
  await t.rejects(hostLocks(directory).acquire(NAME, "exclusive", 0), { code: "IO" });
  t.notOk(existsSync(join(directory, "victim")));
});

/** As another user, where this process is root; else as this one. */
async function asNobody(owned: readonly string[], work: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  for (const path of isRoot ? owned : []) chownSync(path, NOBODY, NOBODY);
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

/** Sets a variable for as long as the test runs. */
function setVariable(t: Test, name: string, value: string): void {
  const before = process.env[name];
  process.env[name] = value;
  t.teardown(() => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
}

function temporary(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), "dvm-test-"));
  t.teardown(() => rmSync(path, { recursive: true }));
  return path;
}

t.test("the directory that is taken by default by others than root", async (t) => {
  const runtime = temporary(t);
  setVariable(t, "XDG_RUNTIME_DIR", runtime);
  await asNobody([runtime], () => checkDefault(t, runtime));
});

async function checkDefault(t: Test, runtime: string): Promise<void> {
  await (await hostLocks(undefined).acquire(NAME, "shared", 0)).release();
  t.ok(existsSync(join(runtime, "dvm", "lock", NAME)));
  const squat = [
    ["dvm/lock", "can be written to by other users", (path: string) => chmodSync(path, 0o777)],
    ["dvm", "can be written to by other users", (path: string) => chmodSync(path, 0o775)],
    ["", "can be written to by other users", (path: string) => chmodSync(path, 0o777)],
  ] as const;
  for (const [path, why, make] of squat) {
    make(join(runtime, path));
    await t.rejects(hostLocks(undefined).acquire(NAME, "exclusive", 0), {
      code: "IO",
      message:
        `no locks are put into ${runtime}/dvm/lock: ${join(runtime, path)} ${why}: mend that, ` +
        "or set common.lockDir in the config to another directory",
    });
  }
}

function makeInSticky(path: string): void {
  chmodSync(dirname(path), 0o1777);
  makeWith(path, 0o700);
}

function makeInOpen(path: string): void {
  chmodSync(dirname(path), 0o777);
  makeWith(path, 0o700);
}

/** Whatever the mask. */
function makeWith(path: string, mode: number): void {
  mkdirSync(path);
  chmodSync(path, mode);
}

t.test("a directory in which others have a hand", async (t) => {
  const root = process.geteuid?.() === 0;
  const rows = [
    ["nothing but what is made", () => undefined, undefined],
    ["ours", (path: string) => mkdirSync(path, { mode: 0o700 }), undefined],
    ["open", (path: string) => makeWith(path, 0o777), /dvm can be written to/],
    ["open and sticky", (path: string) => makeWith(path, 0o1777), /dvm can be written to/],
    ["ours, in one that is open and sticky", makeInSticky, undefined],
    ["ours, in one that is open", makeInOpen, /dvm-test-\w+ can be written to/],
    ["a link to a directory of ours", (path: string) => symlinkSync(temporary(t), path), /dvm is a symbolic/],
    ["a link to nothing", (path: string) => symlinkSync("nowhere", path), /dvm is a symbolic link/],
    ["a file", (path: string) => writeFileSync(path, ""), /dvm is no directory/],
    ...(root
      ? ([
          [
            "another user's",
            (path: string) => {
              mkdirSync(path);
              chownSync(path, NOBODY, NOBODY);
            },
            /dvm belongs to another user \(uid 65534\)/,
          ],
        ] as const)
      : []),
  ] as const;
  for (const [name, make, wrong] of rows) {
    const outermost = temporary(t);
    make(join(outermost, "dvm"));
    const found = makeOwnDirectory(outermost, ["dvm", "lock"], 0o700);
    if (wrong) t.match(found, wrong, name);
    else t.equal(found, undefined, name);
    if (wrong) t.notOk(existsSync(join(outermost, "dvm", "lock")), `${name}: nothing is made in there`);
    else t.equal(statSync(join(outermost, "dvm", "lock")).mode & 0o777, 0o700, name);
  }
  t.match(makeOwnDirectory("/proc/self", ["dvm"], 0o700), /^\/proc\/self is a symbolic link/);
  t.match(makeOwnDirectory(`/proc/${process.pid}`, ["dvm"], 0o700), /dvm cannot be made in \/proc/);
});

t.test("where no lock can be had what only reads goes on, with a warning", async (t) => {
  const directory = t.testdir({});
  const warned: string[] = [];
  const locks = hostLocks(join(directory, "lock"), { warn: (message) => warned.push(message) });
  if (process.geteuid?.() !== 0) {
    chmodSync(directory, 0o555);
    t.teardown(() => chmodSync(directory, 0o755));
  }
  const why =
    `${directory}/lock: cannot lock: EACCES: mend that, or set common.lockDir in the config ` +
    "to another directory";
  await asNobody([], async () => {
    const first = await locks.acquire(NAME, "shared", 0);
    await (await locks.acquire(NAME, "shared", 0)).release();
    await first.release();
    await t.rejects(locks.acquire(NAME, "exclusive", 0), { code: "IO", message: why });
  });
  t.same(warned, [`read without a lock, while others may change it: ${why}`]);
});

t.test("so it does where the directory for locks cannot be made, whatever keeps it from that", async (t) => {
  const directory = t.testdir({ file: "" });
  for (const [path, errno] of [
    [join(directory, "file"), "ENOTDIR"],
    [join(directory, "file", "lock"), "ENOTDIR"],
    ["/proc/nowhere", "ENOENT"],
    [join(directory, "x".repeat(300)), "ENAMETOOLONG"],
  ] as const) {
    const warned: string[] = [];
    const locks = hostLocks(path, { warn: (message) => warned.push(message) });
    await (await locks.acquire(NAME, "shared", 0)).release();
    const why = new RegExp(`cannot lock: ${errno}: mend that, or set common\\.lockDir in the config`);
    t.match(warned, [why], path);
    await t.rejects(locks.acquire(NAME, "exclusive", 0), { code: "IO", message: why }, path);
  }
});

t.test("a file of that name that is no lock stays as it is", async (t) => {
  const directory = t.testdir({ [NAME]: "what somebody keeps there" });
  await t.rejects(hostLocks(directory).acquire(NAME, "exclusive", 0), {
    code: "IO",
    message:
      `${directory}/${NAME}: holds something else than a lock: mend that, or set common.lockDir ` +
      "in the config to another directory",
  });
  t.equal(readFileSync(join(directory, NAME), "utf8"), "what somebody keeps there");
});

t.test("directories have the mode that they are made with, whatever the mask", async (t) => {
  const runtime = temporary(t);
  const modeOf = (path: string) => statSync(path).mode & 0o777;
  const old = process.umask(0o777);
  t.teardown(() => process.umask(old));
  makeDirectory(join(runtime, "some", "where"));
  t.same([modeOf(join(runtime, "some")), modeOf(join(runtime, "some/where"))], [0o700, 0o700]);
  t.equal(makeOwnDirectory(runtime, ["dvm", "lock"], 0o700), undefined);
  t.same([modeOf(join(runtime, "dvm")), modeOf(join(runtime, "dvm/lock"))], [0o755, 0o700]);
});

t.test("a place where no directory can be", async (t) => {
  const file = join(t.testdir({ file: "" }), "file");
  await t.rejects(hostLocks(file).acquire(NAME, "exclusive", 0), { code: "IO" });
  mkdirSync(join(t.testdir({}), NAME));
  await t.rejects(hostLocks(t.testdirName).acquire(NAME, "shared", 0), { code: "IO" });
});
