/**
 * commit: everything that can be seen.
 *
 * The steps stand there twice. In the first row all went well so far, and it ends with 0. A failure leads to
 * the same place of the second row, which goes on with what can be done all the same and ends with 1: the
 * metadata is committed, so forward is the only way, and planning again from what is there then finishes it.
 * What cannot be resumed at all ends the program with 8, after everything else of its group is resumed.
 */
import type { Instruction, Program } from "../../../schema/index.ts";
import { type Device, type Devices, nameOf } from "../compare/device.ts";
import { errorTable, lengthOf } from "../compare/same-table.ts";
import { freshnessChecks, isOverwritten, writeAgain } from "../compare/stale-table.ts";
import { hasStaleTable, isResumedAtOnce, type Work } from "../decide/decide.ts";
import { lastCopyCheck } from "../decide/last-copy.ts";
import { reaches } from "../graph/reaches.ts";
import type { Layout } from "../layout.ts";
import { groupWorks } from "../order/groups.ts";
import { Assembly, Label } from "./assembly.ts";
import type { CommitStep } from "./commit-step.ts";
import { removeSteps } from "./removals.ts";
import { type Load, load } from "./step.ts";
import { type Resumable, swapStep } from "./swap.ts";
import { deleteStep, transactionStep } from "./thins.ts";

export function commitProgram(layout: Layout): Program {
  const assembly = new Assembly();
  writeCommit(assembly, layout);
  return assembly.finish();
}

/** Writes all of commit. Nothing falls through to what is written after it. */
export function writeCommit(assembly: Assembly, layout: Layout): void {
  const steps = stepsOf(layout);
  for (const step of steps) step.clean(assembly);
  assembly.exit(0);
  if (steps.length === 0) return;
  for (const step of steps) step.failed(assembly);
  assembly.exit(1);
  for (const step of steps) step.tail?.(assembly);
}

function stepsOf(layout: Layout): CommitStep[] {
  const { devices, works, resumeOrder, removals, names, merges } = layout;
  // After a rename that has failed a name may mean another device.
  const isSure = names.renames.length === 0;
  const retired = new Set(works.flatMap(({ device }) => (device.going ? [device] : [])));
  const abandoned = removals.filter((device) => isSuspendedBelow(device) && !retired.has(device)).reverse();
  const kept = new Set(works.flatMap(({ kind, device }) => (kind === "keep" ? [device] : [])));
  const isChanged = (device: Device) => !kept.has(device);
  return [
    // Before anything of the new ids can be used: what holds data is never taken for a left-over.
    ...works.flatMap(transactionStep),
    ...works
      .filter((work) => hasStaleTable(work) && !work.suspended)
      .map(({ name, device }) => clearStep(name, isOverwritten(device, device.current?.inactive))),
    ...groupWorks(layout).map(({ suspends, resumes }) => {
      const merged = resumes.flatMap(({ device }) => merges.get(device) ?? []);
      const running = merged.filter(({ current }) => !current?.suspended);
      const moves = suspends.some(({ swap, moves }) => swap && moves);
      const shifting = resumes.filter(({ swap, shifts }) => swap && shifts);
      const checks = new Map<Work, readonly Instruction[]>();
      for (const work of new Set([...suspends, ...resumes])) {
        const check = checksOf(devices, work);
        if (check.length > 0) checks.set(work, check);
      }
      return swapStep(
        [
          ...running.map(({ current }) => ({ name: current?.name ?? "", skipLockfs: true })),
          ...suspends.map(({ name, device }) => ({ name, skipLockfs: device.holders.length > 0 })),
        ],
        [
          ...resumes.map((work) => ({
            ...asResumable(work, moves, checks),
            // What it would go on with does not fit the others, nor do they fit that.
            ...(work.swap &&
              ((work.moves && shifting.some((other) => other !== work)) ||
                (work.shifts && reaches(work.device.parents, ({ parents }) => parents, isChanged))) && {
                instead: errorInstead(work),
              }),
          })),
          ...merged.map(asMerged),
        ],
        [...checks.values()].flat(),
      );
    }),
    // What is loaded holds what it stands on, which may be what is removed before it. And the last I/O of what
    // goes may be stuck in what is suspended below it.
    ...removals
      .filter((device) => device.current?.inactive?.length || abandoned.includes(device))
      .map(({ current }) => clearStep(current?.name ?? "")),
    ...(abandoned.length > 0 ? [swapStep([], abandoned.map(foundSuspended))] : []),
    ...names.renames.map(({ from, to, device }) => renameStep(from, to, device)),
    ...appearSteps(resumeOrder.filter(isResumedLast), isSure),
    ...removeSteps(layout, isSure),
    ...works.flatMap(deleteStep),
  ];
}

/** What is above may have I/O stuck in it. */
const isSuspendedBelow = ({ current, holders }: Device): boolean =>
  Boolean(current?.suspended && current.table?.length && holders.length > 0);

const isResumedLast = (work: Work): boolean =>
  (work.kind === "create" || work.kind === "fill") && !work.delayed && !isResumedAtOnce(work);

/**
 * @param moves something below what was found suspended is to be put where it belongs first
 * @param checks those that must not get their new table unless a check holds
 */
function asResumable(
  work: Work,
  moves: boolean,
  checks: ReadonlyMap<Work, readonly Instruction[]>,
): Resumable {
  const { device, name, kind, suspended, swap, table, desired, standIn } = work;
  const writesAgain = swap && isOverwritten(device, table);
  const loaded = (swap || standIn) && { load: load(name, table, desired.readOnly), writesAgain };
  if (kind === "create" || kind === "fill") return { name, as: "new", ...loaded };
  if (!suspended) return { name, as: "suspended", ...loaded };
  const stale = hasStaleTable(work);
  // When that cannot be done, it goes on with the table that fits what is below it as it is.
  return { name, as: "found suspended", ...loaded, stale, backs: stale !== moves || checks.has(work) };
}

/** What must hold once it is suspended, or its live table stays. */
function checksOf(devices: Devices, work: Work): readonly Instruction[] {
  const last = lastCopyCheck(devices, work);
  if (last) return [last];
  // What was found suspended has been loaded since then.
  return work.swap && !work.suspended ? freshnessChecks(work.device, work.name, work.table) : [];
}

/** Of the new length, as what stands above expects it. */
const errorInstead = ({ name, table }: Work): Load => load(name, errorTable(lengthOf(table)), undefined);

const foundSuspended = ({ current }: Device): Resumable => ({
  name: current?.name ?? "",
  as: "found suspended",
});

function clearStep(name: string, writesAgain = false): CommitStep {
  const failed = new Label();
  return {
    clean(assembly) {
      assembly.add({ op: "clear", name }, failed);
      if (writesAgain) writeAgain(assembly, name);
    },
    failed(assembly) {
      assembly.place(failed);
      assembly.tryTo({ op: "clear", name });
      if (writesAgain) writeAgain(assembly, name);
    },
  };
}

function renameStep(from: string, to: string, device: Device): CommitStep {
  const failed = new Label();
  return {
    clean: (assembly) => assembly.add({ op: "rename", name: from, newName: to }, failed),
    failed(assembly) {
      assembly.add({ op: "info", name: from, expect: { uuid: device.uuid } }, failed);
      assembly.add({ op: "rename", name: from, newName: to }, failed);
      assembly.place(failed);
    },
  };
}

/** New devices go live under their own names. One that cannot is removed: it must not stay half made. */
function appearSteps(works: readonly Work[], isSure: boolean): CommitStep[] {
  if (works.length === 0) return [];
  const stuck = new Label();
  return [
    ...works.map(({ device }) => appearStep(nameOf(device), device, isSure, stuck)),
    {
      clean() {},
      failed() {},
      tail(assembly) {
        assembly.place(stuck);
        assembly.exit(8);
      },
    },
  ];
}

/** @param isSure the name means this device; stuck: where to go when it can neither be removed nor resumed */
function appearStep(name: string, device: Device, isSure: boolean, stuck: Label): CommitStep {
  const failed = new Label();
  return {
    clean: (assembly) => assembly.add({ op: "resume", name }, failed),
    failed(assembly) {
      const next = new Label();
      const stays = new Label();
      if (!isSure) assembly.add({ op: "info", name, expect: { uuid: device.uuid } }, next);
      assembly.add({ op: "resume", name }, failed);
      assembly.jump(next);
      assembly.place(failed);
      assembly.add({ op: "remove", name }, stays);
      assembly.jump(next);
      assembly.place(stays);
      assembly.tryTo({ op: "clear", name });
      assembly.add({ op: "resume", name }, stuck);
      assembly.place(next);
    },
  };
}

const asMerged = ({ current }: Device): Resumable => ({
  name: current?.name ?? "",
  as: current?.suspended ? "found suspended" : "suspended",
});
