/** Executes the part of a program in which devices are suspended. */
import type { Dm } from "../port/dm.ts";
import type { Locked } from "../port/memory.ts";
import type { Instruction } from "./instructions.ts";
import type { Machine } from "./machine.ts";
import { plainPerformer, readyPerformer } from "./performer.ts";
import { rehearsal } from "./rehearsal.ts";

export type Section = Omit<Locked<void>, "value">;

/**
 * Makes everything ready, locks this process in memory, goes on with the program to the next instruction at which
 * `ends` is 1, unlocks, and only then looks at what came of it.
 */
export async function runLocked(
  dm: Dm,
  instructions: readonly Instruction[],
  machine: Machine,
  ends: Uint8Array,
): Promise<Section> {
  const from = machine.journal.length;
  const ready = dm.ready?.(
    instructions.map((each, at) => (at >= machine.at && ends[at] === 0 ? each : undefined)),
  );
  const performer = ready ? readyPerformer(ready) : plainPerformer(dm);
  const rehearse = dm.ready ? rehearsal(dm, dm.ready) : () => {};
  try {
    const { faults, locked } = await dm.memory.locked(rehearse, () => machine.walk(performer, ends));
    return { faults, locked };
  } finally {
    ready?.finish();
    for (const { at, instruction } of machine.journal.executed(from))
      machine.journal.note(at, performer.outcome(at, instruction));
  }
}
