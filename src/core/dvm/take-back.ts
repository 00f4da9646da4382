/**
 * Legs of live LVs that the kernel has thrown out, or stopped to copy to, and are sound again. dm-raid takes
 * one back only with a new table; so the leg is recorded stale first, in a transaction, and its devices go; a
 * second one has it rebuilt, and the table with it goes live after that commit. Whatever happens in between,
 * the leg is never read before it has been rebuilt.
 */
import type { Discovery, Leg, LvRow, Metadata, SegRow, TmResult } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import { DvmError } from "../base/error.ts";
import { shellWord } from "../base/shell-word.ts";
import type { Sys } from "../port/sys.ts";
import { hasAlikeLegs, legsOf } from "../volume/model.ts";
import { rowsOf } from "./rows-of.ts";
import { findVg, readMetadata, type Where } from "./vg.ts";

/** What was done: the last transaction, and a line for each step; undefined when there was nothing to do. */
export type TakenBack = Pick<TmResult, "txid" | "summary"> | undefined;

export interface TroubledLeg {
  readonly lv: string;
  readonly lvId: string;
  readonly number: number;
  readonly devices: readonly string[];
  readonly problem: string;
}

type State = Exclude<Leg["state"], "recovering">;

/**
 * Marks the legs that have been rebuilt as current, and takes those back that have failed.
 * @throws DvmError INCOMPLETE when one fails again, with what gives it up
 */
export async function takeBack(sys: Sys, where: Where): Promise<TakenBack> {
  const legs = await problemLegs(sys, where);
  const unmarked = legs.filter(({ problem }) => problem === "leg-unmarked");
  const failed = await outOfUse(sys, where, legs);
  if (unmarked.length + failed.length === 0) return undefined;
  return takeBackLegs(sys, where, { unmarked, failed, back: failed });
}

export interface LegsToTakeBack {
  /** They have been rebuilt. */
  readonly unmarked: readonly TroubledLeg[];
  /** They are in no use any more, and are not called stale yet. */
  readonly failed: readonly TroubledLeg[];
  /** They are to be rebuilt: some of those that have failed, and stale ones. */
  readonly back: readonly TroubledLeg[];
}

/** Does so with these legs. @throws DvmError INCOMPLETE when one fails again, with what gives it up */
export async function takeBackLegs(
  sys: Sys,
  where: Where,
  { unmarked, failed, back }: LegsToTakeBack,
): Promise<NonNullable<TakenBack>> {
  const summary: string[] = [];
  let txid = 0;
  const put = async (of: readonly TroubledLeg[], state: State, what: (leg: TroubledLeg) => string) => {
    if (of.length === 0) return;
    const done = await setState(sys, await findVg(sys, where), of, state);
    txid = done.txid;
    summary.push(...of.map((leg) => `${nameOf(leg)}: ${what(leg)}`), ...done.summary);
  };
  await put(unmarked, "current", () => "has been rebuilt, and is current");
  await put(
    failed,
    "stale",
    ({ problem }) =>
      `${problem === "leg-failed" ? "had failed" : "was not copied to any more"}, and is stale`,
  );
  await put(back, "rebuild", () => "is taken back, to be rebuilt");
  await refuseFailedAgain(sys, where, back, { txid, summary });
  return { txid, summary };
}

const nameOf = ({ lv, number, devices }: TroubledLeg): string =>
  `leg ${number} of LV ${lv} on ${devices.join(", ")}`;

const setState = async (
  sys: Sys,
  discovery: Discovery,
  legs: readonly TroubledLeg[],
  state: State,
): Promise<TmResult> =>
  await sys.toolbox.call({
    applet: "tm",
    verb: "update",
    stdin: discovery,
    command: await sys.toolbox.words({
      applet: "manip",
      verb: "leg-state",
      options: { leg: legs.map(({ lvId, number }) => `${lvId}/${number}`), state },
    }),
  });

/** The legs that something is wrong with. */
async function problemLegs(sys: Sys, where: Where): Promise<readonly TroubledLeg[]> {
  const rows = await rowsOf<SegRow>(sys, where, "seg", "lv,lvId,leg,device,problem");
  const legs = new Map<string, TroubledLeg & { devices: string[] }>();
  for (const { lv = "", lvId = "", leg: of, device, problem } of rows) {
    if (!problem || !device) continue;
    const number = defined(of ?? undefined, "the leg of what has a problem");
    const key = `${lvId}/${number}`;
    const leg = legs.get(key) ?? { lv, lvId, number, devices: [], problem };
    if (!leg.devices.includes(device)) leg.devices.push(device);
    legs.set(key, leg);
  }
  return [...legs.values()];
}

/** Legs that have failed, or are not copied to any more, of LVs that have others to be rebuilt from. */
async function outOfUse(
  sys: Sys,
  where: Where,
  legs: readonly TroubledLeg[],
): Promise<readonly TroubledLeg[]> {
  const failed = legs.filter(({ problem }) => problem === "leg-failed");
  const stopped = await stoppedOf(sys, where, legs);
  const out = [...failed, ...stopped];
  if (out.length === 0) return [];
  const lvs = await rowsOf<LvRow>(sys, where, "lv", "id,legStates,availability");
  const readable = new Set(
    lvs.flatMap(({ id, legStates, availability }) =>
      legStates?.includes("current") && availability !== "unavailable" ? [id] : [],
    ),
  );
  return out.filter(({ lvId }) => readable.has(lvId));
}

/** It gets the data of others, or should. */
const isGettingData = ({ problem }: Pick<TroubledLeg, "problem">): boolean =>
  problem === "leg-syncing" || problem === "leg-copying";

/**
 * So many looks in a row find that the kernel has stopped copying before that is believed: it pauses now and
 * then.
 */
const STOPPED_LOOKS = 10;

/**
 * Legs that are to get the data of others, and do not: the kernel gives up for good when it cannot read it.
 */
export async function stoppedOf(
  sys: Sys,
  where: Where,
  legs: readonly TroubledLeg[],
): Promise<readonly TroubledLeg[]> {
  let stopped = legs.filter(isGettingData);
  for (let look = 0; look < STOPPED_LOOKS && stopped.length > 0; look += 1) {
    if (look > 0) await pause(sys);
    const lvs = await rowsOf<LvRow>(sys, where, "lv", "id,problems");
    const still = new Set(
      lvs.flatMap(({ id, problems }) => (problems?.includes("lv-sync-stopped") ? [id] : [])),
    );
    stopped = stopped.filter(({ lvId }) => still.has(lvId));
  }
  return stopped;
}

async function pause(sys: Sys): Promise<void> {
  const dm = await sys.openDm();
  dm.pause(PAUSE_MS);
  dm.close();
}

/** How often a leg is looked at until it has got its first data, and how long is waited in between. */
const LOOKS = 40;
const PAUSE_MS = 50;

/** A leg that still gives errors fails at the first write. @throws DvmError INCOMPLETE */
async function refuseFailedAgain(
  sys: Sys,
  where: Where,
  taken: readonly TroubledLeg[],
  done: TakenBack,
): Promise<void> {
  if (taken.length === 0) return;
  const keys = new Set(taken.map(({ lvId, number }) => `${lvId}/${number}`));
  for (let look = 0; look < LOOKS; look += 1) {
    const legs = (await problemLegs(sys, where)).filter(({ lvId, number }) => keys.has(`${lvId}/${number}`));
    const failed = [
      ...legs.filter(({ problem }) => problem === "leg-failed"),
      ...(await stoppedOf(sys, where, legs)),
    ];
    if (failed.length > 0) throw failedAgain(await readMetadata(sys, await findVg(sys, where)), failed, done);
    const waiting = new Set(legs.filter(isGettingData).map(({ lvId }) => lvId));
    const lvs = waiting.size > 0 ? await rowsOf<LvRow>(sys, where, "lv", "id,sync") : [];
    if (!lvs.some(({ id, sync }) => id !== undefined && waiting.has(id) && !sync)) return;
    await pause(sys);
  }
}

function failedAgain(metadata: Metadata, failed: readonly TroubledLeg[], done: TakenBack): DvmError {
  const each = failed.map((leg) => `${nameOf(leg)} fails again: ${adviceFor(metadata, leg)}`);
  return new DvmError("INCOMPLETE", each.join("; "), {
    details: { legs: failed.map(({ lv, number }) => ({ lv, leg: number })) },
    output: { found: "clean", txid: done?.txid ?? 0, summary: done?.summary ?? [] },
  });
}

/** What gives a leg up. */
function adviceFor({ vg, lvs }: Metadata, { lv, lvId, number, devices }: TroubledLeg): string {
  const found = lvs.find(({ id }) => id === lvId);
  const legs = found ? legsOf(found) : [];
  const run = `dvm run ${vg.name} --`;
  if (found?.work !== undefined)
    return `${run} ${found.work} --name ${lv} --abort gives the ${found.work} up`;
  if (found && !hasAlikeLegs(found))
    return `${run} leg-state --leg ${lv}/${number} --state stale goes on without it`;
  const on = devices.map((device) => `--pv ${shellWord(device)}`).join(" ");
  const without = `${run} mirror --name ${lv} --mirrors ${legs.length - 2} ${on} does without it`;
  return (
    `${without}, ${run} mirror --name ${lv} --mirrors ${legs.length - 1} --pv OTHER then makes ` +
    "another copy"
  );
}
