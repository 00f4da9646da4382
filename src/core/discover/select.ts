import { basename } from "node:path";
import type { DiscoveredDevice, Label, LabelVg } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { isId } from "../base/name.ts";
import { type Bytes, bytesToSectors, sectorsToBytes } from "../base/units.ts";
import { isMultipath } from "../dm/others-uuid.ts";
import type { Surveyed } from "./survey.ts";
import { holderNames } from "./users.ts";

/** A device that is used, with its label. */
export interface Labelled extends Surveyed {
  readonly label: Label;
  readonly blockBytes: Bytes;
}

/** The devices of one VG. */
export interface Selected {
  /** What the newest label says. */
  readonly vg: LabelVg;
  readonly devices: readonly Labelled[];
  /** Devices of which several copies are there, none of them used. */
  readonly duplicates: readonly { readonly id: string; readonly paths: readonly string[] }[];
  /** Devices that are not used because another one leads to them: a multipath device to its paths. */
  readonly paths: readonly { readonly path: string; readonly of: string }[];
}

/** Devices that are used, in the order of the survey. */
export const labelledOf = (surveyed: readonly Surveyed[]): Labelled[] =>
  surveyed.flatMap((each) => (each.skipped === undefined && hasLabel(each) ? [each] : []));

export const hasLabel = (each: Surveyed): each is Labelled => each.label !== undefined;

/**
 * All VGs: id -> what the newest label says (the highest generation; of equal ones the larger number of
 * members, so that a missing device is rather seen than not).
 */
export function vgsOf(labelled: readonly Pick<Labelled, "label">[]): Map<string, LabelVg> {
  const vgs = new Map<string, LabelVg>();
  for (const { label } of labelled) {
    const known = vgs.get(label.vg.id);
    const newer =
      !known ||
      label.vg.generation > known.generation ||
      (label.vg.generation === known.generation && label.vg.members > known.members);
    if (newer) vgs.set(label.vg.id, label.vg);
  }
  return vgs;
}

/**
 * The VG that a name or id means.
 * @param vgId decides between VGs of one name
 * @returns undefined when there is none
 * @throws DvmError DUPLICATE when several have that name
 */
export function findVg(vgs: ReadonlyMap<string, LabelVg>, name: string, vgId?: string): LabelVg | undefined {
  const named = [...vgs.values()].filter((vg) => vg.name === name && (vgId ?? vg.id) === vg.id);
  if (named.length > 1) {
    const ids = named.map(({ id }) => id).sort();
    throw new DvmError(
      "DUPLICATE",
      `${ids.length} VGs are named ${name}: name one by its id: ${ids.join(", ")}`,
      {
        details: { name, ids },
      },
    );
  }
  return named[0] ?? (isId(name) && (vgId ?? name) === name ? vgs.get(name) : undefined);
}

/**
 * The devices of a VG. Of several with one id a multipath device wins, and one that is built on all the
 * others (a loop device on its backing file), and whole ones over such as were cut short; otherwise none of
 * them is used.
 */
export function selectDevices(labelled: readonly Labelled[], vg: LabelVg): Selected {
  const byId = new Map<string, Labelled[]>();
  for (const each of labelled) {
    if (each.label.vg.id !== vg.id) continue;
    const { id } = each.label.device;
    const group = byId.get(id);
    if (group) group.push(each);
    else byId.set(id, [each]);
  }
  const devices: Labelled[] = [];
  const duplicates: { id: string; paths: string[] }[] = [];
  const paths: { path: string; of: string }[] = [];
  for (const [id, group] of byId) {
    const winner = winnerOf(group);
    if (winner) {
      devices.push(winner);
      for (const { candidate } of group)
        if (candidate !== winner.candidate) paths.push({ path: candidate.path, of: winner.candidate.path });
    } else duplicates.push({ id, paths: group.map(({ candidate }) => candidate.path) });
  }
  return { vg, devices, duplicates, paths };
}

function winnerOf(all: readonly Labelled[]): Labelled | undefined {
  const whole = all.filter((each) => !isShort(each));
  const group = whole.length > 0 ? whole : all;
  if (group.length === 1) return group[0];
  const multipath = group.filter(({ candidate }) => isMultipath(candidate.dmUuid));
  if (multipath.length > 0) return multipath.length === 1 ? multipath[0] : undefined;
  return group.find((each) => {
    const names = new Set([each.candidate.path, ...each.candidate.aliases].map((name) => basename(name)));
    const isBelow = ({ candidate }: Labelled) => holderNames(candidate).some((name) => names.has(name));
    return group.every((other) => other === each || isBelow(other));
  });
}

/** @throws DvmError DUPLICATE that names every copy */
export function refuseDuplicates({ vg, duplicates }: Selected, output?: unknown): void {
  const [first] = duplicates;
  if (!first) return;
  const all = duplicates.map(({ id, paths }) => `${id} on ${paths.join(" and ")}`).join("; ");
  throw new DvmError(
    "DUPLICATE",
    `VG ${vg.name}: several devices have one id, and none of them may be used: ${all}`,
    { details: { duplicates }, ...(output === undefined ? {} : { output }) },
  );
}

/** It has been cut short since it was labelled. */
const isShort = ({ candidate, label }: Pick<Labelled, "candidate" | "label">): boolean =>
  bytesToSectors(candidate.size) < label.device.size;

/** How a device stands in a discovery document. */
export const discoveredDevice = ({
  candidate,
  label,
  blockBytes,
}: Pick<Labelled, "candidate" | "label" | "blockBytes">): DiscoveredDevice => ({
  id: label.device.id,
  path: candidate.path,
  dev: candidate.dev,
  size: bytesToSectors(candidate.size),
  ...(isShort({ candidate, label }) && { short: true as const }),
  ...(candidate.readOnly && { readOnly: true as const }),
  blockBytes,
  dataStart: label.dataStart,
  dataLength: label.dataLength,
  regions: label.regions
    .filter(({ offset, length }) => sectorsToBytes(offset + length) <= candidate.size)
    .map(({ offset, length }) => ({ offset, length })),
});
