/**
 * Swaps the tables of a group of devices: suspends all, resumes all. However it goes, nothing stays
 * suspended, except what cannot be resumed even without its new table.
 *
 * A check that fails, or a suspend that fails twice, leads back: the loaded tables of those suspended are dropped, and they
 * go on as before.
 * A resume that fails does not: what stands below has its new table already, and what stands above was made
 * for that (its old table may take a replaced leg for one in sync). So the table is loaded and resumed once more, and
 * however that ends the others go forward. Where its old table would then lead to what was never its own, an error target
 * takes its place: no answer is better than a wrong one.
 */
import type { Instruction } from "../../../schema/index.ts";
import { writeAgain } from "../compare/stale-table.ts";
import { type Assembly, Label } from "./assembly.ts";
import type { CommitStep } from "./commit-step.ts";
import { type Load, resumeAnew } from "./step.ts";

export interface Suspendable {
  readonly name: string;
  readonly skipLockfs: boolean;
}

export interface Resumable {
  readonly name: string;
  /** suspended by this step; found suspended before it; new: has no live table yet, waits for its first. */
  readonly as: "suspended" | "found suspended" | "new";
  /** How the table that is to go live was loaded; left out when it keeps the one it has. */
  readonly load?: Load;
  /** Its live table writes again what the loaded one may have overwritten that was dropped. */
  readonly writesAgain?: boolean;
  /** What goes live instead when that cannot, before the one it has is tried. */
  readonly instead?: Load;
  /** Has a table loaded that must not go live. */
  readonly stale?: boolean;
  /** Found suspended: whether it goes on with its live table when what is below it cannot be suspended. */
  readonly backs?: boolean;
}

/**
 * @param suspends parents before children
 * @param resumes children before parents
 * @param checks what must hold once all are suspended
 */
export function swapStep(
  suspends: readonly Suspendable[],
  resumes: readonly Resumable[],
  checks: readonly Instruction[] = [],
): CommitStep {
  // Per suspend: where to go when it failed, with those before it suspended; and when it failed once more.
  const suspendFailed = suspends.map(() => new Label());
  const suspendFailedAgain = suspends.map(() => new Label());
  const checkFailed = new Label();
  const clearFailed = resumes.map(() => new Label());
  const resumeFailed = resumes.map(() => new Label());
  // Per position: something is stuck, resume what comes from here on and end with 8.
  const stuckForward = [...resumes, undefined].map(() => new Label());
  const stuckBack = [...suspends, undefined].map(() => new Label());
  const found = resumes.filter(({ as }) => as === "found suspended");
  const stuckFound = found.map(() => new Label());
  // What leads back when it fails.
  const leads = [...suspends, ...checks];
  const checkAll = (assembly: Assembly) => {
    for (const check of checks) assembly.add(check, checkFailed);
  };

  return {
    clean(assembly) {
      for (const [index, each] of suspends.entries()) assembly.add(suspend(each), suspendFailed[index]);
      checkAll(assembly);
      for (const [index, { name, stale }] of resumes.entries()) {
        if (stale) assembly.add({ op: "clear", name }, clearFailed[index]);
        assembly.add({ op: "resume", name }, resumeFailed[index]);
      }
    },

    failed(assembly) {
      const next = new Label();
      for (const [index, each] of suspends.entries()) {
        place(assembly, suspendFailed[index]);
        assembly.add(suspend(each), suspendFailedAgain[index]);
      }
      checkAll(assembly);
      for (const [index, { name, as, load, instead, stale }] of resumes.entries()) {
        const resumed = new Label();
        const failed = new Label();
        place(assembly, clearFailed[index]);
        if (stale) assembly.tryTo({ op: "clear", name });
        assembly.add({ op: "resume", name }, failed);
        assembly.jump(resumed);
        place(assembly, resumeFailed[index]);
        assembly.place(failed);
        if (load) resumeAnew(assembly, load, resumed);
        if (as === "new") removeOr(assembly, name, resumed);
        if (instead) resumeAnew(assembly, instead, resumed);
        resumeWithout(assembly, name, stuckForward[index + 1]);
        assembly.place(resumed);
      }
      assembly.jump(next);
      const last = suspends.at(-1);
      assembly.place(checkFailed);
      if (last && checks.length > 0) goBack(assembly, last.name, stuckBack[suspends.length - 1]);
      for (let index = suspends.length - 1; index >= 0; index -= 1) {
        // Enters with suspends 0..index-1 done; the one at index failed.
        place(assembly, suspendFailedAgain[index]);
        const before = suspends[index - 1];
        if (before) goBack(assembly, before.name, stuckBack[index - 1]);
      }
      if (leads.length > 0)
        for (const [index, each] of found.entries()) leave(assembly, each, stuckFound[index]);
      if (leads.length > 0)
        for (const { name, writesAgain } of resumes) if (writesAgain) writeAgain(assembly, name);
      assembly.place(next);
    },

    tail(assembly) {
      for (const [index, { name, as, stale }] of resumes.entries()) {
        place(assembly, stuckForward[index]);
        if (as === "new" || index === 0) continue;
        if (stale) goBack(assembly, name, undefined);
        else goForward(assembly, name, undefined);
      }
      place(assembly, stuckForward[resumes.length]);
      assembly.exit(8);
      for (let index = suspends.length - 1; index >= 0; index -= 1) {
        // Enters with suspends 0..index-1 still suspended.
        place(assembly, stuckBack[index]);
        const before = suspends[index - 1];
        if (before) goBack(assembly, before.name, undefined);
      }
      if (leads.length > 0) {
        for (const [index, each] of found.entries()) {
          leave(assembly, each, undefined);
          place(assembly, stuckFound[index]);
        }
        assembly.exit(8);
      }
    },
  };
}

const suspend = ({ name, skipLockfs }: Suspendable) =>
  ({ op: "suspend", name, ...(skipLockfs && { skipLockfs }) }) as const;

const place = (assembly: Assembly, label: Label | undefined): void => {
  if (label) assembly.place(label);
};

/** A failed resume: once more without the loaded table. @param stuck undefined: go on all the same */
function resumeWithout(assembly: Assembly, name: string, stuck: Label | undefined): void {
  assembly.tryTo({ op: "clear", name });
  if (stuck) assembly.add({ op: "resume", name }, stuck);
  else assembly.tryTo({ op: "resume", name });
}

/** Resumes with the loaded table. @param stuck undefined: go on all the same */
function goForward(assembly: Assembly, name: string, stuck: Label | undefined): void {
  const failed = new Label();
  const next = new Label();
  assembly.add({ op: "resume", name }, failed);
  assembly.jump(next);
  assembly.place(failed);
  resumeWithout(assembly, name, stuck);
  assembly.place(next);
}

/** Resumes what was found suspended where nothing could be done. */
function leave(assembly: Assembly, { name, backs }: Resumable, stuck: Label | undefined): void {
  if (backs) goBack(assembly, name, stuck);
  else goForward(assembly, name, stuck);
}

/** Resumes with the live table. */
function goBack(assembly: Assembly, name: string, stuck: Label | undefined): void {
  const failed = new Label();
  const next = new Label();
  assembly.tryTo({ op: "clear", name });
  assembly.add({ op: "resume", name }, failed);
  assembly.jump(next);
  assembly.place(failed);
  resumeWithout(assembly, name, stuck);
  assembly.place(next);
}

/** A new device that cannot go live is removed, without waiting, since others are suspended. */
function removeOr(assembly: Assembly, name: string, removed: Label): void {
  const stays = new Label();
  assembly.add({ op: "remove", name }, stays);
  assembly.jump(removed);
  assembly.place(stays);
}
