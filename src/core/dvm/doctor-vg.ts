/** What is wrong with a VG, its devices and its LVs. */
import type { DiscoverList, Discovery, DmRow, LvRow, PvRow, SegRow, TmVerify } from "../../schema/index.ts";
import { assert } from "../base/assert.ts";
import { toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { creations } from "../volume/types/index.ts";
import { describeMissing } from "./describe-missing.ts";
import { type Finding, type FindingSubject, finding, look } from "./finding.ts";
import { isFindingCode, type LvFindingCode } from "./findings.ts";
import { rowsOf } from "./rows-of.ts";
import { verifyAnyway } from "./verify.ts";
import { findVg, type Where } from "./vg.ts";

export type ListedDevices = DiscoverList["devices"];

/**
 * What is wrong with a VG, what tools have warned of included. @param called what people type for the VG
 */
export async function examineVg(
  sys: Sys,
  { id, name, called }: { readonly id: string; readonly name: string; readonly called: string },
  devices: readonly string[],
  listed: ListedDevices,
): Promise<readonly Finding[]> {
  const subject: FindingSubject = { kind: "vg", name: called };
  const warnings = sys.terminal.keepWarnings();
  sys.terminal.wording.about({ id, name }, []);
  const found = await look(sys, subject, "vg-unreadable", () =>
    problemsOfVg(sys, { id, called }, devices, listed),
  );
  const { wording } = sys.terminal;
  const told = new Set(found.map(({ details }) => wording.of(String(details["message"]))));
  const warned = warnings()
    // An interrupted transaction is a finding of its own, and so is a device-mapper that cannot be asked.
    .filter(({ message, of }) => of !== "interrupted" && of !== "dm-unasked" && !told.has(message))
    // Some come before it is known of which VG they are.
    .map(({ message }) => finding("warned", subject, { message: wording.of(message) }));
  return warned.length > 0 ? [...found.filter(({ ok }) => !ok), ...warned] : found;
}

/**
 * Kinds of problems, as tm verify has them, with which tm read does not give the metadata of what is there
 * either.
 */
const UNREADABLE: readonly string[] = ["foreign", "strangers", "labels-ahead"];

async function problemsOfVg(
  sys: Sys,
  { id, called }: { readonly id: string; readonly called: string },
  devices: readonly string[],
  listed: ListedDevices,
): Promise<readonly Finding[]> {
  const discovery = await findVg(sys, { vg: id, devices });
  const verified = await verifyAnyway(sys, discovery);
  const { vg, state, problems, kinds = [], members } = verified;
  const subject: FindingSubject = { kind: "vg", name: called };
  if (kinds.includes("empty") && state !== "preparing")
    return [finding("vg-without-metadata", subject, { vg: vg.name })];
  const findings = problems.map((message, at) => {
    const code = `vg-${kinds[at]}`;
    return finding(isFindingCode(code) ? (code as "warned") : "warned", subject, { message });
  });
  if (verified.txid === null) {
    // Of which membership is right nothing can be said, so long as the regions differ.
    assert(findings.length > 0, "a VG without a state has a problem");
    return findings;
  }
  if (state !== "clean") findings.push(finding("vg-interrupted", subject, { vg: vg.name, state }));
  // Nobody may read the metadata of such a VG, which says it all.
  if (kinds.some((kind) => UNREADABLE.includes(kind))) return findings;
  findings.push(...labelsBehind(discovery, verified, listed, subject));
  const where = { vg: id, devices };
  const pvs = await rowsOf<PvRow>(
    sys,
    where,
    "pv",
    "id,path,state,size,tags,lvs,deviceSize,dataStart,blockBytes",
  );
  const absent = members.filter(({ present }) => !present).map((member) => member.id);
  const isMember = (id: string) => members.some((member) => member.id === id);
  const lvs = await examineLvs(sys, where, called, { absent, pvs, discovery });
  findings.push(...(await withoutLv(sys, where, vg.name)));
  findings.push(
    ...shortPvs(pvs, { vg: vg.name, isMember }, subject),
    ...readOnly(discovery, members, subject),
  );
  findings.push(...otherBlocks(pvs, discovery, subject), ...lvs.findings);
  if (absent.length + lvs.missing > 0) return describeMissing(pvs, findings);
  return findings.length > 0
    ? findings
    : [finding("vg-sound", subject, { devices: discovery.devices.length })];
}

/** Where all labels are behind, that is one of the problems of the VG. */
function labelsBehind(
  discovery: Discovery,
  verified: TmVerify,
  listed: ListedDevices,
  subject: FindingSubject,
): readonly Finding[] {
  const { vg, members, strangers } = verified;
  if (isBehind({ ...discovery.vg, members: members.length }, verified)) return [];
  return listed.flatMap(({ path, label }) =>
    label?.vg.id === vg.id && !strangers.includes(label.device.id) && isBehind(label.vg, verified)
      ? [finding("label-behind", subject, { vg: vg.name, path })]
      : [],
  );
}

const isBehind = (label: { name: string; generation: number; members: number }, { vg, members }: TmVerify) =>
  label.generation !== vg.generation || label.name !== vg.name || label.members !== members.length;

/** What is live of LVs that the metadata does not have: it was removed, and its devices stayed. */
async function withoutLv(sys: Sys, where: Where, vg: string): Promise<readonly Finding[]> {
  const rows = await rowsOf<DmRow>(sys, where, "dm", "name,lv").catch((thrown: unknown) => {
    if (toDvmError(thrown).code === "BUG") throw thrown;
    // That device-mapper cannot be asked is a finding already.
    return [];
  });
  return rows
    .filter(({ lv }) => lv === null)
    .map(({ name = "" }) => finding("dm-without-lv", { kind: "dm", name }, { name, vg }));
}

/** Said of the dm device itself. */
const OF_DM: readonly string[] = ["lv-suspended", "lv-without-table"];
/** Said where tables differ, or something is missing: nothing that it does not explain. */
const EXPLAINED: Readonly<Record<string, readonly string[]>> = {
  "lv-errors-mapped": ["lv-incomplete", "lv-tables-differ"],
  "lv-tables-unknown": ["lv-incomplete"],
  "leg-absent": ["lv-tables-differ"],
  "leg-syncing": ["lv-sync-stopped"],
  "leg-copying": ["lv-sync-stopped"],
};
/** Nothing to be done about, where what is copied from is missing. */
const OF_COPYING: readonly string[] = ["leg-syncing", "leg-copying", "lv-sync-stopped"];

interface OfPvs {
  /** Ids of the members that were not found. */
  readonly absent: readonly string[];
  readonly pvs: readonly PvRow[];
  readonly discovery: Discovery;
}

/** @returns problems of the VG's LVs, and how many of the PVs that they lie on were not found */
async function examineLvs(
  sys: Sys,
  where: Where,
  vg: string,
  ofPvs: OfPvs,
): Promise<{ readonly findings: readonly Finding[]; readonly missing: number }> {
  const columns =
    "name,state,sync,health,fill,dirty,availability,mismatches,problems,missing,legs,type,work,devices";
  const rows = await rowsOf<LvRow>(sys, where, "lv", columns);
  const isOfLegs = rows.some(({ problems = [] }) => problems.some((code) => code.startsWith("leg-")));
  const parts = isOfLegs ? await rowsOf<SegRow>(sys, where, "seg", "lv,leg,device,problem") : [];
  const isLostOf = ({ problems = [], availability }: LvRow) =>
    problems.includes("lv-incomplete") && availability === "unavailable";
  const lost = rows.filter((row) => isLostOf(row) && !row.missing?.length).map(({ name = "" }) => name);
  const findings = rows.flatMap(({ problems = [], ...row }) => {
    const isLost = isLostOf({ problems, ...row });
    const told = problems.filter(
      (code) =>
        !OF_DM.includes(code) &&
        !(isLost && OF_COPYING.includes(code)) &&
        !EXPLAINED[code]?.some((other) => problems.includes(other)),
    );
    return told.map((code) => ofLv(code as LvFindingCode, { vg, lost, ...ofPvs }, row, parts));
  });
  return { findings, missing: rows.reduce((sum, { missing }) => sum + (missing?.length ?? 0), 0) };
}

function ofLv(
  code: LvFindingCode,
  { vg, lost, absent, pvs, discovery }: OfPvs & { readonly vg: string; readonly lost: readonly string[] },
  row: LvRow,
  parts: readonly SegRow[],
): Finding {
  const { name: lv = "", state, availability, missing, sync = null, health = null, mismatches = null } = row;
  const { legs: copies = 1, type = "", work = null, fill = null, dirty = null, devices = [] } = row;
  const readOnly = discovery.devices
    .filter((device) => device.readOnly && devices.includes(device.path))
    .map(({ path }) => path);
  return finding(
    code,
    { kind: "lv", vg, name: lv },
    {
      vg,
      lv,
      state: state ?? "unknown",
      availability: availability ?? "unknown",
      missing: missing ?? [],
      gone: missing?.some((id) => absent.includes(id)) === false,
      legs: legsWith(code, lv, parts),
      short: pvs.flatMap(({ state, path }) =>
        state === "short" && path && devices.includes(path) ? [path] : [],
      ),
      lost,
      readOnly,
      othersTakeWrites: copies > 1 && readOnly.length === 1,
      copies,
      alike: creations().some(({ name, alike }) => name === type && alike),
      sync,
      health,
      mismatches,
      work,
      fill,
      dirty,
    },
  );
}

/** The legs of an LV that a code is about, by the parts of their images and metadata. */
function legsWith(code: string, lv: string, parts: readonly SegRow[]) {
  const legs = new Map<number, Set<string>>();
  for (const part of parts) {
    if (part.lv !== lv || part.problem !== code || !part.device) continue;
    if (part.leg === null || part.leg === undefined) continue;
    legs.set(part.leg, (legs.get(part.leg) ?? new Set()).add(part.device));
  }
  return [...legs].map(([number, devices]) => ({ number, devices: [...devices] }));
}

function shortPvs(
  pvs: readonly PvRow[],
  { vg, isMember }: { readonly vg: string; readonly isMember: (id: string) => boolean },
  subject: FindingSubject,
): readonly Finding[] {
  return pvs.flatMap(({ id = "", state, path, size = 0, deviceSize, dataStart }) =>
    state === "short"
      ? [
          finding("pv-short", subject, {
            vg,
            isMember: isMember(id),
            path: path ?? "",
            room: Math.max(0, (deviceSize ?? 0) - (dataStart ?? 0)),
            recorded: size,
          }),
        ]
      : [],
  );
}

/** Of a device that was gone on without nothing is written. */
function readOnly(
  { vg, devices }: Discovery,
  members: TmVerify["members"],
  subject: FindingSubject,
): readonly Finding[] {
  const ids = new Set(members.map(({ id }) => id));
  return devices
    .filter((device) => device.readOnly && ids.has(device.id))
    .map(({ path }) => finding("pv-read-only", subject, { path, vg: vg.name }));
}

function otherBlocks(
  pvs: readonly PvRow[],
  { vg, devices }: Discovery,
  subject: FindingSubject,
): readonly Finding[] {
  const blocks = new Map(devices.map(({ id, blockBytes }) => [id, blockBytes]));
  return pvs.flatMap(({ id = "", state, path, blockBytes: recorded }) =>
    state === "blocks"
      ? [
          finding("pv-blocks", subject, {
            vg: vg.name,
            path: path ?? "",
            recorded: recorded ?? 0,
            found: blocks.get(id) ?? 0,
          }),
        ]
      : [],
  );
}
