/** What is done with each device of a group that is suspended together. */
import type { Device } from "../compare/device.ts";
import { errorTable, lengthOf } from "../compare/same-table.ts";
import { type Decision, type Decisions, isNew } from "../decide/decision.ts";
import { reaches } from "../graph/reaches.ts";
import type { SuspendGroup } from "../order/groups.ts";
import { load } from "./step.ts";
import { type Resumable, Swap } from "./swap.ts";
import { isOverwritten } from "./write-again.ts";

export function swapGroup({ of, merges }: Decisions, { suspends, resumes }: SuspendGroup): Swap {
  // A snapshot that is merged is suspended with the origin that takes over its store, and resumed after it.
  const merged = resumes.flatMap(({ device }) => merges.get(device) ?? []);
  const running = merged.filter(({ current }) => !current?.suspended);
  const moves = suspends.some((decision) => decision.moves);
  const shifting = resumes.filter(({ shifts }) => shifts);
  const members = [...new Set([...suspends, ...resumes])];
  return new Swap(
    [
      ...running.map(({ current }) => ({ name: current?.name ?? "", skipLockfs: true })),
      ...suspends.map(({ name, device }) => ({ name, skipLockfs: device.holders.length > 0 })),
    ],
    [
      ...resumes.map((decision) => asResumable(decision, moves, isMisledByOldTable(decision, shifting, of))),
      ...merged.map(asMerged),
    ],
    members.flatMap(({ mustHold }) => mustHold),
  );
}

/** What it would go on with does not fit the others, nor do they fit that. */
function isMisledByOldTable(decision: Decision, shifting: readonly Decision[], of: Decisions["of"]): boolean {
  if (!decision.swap) return false;
  const isChanged = (device: Device) => of.get(device)?.finding !== "same";
  return (
    (decision.moves && shifting.some((other) => other !== decision)) ||
    (decision.shifts && reaches(decision.device.parents, ({ parents }) => parents, isChanged))
  );
}

/**
 * @param moves something below what was found suspended is to be put where it belongs first
 * @param misled by its old table
 */
function asResumable(decision: Decision, moves: boolean, misled: boolean): Resumable {
  const { device, name, table, desired, swap, errorUntilCommit, foundSuspended, clear } = decision;
  return {
    name,
    as: isNew(decision) ? "new" : foundSuspended ? "found suspended" : "suspended",
    load: swap || errorUntilCommit ? load(name, table, desired.readOnly) : undefined,
    writesAgain: swap && isOverwritten(device, table),
    instead: misled ? errorInstead(decision) : undefined,
    clear: foundSuspended && clear,
    // When that cannot be done, it goes on with the table that fits what is below it as it is.
    backs: foundSuspended && (clear !== moves || decision.mustHold.length > 0),
  };
}

/** Of the new length, as what stands above expects it. */
const errorInstead = ({ name, table }: Decision) => load(name, errorTable(lengthOf(table)), undefined);

const asMerged = ({ current }: Device): Resumable => ({
  name: current?.name ?? "",
  as: current?.suspended ? "found suspended" : "suspended",
});
