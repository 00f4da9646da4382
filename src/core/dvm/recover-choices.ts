/** What dvm recover would do by itself, and what each choice that only a person can make would lose. */
import type { Discovery, Lv, LvRow, Metadata, TmVerify } from "../../schema/index.ts";
import { toDvmError } from "../base/error.ts";
import { shellWord } from "../base/shell-word.ts";
import { someNames } from "../base/some-names.ts";
import type { Sys } from "../port/sys.ts";
import { allRuns, lengthOf } from "../volume/model.ts";
import { rowsOf } from "./rows-of.ts";
import { verifyAnyway } from "./verify.ts";
import { findVg, readMetadata, type Where } from "./vg.ts";

type HeldState = NonNullable<TmVerify["states"]>[number];

/** A state that some devices hold, and the LVs that it has; undefined where they cannot be read. */
interface Held extends HeldState {
  readonly metadata: Metadata | undefined;
}

/** Nothing is written. @returns a line each @throws DvmError as discover find and tm verify do */
export async function recoverChoices(sys: Sys, where: Where): Promise<readonly string[]> {
  const discovery = await findVg(sys, where);
  const found = await verifyAnyway(sys, discovery);
  const lines = [
    ...byItself(found),
    ...(await withoutMissing(sys, where, found)),
    ...(await byState(sys, discovery, found)),
    ...takenBack(discovery, found),
  ];
  return lines.length > 0
    ? lines
    : [`VG ${found.vg.name}: nothing was interrupted, and nothing is to be chosen`];
}

function byItself({ vg: { name }, state, txid }: TmVerify): string[] {
  const would = `dvm recover ${name} would`;
  if (state === "preparing") return [`${would} undo a transaction that was prepared and not committed`];
  return state === "committing" ? [`${would} finish the commit of transaction ${txid}`] : [];
}

/** What LVs would be without the devices that were not found. */
async function withoutMissing(sys: Sys, where: Where, { vg, members, state }: TmVerify): Promise<string[]> {
  const missing = members.filter(({ present }) => !present).map(({ id }) => id);
  if (missing.length === 0 || state === "out-of-sync") return [];
  const rows = await rowsOf<LvRow>(sys, where, "lv", "name,availability");
  const named = (availability: string) =>
    rows.flatMap((row) => (row.availability === availability && row.name ? [row.name] : []));
  const [degraded, lost] = [named("degraded"), named("unavailable")];
  const says = [
    ...(lost.length > 0 ? [`${lvs(lost)} would stay unreadable`] : []),
    ...(degraded.length > 0 ? [`what is on those devices of ${lvs(degraded)} would be rebuilt`] : []),
  ];
  const what = says.length > 0 ? says.join("; ") : "no LV would lose anything";
  return [`dvm recover ${vg.name} --without missing (${someNames(missing)}): ${what}`];
}

/** What each state lacks that others have, where none of them comes after all others. */
async function byState(sys: Sys, discovery: Discovery, { vg, states = [] }: TmVerify): Promise<string[]> {
  if (states.length < 2 || states.some(({ newest }) => newest)) return [];
  const held: Held[] = [];
  for (const state of states) held.push({ ...state, metadata: await metadataOf(sys, discovery, state) });
  return held.map((state) => {
    const others = held.filter((each) => each !== state);
    const losses = state.metadata
      ? others.flatMap((other) => lossesOf(state, other))
      : ["its metadata cannot be read, and nobody knows what it would lose"];
    const what = losses.length > 0 ? [...new Set(losses)].join("; ") : "nothing is known that it would lose";
    return `dvm recover ${vg.name} --choose ${state.txid}:${state.contentHash.slice(0, HASH)}: ${what}`;
  });
}

/** As tm verify has them. */
const HASH = 8;

function lossesOf({ metadata }: Held, other: Held): string[] {
  const whose = `transaction ${other.txid}:${other.contentHash.slice(0, HASH)}`;
  if (!metadata || !other.metadata) return [`what ${whose} has cannot be read`];
  const own = new Map(metadata.lvs.map((lv) => [lv.id, lv]));
  const devices = new Set(other.devices);
  const losses: string[] = [];
  const gone = other.metadata.lvs.filter(({ id }) => !own.has(id));
  if (gone.length > 0) losses.push(`${lvs(gone.map(({ name }) => name))} of ${whose} would be gone`);
  for (const lv of other.metadata.lvs) {
    const [is, was] = [lengthOf(lv), own.get(lv.id)];
    if (was && lengthOf(was) < is)
      losses.push(`LV ${lv.name} would have ${lengthOf(was)} extents, and has ${is} in ${whose}`);
  }
  const written = other.metadata.lvs.filter((lv) => own.has(lv.id) && isOn(lv, devices));
  if (written.length > 0)
    losses.push(
      `what was written since to the devices of ${whose} of ${lvs(written.map(({ name }) => name))} may go`,
    );
  return losses;
}

const isOn = (lv: Lv, devices: ReadonlySet<string>): boolean => allRuns(lv).some(({ pv }) => devices.has(pv));

/** By the devices that hold the state alone. */
async function metadataOf(
  sys: Sys,
  discovery: Discovery,
  { devices: ids }: HeldState,
): Promise<Metadata | undefined> {
  const devices = discovery.devices.filter(({ id }) => ids.includes(id));
  const paths = new Set(devices.map(({ path }) => path));
  const regions = discovery.regions.filter(({ path }) => paths.has(path));
  // What labels tell of a later one is no reason not to look.
  const vg = { ...discovery.vg, generation: 0 };
  const warnings = sys.terminal.keepWarnings();
  try {
    return await readMetadata(sys, { ...discovery, vg, devices, regions });
  } catch (thrown) {
    if (toDvmError(thrown).code === "BUG") throw thrown;
    return undefined;
  } finally {
    warnings();
  }
}

/** Devices that hold what comes before the VG's own state, or are no members any more. */
function takenBack({ devices }: Discovery, { vg, states = [], strangers }: TmVerify): string[] {
  const newest = states.find((state) => state.newest);
  const behind = newest ? states.filter((state) => state !== newest).flatMap((state) => state.devices) : [];
  const ids = [...new Set([...behind, ...strangers])];
  const paths = devices.flatMap(({ id, path }) => (ids.includes(id) ? [path] : []));
  return paths.map(
    (path) =>
      `dvm recover ${vg.name} --resync ${shellWord(path)}: what it holds is given up, and its legs are ` +
      "rebuilt",
  );
}

const lvs = (names: readonly string[]): string => `${names.length === 1 ? "LV" : "LVs"} ${someNames(names)}`;
