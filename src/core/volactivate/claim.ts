import type { Metadata } from "../../schema/index.ts";
import { checkMetadata } from "../volume/check.ts";
import { requireKnown } from "../volume/known.ts";
import { outside } from "../volume/runs.ts";
import { changedLvs } from "./changed.ts";
import { takenOf } from "./taken.ts";
import { partsToWipe } from "./wipe.ts";

/**
 * What has to be committed before prepare wipes anything for a change: that nothing is known any more of what
 * the extents held. For when the change is given up, they are free as before, and wiped.
 * @param wipe as prepare has it
 * @returns the old metadata without them; the same object when nothing of it is going to be wiped
 */
export function claim(old: Metadata, next: Metadata, wipe: boolean): Metadata {
  const { freed = [] } = old;
  if (freed.length === 0) return old;
  requireKnown(old);
  requireKnown(next, old);
  checkMetadata(next, "BAD_INPUT");
  const parts = partsToWipe(takenOf(changedLvs(old, next)), { wipe, extentSize: next.vg.extentSize });
  const rest = freed.flatMap((run) =>
    outside(
      run,
      parts.map(({ run: wiped }) => wiped),
    ),
  );
  if (rest.length === freed.length && rest.every((run, index) => run === freed[index])) return old;
  return { ...old, freed: rest };
}
