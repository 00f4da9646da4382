import type { Discovery, TmVerify } from "../../schema/index.ts";
import type { Sys } from "../port/sys.ts";
import { isHarmless, requireNoProblem, survey, type View, warnStrangers } from "./survey.ts";
import { withLock } from "./with-lock.ts";

export interface TmLockOptions {
  /** How long to wait for the VG's lock. */
  readonly lockTimeoutMs: number | undefined;
}

/**
 * Tells whether the devices make a complete VG, in sync. An interrupted transaction is no fault of the VG's:
 * `state` names it.
 * @throws DvmError INCOMPLETE, STALE, OUT_OF_SYNC, with the document as output
 */
export async function verifyVg(sys: Sys, discovery: Discovery, options: TmLockOptions): Promise<TmVerify> {
  return withLock(sys, discovery, "shared", options.lockTimeoutMs, async () => {
    const view = await survey(sys, discovery);
    const document = describe(discovery, view);
    warnInterrupted(sys, view);
    requireNoProblem({ problems: view.problems.filter((problem) => !isHarmless(problem)) }, document);
    warnHarmless(sys, view);
    return document;
  });
}

function describe({ vg }: Discovery, view: View): TmVerify {
  const { envelope, state, txid, members, strangers, problems, held } = view;
  return {
    vg: {
      id: vg.id,
      name: envelope?.name ?? vg.name,
      generation: envelope?.generation ?? vg.generation,
    },
    complete: problems.every(isHarmless),
    state,
    txid,
    members: [...members],
    strangers: strangers.map(({ id }) => id),
    problems: problems.map(({ message }) => message),
    ...(problems.length > 0 && { kinds: problems.map(({ kind }) => kind) }),
    ...(held.length > 0 && {
      states: held.map((each) => ({
        txid: each.txid,
        contentHash: each.contentHash,
        devices: [...each.devices],
        newest: each.newest,
      })),
    }),
  };
}

/** Said by every reader that goes on all the same. */
export function warnReaders(sys: Sys, view: View): void {
  warnInterrupted(sys, view);
  warnHarmless(sys, view);
}

/** What comes before anything else that there is to do. */
function warnInterrupted(sys: Sys, { state }: View): void {
  if (state !== "preparing" && state !== "committing") return;
  const what = state === "committing" ? "committed but not everywhere" : "prepared but not committed";
  sys.terminal.warn(`a transaction was interrupted, ${what}: run tm recover`, "interrupted");
}

function warnHarmless(sys: Sys, view: View): void {
  for (const problem of view.problems) if (isHarmless(problem)) sys.terminal.warn(problem.message);
  warnStrangers(sys, view);
}
