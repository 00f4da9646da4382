/** One VG of a document: planned, or made what the document says. */
import type {
  AppliedVg,
  Comparison,
  DesiredVg,
  DiscoverChange,
  Discovery,
  TmVerify,
} from "../../../schema/index.ts";
import { defined } from "../../base/assert.ts";
import { DvmError } from "../../base/error.ts";
import { parseSize, type Sectors } from "../../base/units.ts";
import type { Sys } from "../../port/sys.ts";
import { initVg } from "../init.ts";
import { removeVg } from "../remove-vg.ts";
import { verifyAnyway } from "../verify.ts";
import { withLock } from "../vg.ts";
import { lookAtNewcomers } from "./add-devices.ts";
import { type Resolved, resolveVg } from "./resolve.ts";
import { converge, planTransactions } from "./transactions.ts";

export interface ApplyRules {
  /** What may be lost, each word about one thing. */
  readonly allow: readonly string[];
  /** Look at these devices instead of what the config or the OS names. */
  readonly devices: readonly string[];
  readonly dryRun: boolean;
}

/** What a saved plan was made of: nothing else is its business. */
export type PlannedVg = Pick<AppliedVg, "id" | "txid">;

/** Regions and extents of a VG that is made, as dvm init has them. */
const REGION_SIZE = "16M";
const EXTENT_SIZE = "4M";

/** @param planned undefined: whatever is found. @throws DvmError STALE, WOULD_LOSE_DATA; as the tools do */
export async function applyVg(
  sys: Sys,
  resolved: Resolved,
  rules: ApplyRules,
  planned: PlannedVg | undefined,
): Promise<AppliedVg> {
  const { discovery, entry } = resolved;
  if (!discovery) {
    if (planned && planned.id !== null) throw stale(entry.name);
    return makeVg(sys, entry, resolved.strangers, rules);
  }
  const { id } = discovery.vg;
  return withLock(sys, id, rules.dryRun ? "shared" : "exclusive", async () => {
    const found = await verifyAnyway(sys, discovery);
    const { txid } = found;
    if (planned && (planned.id !== id || planned.txid !== txid)) throw stale(discovery.vg.name);
    const unmade = unmadeBy(found);
    if (unmade) return remakeVg(sys, resolved, unmade, rules);
    const finished = rules.dryRun ? [] : await finishInterrupted(sys, discovery);
    const again = rules.dryRun ? resolved : await resolveVg(sys, entry, rules.devices);
    return changeVg(sys, { ...again, discovery: again.discovery ?? discovery }, rules, txid, finished);
  });
}

/**
 * How far the making of a VG came that has no metadata: undefined for one that has. Each region shows when it
 * was formatted by transaction 1; only where all of them do is it certain that there was no later one.
 */
function unmadeBy({ state, states = [], kinds = [] }: TmVerify): "certain" | "likely" | undefined {
  if (kinds.includes("away")) return undefined;
  const isHalfFormatted =
    state === "out-of-sync" && states.length > 0 && states.every(({ txid }) => txid === 1);
  if (state === "unformatted" || isHalfFormatted) return "likely";
  return state === "empty" || kinds.includes("empty") ? "certain" : undefined;
}

const stale = (name: string): DvmError =>
  new DvmError("STALE", `VG ${name} has changed since the plan was made: plan again`);

/** Finishes or undoes what was cut off, in regions, labels and device-mapper. @returns what was done */
async function finishInterrupted(sys: Sys, discovery: Discovery): Promise<readonly string[]> {
  const { summary } = await sys.toolbox.call({ applet: "tm", verb: "recover", stdin: discovery });
  return summary;
}

async function changeVg(
  sys: Sys,
  { entry, discovery, strangers }: Resolved & { readonly discovery: Discovery },
  rules: ApplyRules,
  txid: number | null,
  finished: readonly string[],
): Promise<AppliedVg> {
  const { allow, dryRun } = rules;
  const { id, name } = discovery.vg;
  const news = { vg: id, paths: strangers, isNew: false, allow, devices: rules.devices };
  const { needs, wipes } = await lookAtNewcomers(sys, news);
  const wider = await withNewcomers(sys, discovery, strangers, wipes);
  const metadata = await sys.toolbox.call({
    applet: "tm",
    verb: "read",
    options: { partial: true },
    stdin: discovery,
  });
  const { comparison, freesFirst } = await planTransactions(sys, entry, wider, metadata, allow);
  const found = foundOf(name, id, txid, comparison, strangers, needs);
  const isSame = comparison.changes.length === 0 && strangers.length === 0;
  if (isSame) return { ...found, changed: finished.length > 0, transactions: 0, summary: [...finished] };
  if (!dryRun && found.needs.length > 0) throw notAllowed(found);
  const call = { entry, discovery, added: strangers, wipes, dryRun, allow: [...allow, ...found.needs] };
  const summary = [...finished];
  // A plan of what has to be wiped first cannot be made without wiping it.
  const isTried = !dryRun || needs.length === 0;
  if (freesFirst && isTried) {
    const frees = await converge(sys, { ...call, added: [], freesOnly: true });
    summary.push(...frees.summary);
    if (dryRun) return { ...found, transactions: 2, summary, ...(frees.plan && { plan: frees.plan }) };
  }
  const done = isTried ? await converge(sys, { ...call, freesOnly: false }) : undefined;
  return {
    ...found,
    transactions: freesFirst ? 2 : 1,
    summary: [...summary, ...(done?.summary ?? [])],
    ...(done?.plan && { plan: done.plan }),
  };
}

const foundOf = (
  name: string,
  id: string | null,
  txid: number | null,
  { lvs, changes, needs }: Comparison,
  added: readonly string[],
  more: readonly string[],
): Omit<AppliedVg, "transactions" | "summary"> => ({
  name,
  id,
  txid,
  changed: true,
  added: [...added],
  lvs,
  changes,
  needs: [...more, ...needs],
});

function notAllowed({ name, needs }: Pick<AppliedVg, "name" | "needs">): DvmError {
  const words = needs.map((need) => `--allow ${need}`).join(" ");
  return new DvmError("WOULD_LOSE_DATA", `VG ${name}: data would be lost: with ${words} it may be`, {
    details: { needs: [...needs] },
  });
}

/** The VG as it will be when the devices have been added, for the comparison. */
async function withNewcomers(
  sys: Sys,
  discovery: Discovery,
  [device, ...others]: readonly string[],
  force: boolean,
): Promise<Discovery> {
  if (device === undefined) return discovery;
  const carriers = discovery.devices.filter(({ regions }) => regions.length > 0).length;
  const { devices } = await sys.toolbox.call({
    applet: "discover",
    verb: "add",
    operands: { vg: discovery.vg.id, device },
    options: {
      with: others,
      force,
      regions: 1,
      "regions-on": Math.max(0, ENOUGH_CARRIERS - carriers),
      "region-size": Math.min(...discovery.regions.map(({ length }) => length)),
      devices: discovery.devices.map(({ path }) => path),
      "dry-run": true,
    },
  });
  return { ...discovery, devices: [...discovery.devices, ...devices] };
}

/** As tm expand places regions. */
const ENOUGH_CARRIERS = 16;

/** There is no such VG: all that can be refused is refused before it is made. */
async function makeVg(
  sys: Sys,
  entry: DesiredVg,
  paths: readonly string[],
  rules: ApplyRules,
): Promise<AppliedVg> {
  const { name } = entry;
  const { needs, wipes } = await lookAtNewcomers(sys, {
    vg: name,
    paths,
    isNew: true,
    allow: rules.allow,
    devices: rules.devices,
  });
  const init = {
    vg: name,
    devices: paths,
    regions: undefined,
    regionSize: sizeOf(entry.regionSize ?? REGION_SIZE),
    extentSize: sizeOf(entry.extentSize ?? EXTENT_SIZE),
    force: wipes,
  };
  const plan = await initVg(sys, { ...init, dryRun: true });
  const discovery = discoveryOf(plan.labels);
  const { comparison, freesFirst } = await planTransactions(
    sys,
    entry,
    discovery,
    plan.metadata,
    rules.allow,
  );
  const found = foundOf(name, null, null, comparison, paths, needs);
  const planned: AppliedVg = { ...found, transactions: freesFirst ? 2 : 1, summary: [plan.summary] };
  if (rules.dryRun) return planned;
  if (found.needs.length > 0) throw notAllowed(found);
  const made = await initVg(sys, { ...init, dryRun: false });
  const filled = await applyVg(sys, await resolveVg(sys, entry, rules.devices), rules, undefined);
  return { ...planned, id: filled.id, summary: [made.summary, ...filled.summary] };
}

const sizeOf = (size: string | number): Sectors => (typeof size === "number" ? size : parseSize(size));

/** What discover find will give once the labels are written. */
const discoveryOf = ({ vg: { id, name, generation }, devices }: DiscoverChange): Discovery => ({
  vg: { id, name, generation },
  devices,
  regions: devices.flatMap(({ path, regions }) => regions.map((region) => ({ path, ...region }))),
  missing: { count: 0 },
  duplicates: [],
});

/**
 * Its making was cut off: labels are there, metadata was never written. Where that is not certain, metadata
 * may as well have been lost, with LVs that are still there, and each device has to be named.
 */
async function remakeVg(
  sys: Sys,
  { entry, discovery }: Resolved,
  unmade: "certain" | "likely",
  rules: ApplyRules,
): Promise<AppliedVg> {
  const { devices, vg, missing } = defined(discovery, "a VG that was found");
  const { name, id } = vg;
  const listed = (entry.devices ?? []).map(({ path }) => path);
  if (missing.count > 0 || devices.some(({ path }) => !listed.includes(path)))
    throw new DvmError(
      "INCOMPLETE",
      `VG ${name} has no metadata, and devices that are not there or not listed`,
    );
  const words = unmade === "certain" ? [] : devices.map(({ path }) => `wipe:${path}`);
  const needs = words.filter((word) => !rules.allow.includes(word));
  if (needs.length > 0) throw notAllowed({ name, needs });
  if (rules.dryRun)
    throw new DvmError("INCOMPLETE", `the making of VG ${name} was cut off: dvm apply begins anew`);
  await removeVg(sys, { vg: id, devices: rules.devices, force: true });
  return makeVg(sys, entry, listed, rules);
}
