/**
 * Leaving a PV: everything on it is moved, by the steps that anybody can take: `move --from` for each LV in
 * one transaction, live status until the copies are in sync, `move --finish`. What is done is in the metadata
 * alone, so it can be stopped anywhere, and is gone on with by the same command.
 */
import type { Discovery, LvRow, TmResult } from "../../schema/index.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import { shellWord } from "../base/shell-word.ts";
import { formatSize } from "../base/units.ts";
import type { Sys } from "../port/sys.ts";
import { type Laid, type Leaving, lookAtPv, type OnPv } from "./on-pv.ts";
import { pvNamer } from "./pv-ids.ts";
import { recoverVg } from "./recover.ts";
import { refuseStuck, refuseUnfit, roomFor } from "./refuse-evacuation.ts";
import { rowsOf } from "./rows-of.ts";
import { updateBatch } from "./update-batch.ts";
import { verifyAnyway } from "./verify.ts";
import { findVg, readMetadata, type Where } from "./vg.ts";

export interface EvacuateOptions extends Where {
  /** Path or id of the PV that is left. */
  readonly left: string;
  /** Paths, ids or tags of the PVs to move to; none means any. */
  readonly to: readonly string[];
  readonly dryRun: boolean;
}

/**
 * What was done, a line each; of a dry run what would be, with the plan of the first transaction when there
 * is one.
 */
export type Evacuated = Pick<TmResult, "summary"> & Partial<TmResult>;

/**
 * Moves everything off a PV. Nothing new is placed on it by that; it stays in the VG.
 * @throws DvmError with what was done before: NOT_FOUND; INCOMPLETE for LVs that are down or not well, before
 *   anything moves; NO_SPACE likewise; else as tm update
 */
export async function evacuatePv(sys: Sys, options: EvacuateOptions): Promise<Evacuated> {
  const leaving = await nameLeaving(sys, options);
  if (options.dryRun) return planOf(sys, options, leaving);
  const summary: string[] = [];
  try {
    await finishInterrupted(sys, options, summary);
    await moveAll(sys, options, leaving, summary);
    return { summary };
  } catch (thrown) {
    const { code, message, details } = toDvmError(thrown);
    throw new DvmError(code, message, { cause: thrown, details, output: { summary } });
  }
}

async function nameLeaving(sys: Sys, { left, to, ...where }: EvacuateOptions): Promise<Leaving> {
  const discovery = await findVg(sys, where);
  const idOf = pvNamer(sys, discovery);
  const id = await idOf(left);
  const { vg, pvs } = await readMetadata(sys, discovery);
  if (!pvs.some((pv) => pv.id === id)) throw new DvmError("NOT_FOUND", `${left} is no PV of VG ${vg.name}`);
  const onto = await Promise.all(to.map(idOf));
  if (onto.includes(id)) throw new DvmError("USAGE", `--to ${left} is the PV that is to be left`);
  return { id, name: left, to: onto };
}

async function finishInterrupted(sys: Sys, where: Where, summary: string[]): Promise<void> {
  if (!(await isInterrupted(sys, where))) return;
  const recovered = await recoverVg(sys, { ...where, without: [], resync: [], choose: undefined });
  summary.push(...recovered.summary);
}

/**
 * Whether a transaction, or its work on live devices, was cut off. When it was the end of the moves, nothing
 * in the metadata is on the PV any more, but live tables are.
 */
async function isInterrupted(sys: Sys, where: Where): Promise<boolean> {
  const { state } = await verifyAnyway(sys, await findVg(sys, where));
  if (state === "preparing" || state === "committing") return true;
  const lvs = await rowsOf<LvRow>(sys, where, "lv", "state");
  return lvs.some((lv) => HALF_LIVE.includes(lv.state ?? ""));
}

/** An LV's state, in reports. */
const HALF_LIVE: readonly string[] = ["partly", "differs", "suspended"];

/** How long is waited between two looks: twice as long each time. */
const FIRST_PAUSE_MS = 50;
const LAST_PAUSE_MS = 2000;
/** So many looks in a row find that the kernel has stopped copying before that is believed. */
const STOPPED_LOOKS = 20;

async function moveAll(sys: Sys, where: Where, leaving: Leaving, summary: string[]): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS;
  let stoppedLooks = 0;
  for (let begun = false; ; ) {
    const on = await lookAtPv(sys, where, leaving.id);
    const at = (stage: Laid["stage"]) => on.lvs.filter((lv) => lv.stage === stage);
    if (on.lvs.length === 0) return tellEmpty(sys, on, leaving, begun);
    begun = true;
    if (at("staying").length > 0) {
      refuseUnfit(on, leaving, at("staying"));
      const { summary: moves } = await begin(sys, where, on, leaving, false);
      summary.push(...at("staying").map(({ name }) => `LV ${name} leaves ${leaving.name}`), ...moves);
      continue;
    }
    tellProgress(sys, leaving, on.lvs);
    const copying = [...at("syncing"), ...at("copying")];
    const isStopped = copying.every(({ problems }) => problems.includes("lv-sync-stopped"));
    stoppedLooks = isStopped ? stoppedLooks + 1 : 0;
    if (copying.length > 0 && stoppedLooks < STOPPED_LOOKS) {
      await pause(sys, pauseMs);
      pauseMs = Math.min(2 * pauseMs, LAST_PAUSE_MS);
      continue;
    }
    if (at("copied").length > 0) summary.push(...(await finish(sys, on.discovery, at("copied"))).summary);
    refuseStuck(on, leaving, [...at("stuck"), ...at("down"), ...copying]);
  }
}

function tellEmpty(sys: Sys, { metadata }: OnPv, { name }: Leaving, begun: boolean): void {
  const next = `dvm reduce ${metadata.vg.name} ${shellWord(name)} takes it out of the VG`;
  sys.terminal.warn(begun ? `nothing lies on ${name} any more: ${next}` : `nothing lies on ${name}: ${next}`);
}

function tellProgress(sys: Sys, { name }: Leaving, lvs: readonly Laid[]): void {
  const total = lvs.reduce((sum, { size }) => sum + size, 0);
  const done = lvs.reduce(
    (sum, { size, sync, stage }) => sum + (stage === "copied" ? size : (size * (sync ?? 0)) / 100),
    0,
  );
  sys.terminal.progress(`moving off ${name} (MiB)`, Math.floor(done / 2048), Math.ceil(total / 2048));
}

async function pause(sys: Sys, ms: number): Promise<void> {
  const dm = await sys.openDm();
  dm.pause(ms);
  dm.close();
}

/** Begins the moves of all that stays, or of nothing. @throws DvmError NO_SPACE with how much is missing */
async function begin(
  sys: Sys,
  where: Where,
  { discovery, lvs }: OnPv,
  leaving: Leaving,
  dryRun: boolean,
): Promise<TmResult> {
  const staying = lvs.filter(({ stage }) => stage === "staying");
  const { id, to } = leaving;
  const moves = staying.map((lv) => ({ verb: "move", name: lv.id, from: id, to: [...to] }) as const);
  return updateBatch(sys, discovery, moves, dryRun).catch(async (thrown: unknown) => {
    const { code, message, details } = toDvmError(thrown);
    if (code !== "NO_SPACE") throw thrown;
    const room = await roomFor(sys, where, leaving, staying);
    throw new DvmError(code, `${room}. ${message}`, { cause: thrown, details });
  });
}

const finish = (sys: Sys, discovery: Discovery, copied: readonly Laid[]): Promise<TmResult> =>
  updateBatch(
    sys,
    discovery,
    copied.map((lv) => ({ verb: "move", name: lv.id, finish: true })),
    false,
  );

async function planOf(sys: Sys, where: Where, leaving: Leaving): Promise<Evacuated> {
  if (await isInterrupted(sys, where))
    return { summary: ["what was interrupted is finished first, as by dvm recover"] };
  const on = await lookAtPv(sys, where, leaving.id);
  const isToBegin = ({ stage }: Laid) => stage === "staying" || stage === "syncing";
  const staying = on.lvs.filter(({ stage }) => stage === "staying");
  if (on.lvs.length === 0) tellEmpty(sys, on, leaving, false);
  refuseUnfit(on, leaving, staying);
  const first = staying.length > 0 ? await begin(sys, where, on, leaving, true) : undefined;
  const summary = on.lvs.map((lv) =>
    isToBegin(lv)
      ? `LV ${lv.name} leaves ${leaving.name}: ${formatSize(lv.size)} to copy`
      : `LV ${lv.name} is leaving ${leaving.name}: its move is finished`,
  );
  return { ...first, summary: [...summary, ...(first?.summary ?? [])] };
}
