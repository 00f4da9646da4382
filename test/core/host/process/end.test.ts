/** Nothing holds up the end of the process: no system call that never returns, and no thread of V8's. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import t from "tap";

const source = (file: string) => JSON.stringify(join(import.meta.dirname, "../../../../src/core/host", file));

function ran(script: string) {
  const node = ["--import=tsx", "--input-type=module", "-e", script];
  const options = { encoding: "utf8", timeout: 120_000, killSignal: "SIGKILL" } as const;
  return spawnSync(process.execPath, node, options);
}

/** Opens a pipe that nobody writes to: the thread that does so waits for ever. Then ends with status 3. */
const stuck = (pipe: string, first: string) => `
  const { open } = await import("node:fs");
  const { makeFence } = await import(${source("disk/fence.ts")});
  const { endProcess } = await import(${source("process/end.ts")});
  const { libc } = await import(${source("native.ts")});
  const fence = makeFence({ deadlineMs: 50, stuckLimit: () => 3 });
  const never = () => new Promise((resolve) => open(${JSON.stringify(pipe)}, "r", resolve));
  const { code } = await fence.run("pipe", "open", never).catch((error) => error);
  ${first};
  process.stdout.write(code + "\\n", () => endProcess(3));`;

for (const [what, first] of [
  ["with native code loaded", "libc()"],
  ["without", ""],
] as const) {
  t.test(`a thread that waits for ever, ${what}`, async (t) => {
    const pipe = join(t.testdir({}), "pipe");
    t.equal(spawnSync("mkfifo", [pipe]).status, 0);
    const { status, stdout, stderr } = ran(stuck(pipe, first));
    t.equal(stdout, "DEADLINE\n", stderr);
    t.equal(status, 3, "it ends by itself, with its status");
  });
}

t.test("every status, and what was written before", async (t) => {
  const end = (status: number, first = "") =>
    ran(`const { endProcess } = await import(${source("process/end.ts")});
      const { writeSync } = await import("node:fs");
      ${first};
      process.on("exit", (status) => writeSync(1, "heard of " + status));
      endProcess(${status});`);
  for (const status of [0, 1, 70, 255]) {
    const { status: given, stdout, stderr } = end(status);
    t.same([given, stdout, stderr], [status, `heard of ${status}`, ""]);
  }
  const nowhere = end(6, 'process.dlopen = () => { throw new Error("noexec"); }');
  t.same([nowhere.status, nowhere.stderr], [6, ""], "where no native code can be loaded");
});
