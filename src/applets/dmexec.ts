import { DvmError } from "../core/base/error.ts";
import { dmState } from "../core/dmexec/state.ts";
import { type Dm, DmRefused } from "../core/port/dm.ts";
import type { Sys } from "../core/port/sys.ts";
import { applet, verb } from "./applet.ts";

const program = {
  program: { summary: "The program; - is stdin", document: "program", required: true },
} as const;

export const dmexec = applet({
  name: "dmexec",
  summary: "Run programs on device-mapper",
  verbs: [
    verb({
      name: "run",
      summary: "Check a program, execute it and report what it did",
      description:
        "Ends with 1 when an operation failed and the program had no other way, with 8 when a device " +
        "is left suspended. The result says what was done in either case. Only devices whose uuid " +
        "begins with DVM- are changed.",
      operands: program,
      output: "program-result",
      run: async (sys, { operands }) => {
        // What programs need is much, and the state alone is asked for by every command.
        const { runProgram } = await import("../core/dmexec/run.ts");
        return withDm(sys, (dm) => runProgram(dm, operands.program, sys));
      },
    }),
    verb({
      name: "check",
      summary: "Prove that a program leaves nothing suspended, whatever fails; execute nothing",
      description:
        "Prints nothing for a program that passes. For another it ends with 2, and says at which " +
        "instruction, counted from 0, and with which device something is wrong. docs/format-program.md " +
        "has the rules. Names of devices are not looked up.",
      operands: program,
      output: "none",
      run: async (_sys, { operands }) =>
        (await import("../core/dmexec/check.ts")).checkProgram(operands.program),
    }),
    verb({
      name: "asm",
      summary: "Make a program of its text",
      description: "What the text may say is in docs/format-program.md. An error names line and column.",
      operands: { text: { summary: "The text; - is stdin", bytes: true, required: true } },
      output: "program",
      run: async (_sys, { operands }) =>
        (await import("../core/dmexec/assemble.ts")).assemble(textOf(operands.text)),
    }),
    verb({
      name: "disasm",
      summary: "Make the text of a program",
      operands: program,
      output: "text",
      run: async (_sys, { operands }) =>
        (await import("../core/dmexec/disassemble.ts")).disassemble(operands.program),
    }),
    verb({
      name: "state",
      summary: "Show the devices of device-mapper",
      options: { all: { summary: "Also those that are not dvm's", type: "flag" } },
      output: "dm-state",
      run: (sys, { options }) => withDm(sys, (dm) => dmState(dm, { all: options.all })),
    }),
  ],
});

/** @throws DvmError BAD_INPUT for bytes that are no UTF-8 */
function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new DvmError("BAD_INPUT", "the text is not UTF-8", { cause });
  }
}

async function withDm<T>(sys: Sys, use: (dm: Dm) => T | Promise<T>): Promise<T> {
  const dm = await sys.openDm();
  try {
    return await use(dm);
  } catch (thrown) {
    if (thrown instanceof DmRefused) throw new DvmError("KERNEL", thrown.message, { cause: thrown });
    throw thrown;
  } finally {
    dm.close();
  }
}
