/** The VGs that PVs tell of together: which text of each counts, and which devices are whose. */
import type { Discovery } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { isId } from "../base/name.ts";
import { idFrom, plainId } from "./ids.ts";
import type { TextPv, TextVg } from "./model.ts";
import type { AreaState } from "./read-pv.ts";
import type { SurveyedPv } from "./survey.ts";

/** A text, and where it was read. */
export interface HeldText {
  readonly vg: TextVg;
  readonly pv: SurveyedPv;
  readonly area: AreaState;
}

export interface FoundVg {
  /** By the newest text. */
  readonly vg: TextVg;
  /** All texts of it, ignored areas aside. */
  readonly texts: readonly HeldText[];
  /** Texts with the newest number that differ: nobody can say which counts. */
  readonly contradicting: readonly HeldText[];
  readonly members: readonly VgMember[];
}

/** A PV that the newest text has. */
export interface VgMember {
  readonly pv: TextPv;
  /** Devices with its id: none when it is missing. */
  readonly devices: readonly SurveyedPv[];
}

/** All VGs, in the order of their ids. */
export function vgsOf(surveyed: readonly SurveyedPv[]): readonly FoundVg[] {
  const byId = new Map<string, HeldText[]>();
  for (const pv of surveyed)
    for (const area of pv.areas) {
      if (!area.vg) continue;
      const texts = byId.get(area.vg.id) ?? [];
      texts.push({ vg: area.vg, pv, area });
      byId.set(area.vg.id, texts);
    }
  const devices = new Map<string, SurveyedPv[]>();
  for (const pv of surveyed)
    if (pv.label) devices.set(pv.label.id, [...(devices.get(pv.label.id) ?? []), pv]);
  return [...byId].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, texts]) => foundVg(texts, devices));
}

function foundVg(texts: readonly HeldText[], devices: ReadonlyMap<string, readonly SurveyedPv[]>): FoundVg {
  const newest = Math.max(...texts.map(({ vg }) => vg.seqno));
  const counting = texts.filter(({ vg }) => vg.seqno === newest);
  const [first] = counting as [HeldText, ...HeldText[]];
  const crc = ({ area }: HeldText) => area.header?.committed?.crc;
  const differ = counting.some((each) => crc(each) !== crc(first));
  return {
    vg: first.vg,
    texts,
    contradicting: differ ? counting : [],
    members: first.vg.pvs.map((pv) => ({ pv, devices: devices.get(pv.id) ?? [] })),
  };
}

/**
 * The VG that a name or an id means, LVM2's or dvm's.
 * @throws DvmError NOT_FOUND; DUPLICATE when several have that name; CORRUPT when none was found and some
 *   metadata could not be read; OUT_OF_SYNC when texts contradict each other
 */
export function requireVg(surveyed: readonly SurveyedPv[], word: string): FoundVg {
  const all = vgsOf(surveyed);
  const id = isId(word) ? word : idFrom(plainId(word) ?? "");
  const named = all.filter(({ vg }) => vg.name === word);
  const found = named.length > 0 ? named : all.filter(({ vg }) => idFrom(vg.id) === id);
  const [first] = found;
  if (!first) throw notFound(surveyed, word);
  if (found.length > 1) {
    const ids = found.map(({ vg }) => idFrom(vg.id));
    throw new DvmError(
      "DUPLICATE",
      `${ids.length} VGs of LVM2 are named ${word}: name one by its id: ${ids.join(", ")}`,
      { details: { name: word, ids } },
    );
  }
  if (first.contradicting.length > 0) {
    const paths = first.contradicting.map(({ pv }) => pv.listed.path);
    throw new DvmError(
      "OUT_OF_SYNC",
      `VG ${first.vg.name}: the texts number ${first.vg.seqno} on ${[...new Set(paths)].join(" and ")} ` +
        "differ, and nobody can say which counts: take away the devices with the wrong one, or have LVM2 " +
        "decide (vgck --updatemetadata)",
      { details: { paths } },
    );
  }
  return first;
}

/** PVs of which several devices have the id: none of those may be used. */
export const copiesIn = ({ members }: FoundVg): Discovery["duplicates"] =>
  members.flatMap(({ pv, devices }) =>
    devices.length > 1 ? [{ id: idFrom(pv.id), paths: devices.map(({ listed }) => listed.path) }] : [],
  );

/** @throws DvmError DUPLICATE with `output`, when there are any */
export function refuseCopies(found: FoundVg, output?: Discovery): void {
  const duplicates = copiesIn(found);
  if (duplicates.length === 0) return;
  const all = duplicates.map(({ paths }) => paths.join(" and ")).join("; ");
  throw new DvmError(
    "DUPLICATE",
    `VG ${found.vg.name} of LVM2: several devices have one id, and none of them may be used: ${all}: take ` +
      "away " +
      "the copies, or name the devices to use with -d",
    { details: { duplicates }, ...(output && { output }) },
  );
}

function notFound(surveyed: readonly SurveyedPv[], word: string): DvmError {
  const bad = surveyed.flatMap(({ areas, problem }) => [problem, ...areas.map((area) => area.problem)]);
  const [first] = bad.flatMap((each) => each ?? []);
  const what = `no device found belongs to a VG ${word} of LVM2`;
  return first
    ? new DvmError("CORRUPT", `${what}, but some metadata cannot be used: ${first.message}`)
    : new DvmError("NOT_FOUND", what);
}
