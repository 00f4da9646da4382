import { DvmError } from "../base/error.ts";
import type { Processes } from "../port/processes.ts";

/** What a simulated command does with its arguments and input: its stdout, or a status without any. */
export type SimCommand = (args: readonly string[], input: Buffer) => Uint8Array | number;

/** Child processes in memory: one function for each command. */
export function simProcesses(commands: Readonly<Record<string, SimCommand>>): Processes {
  return {
    async run([name = "", ...args], input, limit) {
      const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
      if (!command) throw new DvmError("NOT_FOUND", `${name}: no such command`);
      const result = command(args, Buffer.from(input));
      if (typeof result === "number") return { status: result, stdout: Buffer.alloc(0) };
      if (result.length > limit)
        throw new DvmError("TOO_LARGE", `${name}: gives more than the ${limit} bytes allowed on its stdout`);
      return { status: 0, stdout: Buffer.from(result) };
    },
  };
}
