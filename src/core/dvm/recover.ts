import type { Discovery, TmRecovered, TmResult, TmVerify } from "../../schema/index.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import type { WarningKind } from "../port/terminal.ts";
import { DISCOVERY_WORD } from "../port/toolbox.ts";
import { pvNamer } from "./pv-ids.ts";
import { takeBack } from "./take-back.ts";
import { verifyAnyway } from "./verify.ts";
import { findVg, readMetadata, type Where } from "./vg.ts";

export interface RecoverOptions extends Where {
  /** Devices by path or id; `missing` stands for all that were not found. */
  readonly without: readonly string[];
  readonly resync: readonly string[];
  readonly choose: string | undefined;
}

/**
 * Finishes or undoes what an interrupted transaction left: discover find | tm recover. Legs on devices that
 * are gone on without are marked stale in the same transaction; those on devices that come back are rebuilt
 * by a second one. A member that holds an earlier state may hold earlier data too, so it is gone on without
 * before it is taken back: no leg on it is read until it has been rebuilt. Legs that have failed in a live
 * LV, and are sound again, are taken back; those that have been rebuilt are marked so.
 * @throws DvmError as those do
 */
export async function recoverVg(sys: Sys, options: RecoverOptions): Promise<TmRecovered> {
  try {
    return await recoverAll(sys, options);
  } catch (thrown) {
    const { code, message, details, output } = toDvmError(thrown);
    // A device that cannot be written is for a person to decide about, and the message says how.
    if ((code !== "IO" && code !== "DEADLINE") || !details["paths"]) throw thrown;
    throw new DvmError("INCOMPLETE", message, { cause: thrown, details, output });
  }
}

async function recoverAll(sys: Sys, options: RecoverOptions): Promise<TmRecovered> {
  const discovery = await findVg(sys, options);
  const idOf = pvNamer(sys, discovery);
  const without = await Promise.all(
    (await namedMissing(sys, options.without, discovery)).map((word) => idOf(word)),
  );
  const resync = await Promise.all(options.resync.map(idOf));
  const missingPv = (pv: readonly string[], returned = false) =>
    sys.toolbox.words({ applet: "manip", verb: "missing-pv", options: { pv, returned } });
  const recover = async (found: Discovery, ids: readonly string[], rest: Record<string, unknown>) =>
    await sys.toolbox.call({
      applet: "tm",
      verb: "recover",
      stdin: found,
      options: { without: ids, ...rest },
      command: ids.length > 0 ? await missingPv(ids) : [],
    });

  // What is finished may be that the VG gets another name.
  const again = (): Promise<Discovery> => orById(options, discovery, (where) => findVg(sys, where));

  const behind = await membersBehind(sys, discovery, resync);
  const left = behind.length > 0 ? await recover(discovery, behind, {}) : undefined;
  const done = await recover(left ? await again() : discovery, without, {
    resync,
    choose: options.choose,
  });
  const before = left ? { ...done, found: left.found, summary: [...left.summary, ...done.summary] } : done;
  const recovered = await orById(options, discovery, (where) => withLegsTakenBack(sys, where, before));
  if (resync.length === 0) return recovered;
  const found = await again();
  const recorded = new Set((await readMetadata(sys, found)).pvs.map(({ id }) => id));
  const [back, forgotten] = [
    resync.filter((id) => recorded.has(id)),
    resync.filter((id) => !recorded.has(id)),
  ];
  const isAnythingDone = recovered.summary.length > 0;
  const update = async (words: Promise<readonly string[]>) =>
    await withoutWarnings(sys, isAnythingDone ? "so-already" : undefined, async () =>
      sys.toolbox.call({ applet: "tm", verb: "update", stdin: found, command: await words }),
    );
  const updates: TmResult[] = [];
  // Of a device whose record was removed meanwhile nothing is used any more: it comes back as a new one.
  const addPv = () =>
    sys.toolbox.words({ applet: "manip", verb: "add-pv", options: { discovery: DISCOVERY_WORD } });
  if (forgotten.length > 0) updates.push(await update(addPv()));
  if (back.length > 0) updates.push(await update(missingPv(back, true)));
  return {
    ...recovered,
    txid: updates.at(-1)?.txid ?? recovered.txid,
    // That the last step has found all of it done already is no word on what was done before.
    summary: [
      ...recovered.summary,
      ...updates.flatMap(({ changed, summary }) => (changed || !isAnythingDone ? summary : [])),
    ],
  };
}

/** Does something with a VG that may have another name by now: by its id then. */
async function orById<T>(where: Where, { vg }: Discovery, work: (where: Where) => Promise<T>): Promise<T> {
  try {
    return await work(where);
  } catch (thrown) {
    if (toDvmError(thrown).code !== "NOT_FOUND" || where.vg === vg.id) throw thrown;
    return await work({ ...where, vg: vg.id });
  }
}

/** What was done before is told when a leg fails again, too. */
async function withLegsTakenBack(sys: Sys, where: Where, before: TmRecovered): Promise<TmRecovered> {
  const withMore = (more: Pick<TmRecovered, "txid" | "summary">): TmRecovered => ({
    ...before,
    txid: more.txid,
    summary: [...before.summary, ...more.summary],
  });
  try {
    const taken = await takeBack(sys, where);
    return taken ? withMore(taken) : before;
  } catch (thrown) {
    const { code, message, details, output } = toDvmError(thrown);
    throw new DvmError(code, message, {
      cause: thrown,
      details,
      output: withMore((output as TmRecovered | undefined) ?? { ...before, summary: [] }),
    });
  }
}

/**
 * Those of the devices on which no region has the newest state, when members' regions differ and there is
 * one. Where the others do not agree either, nobody knows the members, and to go on without the devices is
 * refused.
 */
async function membersBehind(
  sys: Sys,
  discovery: Discovery,
  ids: readonly string[],
): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const { states = [] } = await verifyQuietly(sys, discovery);
  const newest = states.find((state) => state.newest);
  if (!newest) return [];
  const carriers = discovery.devices.filter(({ regions }) => regions.length > 0).map(({ id }) => id);
  const behind = ids.filter((id) => carriers.includes(id) && !newest.devices.includes(id));
  if (behind.length === 0) return [];
  const { state, members } = await verifyAnyway(sys, withoutDevices(discovery, behind));
  return behind.filter((id) => state === "out-of-sync" || members.some((member) => member.id === id));
}

/** That devices are not used is what is about to end; of others that are not, what comes later tells. */
const verifyQuietly = (sys: Sys, discovery: Discovery): Promise<TmVerify> =>
  withoutWarnings(sys, "not-used", () => verifyAnyway(sys, discovery));

/** Works, and shows what is warned of meanwhile, but for some. @param leftOut undefined: all is shown */
async function withoutWarnings<T>(
  sys: Sys,
  leftOut: WarningKind | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const warnings = sys.terminal.keepWarnings();
  try {
    return await work();
  } finally {
    for (const { message, of } of warnings())
      if (of === undefined || of !== leftOut) sys.terminal.warn(message, of);
  }
}

function withoutDevices(discovery: Discovery, ids: readonly string[]): Discovery {
  const devices = discovery.devices.filter(({ id }) => !ids.includes(id));
  const paths = new Set(devices.map(({ path }) => path));
  return { ...discovery, devices, regions: discovery.regions.filter(({ path }) => paths.has(path)) };
}

/** @throws DvmError NOT_FOUND when none is missing */
async function namedMissing(
  sys: Sys,
  words: readonly string[],
  discovery: Discovery,
): Promise<readonly string[]> {
  if (!words.includes("missing")) return words;
  const { members, vg } = await verifyAnyway(sys, discovery);
  const ids = members.filter(({ present }) => !present).map(({ id }) => id);
  if (ids.length === 0) throw new DvmError("NOT_FOUND", `no device of VG ${vg.name} is missing`);
  return [...new Set([...words.filter((word) => word !== "missing"), ...ids])];
}
