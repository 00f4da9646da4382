import { spawnSync } from "node:child_process";
import { open } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { hostLocks } from "../../../../src/core/host/lock/locks.ts";
import { hostProcesses } from "../../../../src/core/host/process/processes.ts";

const NOTHING = Buffer.alloc(0);
const LIMIT = 1 << 20;
const run = (command: readonly string[], input: Uint8Array = NOTHING, limit = LIMIT) =>
  hostProcesses.run(command, input, limit);

t.test("gives stdin and takes stdout, byte for byte", async (t) => {
  const input = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7) & 0xff));
  const { status, stdout } = await run(["cat"], input);
  t.equal(status, 0);
  t.ok(stdout.equals(input));
});

t.test("exit statuses", async (t) => {
  t.equal((await run(["false"])).status, 1);
  t.equal((await run(["sh", "-c", "exit 42"])).status, 42);
  t.equal((await run(["sh", "-c", "kill -TERM $$"])).status, 128 + 15);
});

t.test("a child need not read its input", async (t) => {
  const { status } = await run(["true"], Buffer.alloc(4 << 20));
  t.equal(status, 0);
});

t.test("no shell stands between", async (t) => {
  const { stdout } = await run(["printf", "%s|", "$HOME", "a b", "; exit 3", "*"]);
  t.equal(stdout.toString(), "$HOME|a b|; exit 3|*|");
});

t.test("the environment is PATH, LANG and TMPDIR", async (t) => {
  // In a process that env(1) cleared: a test runner adds variables to every child of its own processes.
  const module = join(import.meta.dirname, "../../../../src/core/host/process/processes.ts");
  const script = `const { hostProcesses } = await import(${JSON.stringify(module)});
    process.stdout.write((await hostProcesses.run(["env"], Buffer.alloc(0), 1 << 20)).stdout);`;
  const environment = (...set: string[]) => {
    const node = [process.execPath, "--import=tsx", "--input-type=module", "-e", script];
    const { stdout } = spawnSync("env", ["-i", ...set, ...node], { encoding: "utf8" });
    return stdout.trim().split("\n").sort();
  };
  const secrets = [
    "DVM_TEST_SECRET=secret",
    "LC_ALL=de_DE.UTF-8",
    "HOME=/root",
    "NODE_OPTIONS=--no-warnings",
  ];
  t.same(environment("PATH=/usr/bin:/bin", "TMPDIR=/tmp", ...secrets), [
    "LANG=C",
    "PATH=/usr/bin:/bin",
    "TMPDIR=/tmp",
  ]);
  t.same(environment("PATH=/usr/bin", ...secrets), ["LANG=C", "PATH=/usr/bin"]);
});

t.test("no file or lock that is open here is open in the child", async (t) => {
  const directory = t.testdir({ file: "" });
  const file = await open(join(directory, "file"), "r+");
  const lock = await hostLocks(directory).acquire("lock", "exclusive", 0);
  const { stdout } = await run(["sh", "-c", "ls -l /proc/self/fd"]);
  t.match(stdout.toString(), /0 -> /);
  t.notMatch(stdout.toString(), directory);
  await lock.release();
  await file.close();
});

t.test("nor what this process was started with, whatever its number", async (t) => {
  const file = join(t.testdir({ file: "" }), "file");
  const module = join(import.meta.dirname, "../../../../src/core/host/process/processes.ts");
  const script = `const { hostProcesses } = await import(${JSON.stringify(module)});
    process.stdout.write((await hostProcesses.run(["sh", "-c", "ls -l /proc/self/fd"], Buffer.alloc(0), 1 << 20)).stdout);`;
  // Node itself marks the first ones only, up to a gap.
  const shell = 'exec 9<"$1" 40<"$1" 200<"$1"; shift; exec "$@"';
  const node = [process.execPath, "--import=tsx", "--input-type=module", "-e", script];
  const { stdout, stderr } = spawnSync("bash", ["-c", shell, "bash", file, ...node], { encoding: "utf8" });
  t.match(stdout, /0 -> /, stderr);
  t.notMatch(stdout, file);
});

t.test("more output than allowed ends it", async (t) => {
  await t.rejects(run(["yes"], NOTHING, 1000), {
    code: "TOO_LARGE",
    message: /yes: gives more than the 1000/,
  });
  await t.rejects(run(["sh", "-c", "yes"], NOTHING, 1000), { code: "TOO_LARGE" });
  t.equal((await run(["printf", "12345"], NOTHING, 5)).stdout.toString(), "12345", "just what is allowed");
});

t.test("what cannot be run", async (t) => {
  await t.rejects(run(["no-such-command-anywhere"]), { code: "NOT_FOUND", message: /no such command/ });
  await t.rejects(run(["/etc/passwd"]), { code: "NOT_FOUND", message: /cannot be run: EACCES/ });
});
