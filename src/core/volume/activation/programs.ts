/** The calls to dmactivate and dmexec. */
import type { DmState, Plan, Program } from "../../../schema/index.ts";
import type { Sys } from "../../port/sys.ts";

/** @throws DvmError as dmactivate plan: IN_USE, EXISTS, BAD_INPUT */
export const plan = async ({ toolbox }: Sys, current: DmState, desired: DmState): Promise<Plan> =>
  (await toolbox.call({ applet: "dmactivate", verb: "plan", options: { current, desired } })) as Plan;

/** Prepares and commits in one. @throws as plan */
export const apply = async ({ toolbox }: Sys, current: DmState, desired: DmState): Promise<Program> =>
  (await toolbox.call({ applet: "dmactivate", verb: "apply", options: { current, desired } })) as Program;

/** @throws DvmError PROGRAM_FAILED, HALF_DONE; KERNEL when there is no device-mapper */
export async function run({ toolbox }: Sys, program: Program): Promise<void> {
  // A program that does nothing needs no device-mapper.
  if (doesNothing(program)) return;
  await toolbox.call({ applet: "dmexec", verb: "run", operands: { program } });
}

export const doesNothing = ({ instructions }: Program): boolean =>
  instructions.every(({ op }) => op === "exit");
