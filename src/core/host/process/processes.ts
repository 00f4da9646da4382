import { constants } from "node:os";
import { allocated } from "../../base/allocated.ts";
import { DvmError, errnoOf } from "../../base/error.ts";
import type { Processes } from "../../port/processes.ts";
import { keepFromChildren } from "./keep-from-children.ts";

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Child processes of the machine. The environment of a child is PATH and TMPDIR as this process has them and
 * LANG=C, nothing else: what a child gives then depends on its arguments and its input alone, and no secret
 * of the caller's reaches it. HOME is left out, so that nobody's dotfiles count. Of our descriptors it gets
 * stdin, stdout and stderr alone.
 */
export const hostProcesses: Processes = {
  run([command = "", ...args], input, limit) {
    // Few calls need it, and loading it takes a while.
    const { spawn } = process.getBuiltinModule("node:child_process");
    return new Promise((resolve, reject) => {
      keepFromChildren();
      const child = spawn(command, args, { env: environment(), stdio: ["pipe", "pipe", "inherit"] });
      const chunks: Buffer[] = [];
      let length = 0;
      child.on("error", (cause) => reject(notStarted(command, cause)));
      child.stdout.on("data", (chunk: Buffer) => {
        length += chunk.length;
        if (length <= limit) return void chunks.push(chunk);
        child.kill("SIGKILL");
        // Its own children may hold the other end for ever.
        child.stdout.destroy();
        reject(
          new DvmError("TOO_LARGE", `${command}: gives more than the ${limit} bytes allowed on its stdout`),
        );
      });
      child.on("close", (code, signal) =>
        resolve({
          status: code ?? 128 + signalNumber(signal),
          stdout: allocated(() => Buffer.concat(chunks)),
        }),
      );
      // A child need not read its input: EPIPE is its right. What else fails shows in its status.
      child.stdin.on("error", () => undefined);
      child.stdin.end(input);
    });
  },
};

function environment(): Record<string, string> {
  const { PATH: path, TMPDIR: temporary } = process.env;
  return { PATH: path || PATH, LANG: "C", ...(temporary ? { TMPDIR: temporary } : {}) };
}

const signalNumber = (signal: NodeJS.Signals | null): number =>
  signal === null ? 0 : constants.signals[signal];

function notStarted(command: string, cause: unknown): DvmError {
  const errno = errnoOf(cause);
  // Of a bare name EACCES says that some directory of PATH may not be searched, and no other has the command.
  const isUnknown = errno === "ENOENT" || (errno === "EACCES" && !command.includes("/"));
  const reason = isUnknown ? "no such command" : `cannot be run: ${errno ?? cause}`;
  return new DvmError("NOT_FOUND", `${command}: ${reason}`, { cause });
}
