/**
 * commit: everything that can be seen.
 *
 * The steps stand there twice. In the first row all went well so far, and it ends with 0. A failure leads to
 * the same place of the second row, which goes on with what can be done all the same and ends with 1: the
 * metadata is committed, so forward is the only way, and planning again from what is there then finishes it.
 * What cannot be resumed at all ends the program with 8, after everything else of its group is resumed.
 */
import type { Device } from "../compare/device.ts";
import type { Assembly } from "./assembly.ts";
import type { PlannedChange } from "./change.ts";
import type { CommitStep } from "./commit-step.ts";
import { appearSteps, clearStep, renameStep } from "./commit-steps.ts";
import { removeSteps } from "./removals.ts";
import { Swap } from "./swap.ts";
import { swapGroup } from "./swap-group.ts";
import { deleteStep, transactionStep } from "./thins.ts";
import { isOverwritten } from "./write-again.ts";

/** Writes all of commit. Nothing falls through to what is written after it. */
export function writeCommit(assembly: Assembly, change: PlannedChange): void {
  const steps = stepsOf(change);
  for (const step of steps) step.clean(assembly);
  assembly.exit(0);
  if (steps.length === 0) return;
  for (const step of steps) step.failed(assembly);
  assembly.exit(1);
  for (const step of steps) step.tail?.(assembly);
}

function stepsOf({ decisions, order }: PlannedChange): CommitStep[] {
  const { names, of } = decisions;
  const { prepare, groups, going, appear, removals } = order;
  // After a rename that has failed a name may mean another device.
  const isSure = names.renames.length === 0;
  // What is an error target by then has been resumed with that.
  const abandoned = going.filter((device) => isSuspendedBelow(device) && !of.has(device)).reverse();
  return [
    // Before anything of the new ids can be used: what holds data is never taken for a left-over.
    ...prepare.flatMap(transactionStep),
    ...prepare
      .filter(({ clear, foundSuspended }) => clear && !foundSuspended)
      .map(({ name, device }) => clearStep(name, isOverwritten(device, device.current?.inactive))),
    ...groups.map((group) => swapGroup(decisions, group)),
    // What is loaded holds what it stands on, which may be what is removed before it. And the last I/O of
    // what goes may be stuck in what is suspended below it.
    ...going
      .filter((device) => device.current?.inactive?.length || abandoned.includes(device))
      .map(({ current }) => clearStep(current?.name ?? "")),
    ...(abandoned.length > 0
      ? [
          new Swap(
            [],
            abandoned.map(({ current }) => ({ name: current?.name ?? "", as: "found suspended" })),
          ),
        ]
      : []),
    ...names.renames.map(({ from, to, device }) => renameStep(from, to, device)),
    ...appearSteps(appear, isSure),
    ...removeSteps(removals, isSure),
    ...prepare.flatMap(deleteStep),
  ];
}

/** What is above may have I/O stuck in it. */
const isSuspendedBelow = ({ current, holders }: Device): boolean =>
  Boolean(current?.suspended && current.table?.length && holders.length > 0);
