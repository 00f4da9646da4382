/** Executes the part of a program in which devices are suspended. */
import type { Dm } from "../port/dm.ts";
import type { Locked } from "../port/memory.ts";
import type { Instruction } from "./instructions.ts";
import type { Machine } from "./machine.ts";
import { plainPerformer, readyPerformer } from "./performer.ts";
import { rehearsal } from "./rehearsal.ts";
import { extentOf } from "./sections.ts";

export type Section = Omit<Locked<void>, "value">;

/**
 * Makes everything ready, locks this process in memory, goes on with the program to the next instruction at
 * which `ends` is 1, unlocks, and only then looks at what came of it.
 * @throws DvmError TOO_LARGE before anything of it is done, when memory cannot be made ready for it
 */
export async function runLocked(
  dm: Dm,
  instructions: readonly Instruction[],
  machine: Machine,
  ends: Uint8Array,
): Promise<Section> {
  const from = machine.journal.length;
  const { reached, work } = extentOf(instructions, machine.at, ends);
  const ready = dm.ready?.(reached);
  const performer = ready ? readyPerformer(ready) : plainPerformer(dm);
  const rehearse = dm.ready ? rehearsal(dm, dm.ready) : () => {};
  const stops = ends.slice();
  stops[machine.at] = 0;
  try {
    const { faults, locked } = await dm.memory.locked(rehearse, () => machine.walk(performer, stops), work);
    return { faults, locked };
  } finally {
    ready?.finish();
    const { journal } = machine;
    journal.each((at, instruction) => journal.note(at, performer.outcome(at, instruction)), from);
  }
}
