/** Progress of what takes long, on a terminal; the clock is ours. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import t from "tap";

const module = fileURLToPath(new URL("../../../../src/core/host/process/terminal.ts", import.meta.url));

/** Calls `progress` at these times, in ms, on a terminal or not. @returns what was written */
function written(
  calls: readonly (readonly [number, number])[],
  { onTerminal }: { onTerminal: boolean },
): string {
  const program = `import { hostTerminal } from ${JSON.stringify(module)};
    const { progress } = hostTerminal(false);
    for (const [now, done] of ${JSON.stringify(calls)}) { process.hrtime = () => [0, now * 1e6]; progress("sync", done, 9); }`;
  const node = [process.execPath, "--import=tsx", "--no-warnings", "--input-type=module", "-e", program];
  const quoted = node.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  const [shell, ...args] = onTerminal
    ? ["script", "-qec", quoted, "/dev/null"]
    : ["sh", "-c", `${quoted} 2>&1`];
  return spawnSync(shell as string, args, { stdio: ["pipe", "pipe", "inherit"] }).stdout.toString();
}

const LONG = [
  [0, 1],
  [999, 2],
  [1000, 3],
  [1099, 4],
  [1100, 5],
  [1101, 9],
] as const;

const noScript = spawnSync("script", ["--version"]).error ? "no script(1)" : false;
t.test("on a terminal", { skip: noScript }, async (t) => {
  t.equal(
    written(LONG, { onTerminal: true }).trim(),
    ["sync: 3 of 9", "sync: 5 of 9", "sync: 9 of 9"]
      .map((line) => `\r${line}\x1b[K`)
      .join("")
      .trim(),
    "from the second second on, ten times a second, and the end",
  );
  const quick = [
    [0, 1],
    [500, 9],
    [2000, 1],
    [2500, 9],
  ] as const;
  t.equal(
    written(quick, { onTerminal: true }),
    "",
    "what is over within a second says nothing, again and again",
  );
});

t.test("elsewhere nothing is said", async (t) => {
  t.equal(written(LONG, { onTerminal: false }), "");
});
