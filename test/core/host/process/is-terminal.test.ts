/** What is a terminal and what is none, without Node's own streams. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import t from "tap";

const module = fileURLToPath(new URL("../../../../src/core/host/process/is-terminal.ts", import.meta.url));
const program = `import { isTerminal } from ${JSON.stringify(module)};
process.exitCode = 100 + (isTerminal(0) ? 1 : 0) + (isTerminal(1) ? 2 : 0) + (isTerminal(2) ? 4 : 0);`;
const node = [process.execPath, "--import=tsx", "--no-warnings", "--input-type=module", "-e", program];
const quoted = node.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");

const statusOf = (command: string, terminal: boolean): number | null => {
  const [shell, ...args] = terminal ? ["script", "-qec", command, "/dev/null"] : ["sh", "-c", command];
  return spawnSync(shell as string, args, { stdio: ["pipe", "pipe", "pipe"] }).status;
};

t.test("pipes, files, /dev/null and what is closed are none", async (t) => {
  t.equal(statusOf(quoted, false), 100, "sockets");
  t.equal(statusOf(`${quoted} </dev/null >/dev/null 2>/dev/null`, false), 100, "/dev/null");
  t.equal(statusOf(`${quoted} </dev/zero >/dev/zero 2>/dev/full`, false), 100, "other devices");
  t.equal(statusOf(`${quoted} <&- >&-`, false), 100, "closed");
});

const noScript = spawnSync("script", ["--version"]).error ? "no script(1)" : false;
t.test("a terminal is one", { skip: noScript }, async (t) => {
  t.equal(statusOf(quoted, true), 107);
  t.equal(statusOf(`${quoted} >/dev/null`, true), 105);
  t.equal(statusOf(`${quoted} </dev/null 2>/dev/null`, true), 102);
});
