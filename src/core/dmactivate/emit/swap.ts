/**
 * Swaps the tables of a group of devices: suspends all, resumes all. However it goes, nothing stays
 * suspended, except what cannot be resumed even without its new table.
 *
 * A check that fails, or a suspend that fails twice, leads back: the loaded tables of those suspended are
 * dropped, and they go on as before. A resume that fails does not: what stands below has its new table
 * already, and what stands above was made for that (its old table may take a replaced leg for one in sync).
 * So the table is loaded and resumed once more, and however that ends the others go forward. Where its old
 * table would then lead to what was never its own, an error target takes its place: no answer is better than
 * a wrong one.
 */
import type { Instruction } from "../../../schema/index.ts";
import { type Assembly, Label } from "./assembly.ts";
import type { CommitStep } from "./commit-step.ts";
import { resume, resumeAnew, resumeLive } from "./resume.ts";
import type { Load } from "./step.ts";
import { writeAgain } from "./write-again.ts";

export interface Suspendable {
  readonly name: string;
  readonly skipLockfs: boolean;
}

export interface Resumable {
  readonly name: string;
  /** suspended by this step; found suspended before it; new: has no live table yet, waits for its first. */
  readonly as: "suspended" | "found suspended" | "new";
  /** How the table that is to go live was loaded; left out when it keeps the one it has. */
  readonly load?: Load | undefined;
  /** Its live table writes again what the loaded one may have overwritten that was dropped. */
  readonly writesAgain?: boolean;
  /** What goes live instead when that cannot, before the one it has is tried. */
  readonly instead?: Load | undefined;
  /** Has a table loaded that must not go live. */
  readonly clear?: boolean;
  /** Found suspended: whether it goes on with its live table when what is below it cannot be suspended. */
  readonly backs?: boolean;
}

interface Suspending {
  readonly of: Suspendable;
  /** Where to go when its suspend failed, with those before it suspended; and when it failed once more. */
  readonly failed: Label;
  readonly failedAgain: Label;
  /** On the way back it cannot be resumed: those before it are, and the program ends with 8. */
  readonly stuck: Label;
}

interface Resuming {
  readonly of: Resumable;
  readonly clearFailed: Label;
  readonly resumeFailed: Label;
  /** It cannot be resumed: those behind it are, and the program ends with 8. */
  readonly stuck: Label;
}

export class Swap implements CommitStep {
  readonly #suspends: readonly Suspending[];
  readonly #resumes: readonly Resuming[];
  readonly #checks: readonly Instruction[];
  readonly #checkFailed = new Label();
  /**
   * Those found suspended, and where to go when one of them cannot be resumed after a failure has led back.
   */
  readonly #found: readonly { readonly of: Resumable; readonly stuckBack: Label }[];

  /**
   * @param suspends parents before children
   * @param resumes children before parents
   * @param checks what must hold once all are suspended
   */
  constructor(
    suspends: readonly Suspendable[],
    resumes: readonly Resumable[],
    checks: readonly Instruction[] = [],
  ) {
    this.#suspends = suspends.map((of) => ({
      of,
      failed: new Label(),
      failedAgain: new Label(),
      stuck: new Label(),
    }));
    this.#resumes = resumes.map((of) => ({
      of,
      clearFailed: new Label(),
      resumeFailed: new Label(),
      stuck: new Label(),
    }));
    this.#checks = checks;
    this.#found = resumes
      .filter(({ as }) => as === "found suspended")
      .map((of) => ({ of, stuckBack: new Label() }));
  }

  clean(assembly: Assembly): void {
    for (const { of, failed } of this.#suspends) assembly.add(suspend(of), failed);
    this.#checkAll(assembly);
    for (const { of, clearFailed, resumeFailed } of this.#resumes) {
      const { name, clear } = of;
      if (clear) assembly.add({ op: "clear", name }, clearFailed);
      assembly.add({ op: "resume", name }, resumeFailed);
    }
  }

  failed(assembly: Assembly): void {
    const next = new Label();
    for (const { of, failed, failedAgain } of this.#suspends) {
      assembly.place(failed);
      assembly.add(suspend(of), failedAgain);
    }
    this.#checkAll(assembly);
    for (const each of this.#resumes) forward(assembly, each);
    assembly.jump(next);
    this.#back(assembly);
    assembly.place(next);
  }

  tail(assembly: Assembly): void {
    for (const [index, { of, stuck }] of this.#resumes.entries()) {
      const { name, as, clear } = of;
      // To be resumed after others that are stuck: the first one is after none.
      if (as !== "new" && index > 0) {
        if (clear) goBack(assembly, name, undefined);
        else resume(assembly, name, undefined);
      }
      assembly.place(stuck);
    }
    assembly.exit(8);
    for (const each of this.#suspends.toReversed()) {
      if (each !== this.#suspends.at(-1)) goBack(assembly, each.of.name, undefined);
      assembly.place(each.stuck);
    }
    if (!this.#mayLeadBack) return;
    for (const { of, stuckBack } of this.#found) {
      leave(assembly, of, undefined);
      assembly.place(stuckBack);
    }
    assembly.exit(8);
  }

  get #mayLeadBack(): boolean {
    return this.#suspends.length + this.#checks.length > 0;
  }

  #checkAll(assembly: Assembly): void {
    for (const check of this.#checks) assembly.add(check, this.#checkFailed);
  }

  /** Nothing has been resumed: all go on as before. Entered at the check, or at the suspend, that failed. */
  #back(assembly: Assembly): void {
    assembly.place(this.#checkFailed);
    for (const each of this.#suspends.toReversed()) {
      // Those before it are suspended; the last one is only where a check failed.
      if (each !== this.#suspends.at(-1) || this.#checks.length > 0)
        goBack(assembly, each.of.name, each.stuck);
      assembly.place(each.failedAgain);
    }
    if (!this.#mayLeadBack) return;
    for (const { of, stuckBack } of this.#found) leave(assembly, of, stuckBack);
    for (const { of } of this.#resumes) if (of.writesAgain) writeAgain(assembly, of.name);
  }
}

const suspend = ({ name, skipLockfs }: Suspendable) =>
  ({ op: "suspend", name, ...(skipLockfs && { skipLockfs }) }) as const;

/** In the row of failures: with the loaded table, else what comes closest to it. */
function forward(assembly: Assembly, { of, clearFailed, resumeFailed, stuck }: Resuming): void {
  const { name, as, load, instead, clear } = of;
  const resumed = new Label();
  assembly.place(clearFailed);
  if (clear) assembly.tryTo({ op: "clear", name });
  assembly.add({ op: "resume", name }, resumeFailed);
  assembly.jump(resumed);
  assembly.place(resumeFailed);
  if (load) resumeAnew(assembly, load, resumed);
  if (as === "new") removeOr(assembly, name, resumed);
  if (instead) resumeAnew(assembly, instead, resumed);
  resumeLive(assembly, name, stuck);
  assembly.place(resumed);
}

/** With its live table. @param stuck undefined: go on all the same */
function goBack(assembly: Assembly, name: string, stuck: Label | undefined): void {
  assembly.tryTo({ op: "clear", name });
  resume(assembly, name, stuck);
}

/** Resumes what was found suspended where nothing could be done. */
function leave(assembly: Assembly, { name, backs }: Resumable, stuck: Label | undefined): void {
  if (backs) goBack(assembly, name, stuck);
  else resume(assembly, name, stuck);
}

/** A new device that cannot go live is removed, without waiting, since others are suspended. */
function removeOr(assembly: Assembly, name: string, removed: Label): void {
  const stays = new Label();
  assembly.add({ op: "remove", name }, stays);
  assembly.jump(removed);
  assembly.place(stays);
}
