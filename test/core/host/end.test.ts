/** A system call that never returns must not hold up the end of the process. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import t from "tap";

const source = (file: string) => JSON.stringify(join(import.meta.dirname, "../../../src/core/host", file));

/** Opens a pipe that nobody writes to: the thread that does so waits for ever. Then ends with status 3. */
const script = (end: string, pipe: string) => `
  const { open } = await import("node:fs");
  const { makeFence } = await import(${source("fence.ts")});
  const { endProcess } = await import(${source("end.ts")});
  const fence = makeFence({ deadlineMs: 50, stuckLimit: () => 3 });
  const never = () => new Promise((resolve) => open(${JSON.stringify(pipe)}, "r", resolve));
  const { code } = await fence.run("pipe", "open", never).catch((error) => error);
  process.stdout.write(code + "\\n", () => ${end});`;

t.test("with a thread that waits for ever", async (t) => {
  const pipe = join(t.testdir({}), "pipe");
  t.equal(spawnSync("mkfifo", [pipe]).status, 0);
  const run = (end: string, timeout: number) => {
    const node = ["--import=tsx", "--input-type=module", "-e", script(end, pipe)];
    return spawnSync(process.execPath, node, { encoding: "utf8", timeout, killSignal: "SIGKILL" });
  };
  const { status, stdout, stderr } = run("endProcess(3)", 120_000);
  t.equal(stdout, "DEADLINE\n", stderr);
  t.equal(status, 3, "it ends by itself, with its status");
});
