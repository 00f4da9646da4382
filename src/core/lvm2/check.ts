/** Every copy of the metadata of every PV, and what is wrong with it. */
import type { Lvm2Check, Lvm2Device, Lvm2Finding, Lvm2Slot, Lvm2Vg, Metadata } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import type { AreaHeader, Slot } from "./area.ts";
import { lvm2Finding } from "./findings.ts";
import { dashedId, idFrom } from "./ids.ts";
import { readLvmConf } from "./lvm-conf.ts";
import type { AreaState } from "./read-pv.ts";
import { type HostIdentity, whyVgRefused } from "./refused.ts";
import { type SurveyedPv, surveyPvs } from "./survey.ts";
import { translateVg } from "./translate.ts";
import { type FoundVg, vgsOf } from "./vgs.ts";

/**
 * @param vg name or id of the only VG that findings are wanted of; undefined: all
 * @throws DvmError CORRUPT or INCOMPLETE with the document when there is a problem; NOT_FOUND
 */
export async function checkLvm2(
  sys: Sys,
  { vg: word, devices }: { readonly vg: string | undefined; readonly devices: readonly string[] },
): Promise<Lvm2Check> {
  const conf = await readLvmConf(sys);
  const surveyed = await surveyPvs(sys, devices);
  const all = vgsOf(surveyed);
  const wanted = all.filter(
    ({ vg }) => word === undefined || [vg.name, idFrom(vg.id), dashedId(vg.id)].includes(word),
  );
  if (word !== undefined && wanted.length === 0)
    throw new DvmError("NOT_FOUND", `no device found belongs to a VG ${word} of LVM2`);
  const names = new Set(wanted.map(({ vg }) => vg.name));
  const findings = [...ofDevices(surveyed, all), ...wanted.flatMap((found) => ofVg(found, all, conf))].filter(
    ({ vg }) => word === undefined || vg === null || names.has(vg),
  );
  const well = findings.every(({ ok }) => ok);
  const output: Lvm2Check = {
    well,
    vgs: wanted.map((found) => listedVg(found, conf)),
    devices: surveyed.map(listedDevice),
    findings,
  };
  if (well) return output;
  const isDamaged = findings.some(({ code }) => DAMAGE.has(code));
  throw new DvmError(isDamaged ? "CORRUPT" : "INCOMPLETE", "not everything is well", { output });
}

const DAMAGE: ReadonlySet<string> = new Set([
  "label-damaged",
  "area-damaged",
  "text-refused",
  "texts-differ",
]);

function listedVg({ vg, members }: FoundVg, host: HostIdentity): Lvm2Vg {
  return {
    name: vg.name,
    id: idFrom(vg.id),
    lvm2Id: dashedId(vg.id),
    seqno: vg.seqno,
    pvs: members.length,
    missing: members.filter(({ devices }) => devices.length === 0).length,
    lvs: translateVg({ vg, members, texts: [], contradicting: [] }, undefined).lvs.length,
    refused: whyVgRefused(vg, host) ?? null,
  };
}

function listedDevice({ listed, label, areas }: SurveyedPv): Lvm2Device {
  return {
    path: listed.path,
    label: label
      ? {
          sector: label.sector,
          id: dashedId(label.id),
          sizeBytes: label.size,
          dataBytes: label.data[0]?.offset ?? null,
          inUse: label.inUse ?? null,
        }
      : null,
    areas: areas.map(({ offset, size, header, vg, problem }) => ({
      offsetBytes: offset,
      sizeBytes: size,
      ignored: header?.ignored ?? null,
      committed: slotOf(header, header?.committed),
      precommitted: slotOf(header, header?.precommitted),
      vg: vg?.name ?? null,
      seqno: vg?.seqno ?? null,
      problem: problem?.message ?? null,
    })),
  };
}

const slotOf = (header: AreaHeader | undefined, slot: Slot | undefined): Lvm2Slot =>
  header && slot
    ? { offsetBytes: slot.offset, sizeBytes: slot.size, wraps: slot.offset + slot.size > header.size }
    : null;

function ofDevices(surveyed: readonly SurveyedPv[], vgs: readonly FoundVg[]): Lvm2Finding[] {
  const vgOf = new Map(vgs.flatMap(({ vg }) => vg.pvs.map(({ id }) => [id, vg.name] as const)));
  return surveyed.flatMap((pv) => {
    const vg = (pv.label && vgOf.get(pv.label.id)) ?? null;
    const about = { vg, path: pv.listed.path };
    if (!pv.label)
      return [lvm2Finding("label-damaged", about, { why: pv.problem?.message ?? "it has no label" })];
    return [...pv.areas.flatMap((area) => ofArea(area, about)), ...ofMembership(pv, about)];
  });
}

interface DeviceAbout {
  readonly vg: string | null;
  readonly path: string;
}

function ofArea({ problem, refused, header }: AreaState, about: DeviceAbout): Lvm2Finding[] {
  if (problem)
    return [lvm2Finding(refused ? "text-refused" : "area-damaged", about, { why: problem.message })];
  return header?.precommitted ? [lvm2Finding("text-precommitted", about, {})] : [];
}

function ofMembership({ label, areas }: SurveyedPv, about: DeviceAbout): Lvm2Finding[] {
  if (about.vg !== null) return [];
  const claims = areas.some(({ vg }) => vg !== undefined);
  if (areas.some(({ problem }) => problem)) return [];
  if (claims) return [lvm2Finding("pv-left", about, {})];
  return label?.inUse ? [lvm2Finding("pv-without-vg", about, {})] : [lvm2Finding("pv-free", about, {})];
}

function ofVg(found: FoundVg, all: readonly FoundVg[], host: HostIdentity): Lvm2Finding[] {
  const { vg, texts, contradicting, members } = found;
  const about = { vg: vg.name };
  const twins = all.filter((other) => other.vg.name === vg.name);
  const refused = whyVgRefused(vg, host);
  const findings = [
    ...(twins.length > 1
      ? [lvm2Finding("name-twice", about, { ids: twins.map((each) => dashedId(each.vg.id)).join(", ") })]
      : []),
    ...(contradicting.length > 0 ? [lvm2Finding("texts-differ", about, { seqno: vg.seqno })] : []),
    ...texts.flatMap(({ vg: { seqno }, pv }) =>
      seqno < vg.seqno
        ? [lvm2Finding("area-stale", { ...about, path: pv.listed.path }, { seqno, newest: vg.seqno })]
        : [],
    ),
    ...members.flatMap((member) => ofMember(found, member)),
  ];
  return [
    ...(findings.length === 0 ? [lvm2Finding("vg-sound", about, { copies: texts.length })] : findings),
    ...(refused === undefined ? [] : [lvm2Finding("vg-refused", about, { why: refused })]),
    ...translateVg(found, refused).lvs.flatMap((lv) => ofLv(lv, vg.name)),
  ];
}

function ofMember({ vg }: FoundVg, { pv, devices }: FoundVg["members"][number]): Lvm2Finding[] {
  const id = dashedId(pv.id);
  const [device, ...more] = devices;
  if (!device) return [lvm2Finding("pv-missing", { vg: vg.name }, { id, device: pv.device ?? "somewhere" })];
  const { path, size } = device.listed;
  if (more.length > 0) {
    const paths = devices.map(({ listed }) => listed.path).join(" and ");
    return [lvm2Finding("pv-copied", { vg: vg.name }, { id, paths })];
  }
  const needs = pv.peStart + pv.peCount * vg.extentSize;
  return [
    ...(pv.missing ? [lvm2Finding("pv-flagged-missing", { vg: vg.name, path }, { id })] : []),
    ...(needs > size ? [lvm2Finding("pv-short", { vg: vg.name, path }, { has: size, needs })] : []),
  ];
}

function ofLv({ name, segments, foreign }: Metadata["lvs"][number], vg: string): Lvm2Finding[] {
  if (foreign?.refused !== undefined)
    return [lvm2Finding("lv-refused", { vg }, { lv: name, why: foreign.refused })];
  const types = segments.map((segment): string => segment.type);
  const unknown = types.find((type) => type.startsWith("lvm2:"));
  return unknown === undefined || foreign?.hidden
    ? []
    : [lvm2Finding("lv-unsupported", { vg }, { lv: name, type: unknown.slice("lvm2:".length) })];
}
