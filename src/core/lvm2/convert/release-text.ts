/**
 * The text of LVM2 for a VG of dvm: the one that it was adopted with, with what has become of it since; of a
 * VG that was never LVM2's, or whose text is lost, one with new ids.
 */
import type { Discovery, Metadata, Pv, Range } from "../../../schema/index.ts";
import { defined } from "../../base/assert.ts";
import { DvmError } from "../../base/error.ts";
import { sectorsToBytes } from "../../base/units.ts";
import { LABEL_COPIES } from "../../port/member.ts";
import { plainId } from "../ids.ts";
import type { PvLabel } from "../label.ts";
import type { TextVg } from "../model.ts";
import { sectionIn, withItems } from "../text/edit.ts";
import { isSection, type TextSection, type TextValue } from "../text/section.ts";
import { noteOf, type PvNote, withNote } from "./notes.ts";
import { ownId } from "./own.ts";
import { releaseLv } from "./release-lvs.ts";
import { newTextId } from "./text-ids.ts";

export interface ReleasedPv {
  readonly path: string;
  /** dvm's. */
  readonly id: string;
  readonly label: Omit<PvLabel, "inUse" | "boot">;
  readonly areas: PvNote["areas"];
}

export interface Released {
  readonly file: TextSection;
  readonly pvs: readonly ReleasedPv[];
}

/** LVM2's own limit, where nothing else was said. */
const AREA_OF_NEW = {
  offset: LABEL_COPIES[0].offset,
  size: 2 ** 20 - LABEL_COPIES[0].offset,
  ignored: false,
};
const DATA_KEYS = [
  "contents",
  "version",
  "description",
  "creation_host",
  "creation_host_system_id",
  "creation_time",
];

/** @throws DvmError UNSUPPORTED for what LVM2 cannot have, INCOMPLETE when a device is missing */
export function releaseText(metadata: Metadata, discovery: Discovery, before: TextVg | undefined): Released {
  const { vg } = metadata;
  const old = before && sectionIn(before.file, before.name);
  const pvs = sortedLike(metadata.pvs, before?.pvs.map(({ id }) => ownId(vg.id, id)) ?? []);
  const keys = new Map(pvs.map(({ id }, index) => [id, `pv${index}`]));
  const sections = pvs.map((pv) => pvSection(pv, vg, discovery, before));
  const lvs = sortedLike(
    metadata.lvs,
    [...(before?.lvs.values() ?? [])].map(({ id }) => ownId(vg.id, id)),
  );
  const known = new Map([...(before?.lvs.values() ?? [])].map((lv) => [ownId(vg.id, lv.id), lv.name]));
  const oldLvs = old && sectionIn(old, "logical_volumes");
  const oldLv = (name: string): TextSection | undefined => {
    const section = oldLvs?.items.get(name);
    return isSection(section) ? section : undefined;
  };
  const lvSections = lvs.flatMap((lv) =>
    releaseLv(lv, {
      vgId: vg.id,
      pv: (id) => defined(keys.get(id), "the name of a PV"),
      known: (id) => {
        const name = known.get(id);
        const section = name === undefined ? undefined : oldLv(name);
        return name !== undefined && section ? { name, section } : undefined;
      },
      old: oldLv,
    }),
  );
  const section = withItems(vgBase(old, vg.id), {
    seqno: (before?.seqno ?? 0) + 1,
    extent_size: vg.extentSize,
    tags: tagsOf(vg.tags, old),
    physical_volumes: { items: new Map(sections.map(({ section: each }, index) => [`pv${index}`, each])) },
    logical_volumes: lvSections.length > 0 ? { items: new Map(lvSections) } : undefined,
  });
  return { file: fileOf(vg.name, section, before), pvs: sections.map(({ released }) => released) };
}

function fileOf(name: string, section: TextSection, before: TextVg | undefined): TextSection {
  const kept = DATA_KEYS.map((key) => [key, before?.file.items.get(key)] as const);
  const values = Object.fromEntries(kept.filter(([, value]) => value !== undefined)) as Record<
    string,
    TextValue
  >;
  return withItems(
    { items: new Map([[name, section]]) },
    {
      contents: "Text Format Volume Group",
      version: 1,
      creation_host: "localhost",
      creation_time: 0,
      ...values,
      description: "Given back by dvm",
    },
  );
}

const vgBase = (old: TextSection | undefined, vgId: string): TextSection =>
  old ?? {
    items: new Map<string, TextValue>([
      ["id", newTextId(vgId)],
      ["seqno", 1],
      ["format", "lvm2"],
      ["status", ["RESIZEABLE", "READ", "WRITE"]],
      ["flags", []],
      ["max_lv", 0],
      ["max_pv", 0],
      ["metadata_copies", 0],
    ]),
  };

function pvSection(
  { id, extents, tags, allocatable }: Pv,
  vg: Metadata["vg"],
  { devices }: Discovery,
  before: TextVg | undefined,
): { readonly section: TextSection; readonly released: ReleasedPv } {
  const device = devices.find((each) => each.id === id);
  if (!device) throw new DvmError("INCOMPLETE", `VG ${vg.name}: its device ${id} was not found`);
  const index = before?.pvs.findIndex((pv) => ownId(vg.id, pv.id) === id) ?? -1;
  const old =
    before && index >= 0
      ? [...sectionIn(sectionIn(before.file, before.name), "physical_volumes").items.values()][index]
      : undefined;
  const section = isSection(old) ? old : undefined;
  const textId = section ? String(section.items.get("id")) : newTextId(vg.id, id);
  const noted = (section && noteOf(section)) ?? {
    sector: 1,
    size: sectorsToBytes(device.size),
    areas: [AREA_OF_NEW],
  };
  const data = { offset: device.dataStart, length: extents * vg.extentSize };
  const note = { ...noted, areas: noted.areas.filter((area) => isFree(area, device, data)) };
  const made = withItems(section ?? { items: new Map([["id", textId]]) }, {
    device: device.path,
    status: allocatable ? ["ALLOCATABLE"] : [],
    flags: [],
    tags: tagsOf(tags, section),
    dev_size: devSize(section, device, data),
    pe_start: device.dataStart,
    pe_count: extents,
  });
  const label = {
    sector: note.sector,
    id: defined(plainId(textId), "LVM2's id of a PV"),
    size: note.size,
    data: [{ offset: sectorsToBytes(device.dataStart), size: 0 }],
    areas: note.areas.map(({ offset, size }) => ({ offset, size })),
  };
  return { section: withNote(made, note), released: { path: device.path, id, label, areas: note.areas } };
}

/** As the text had it, unless the PV has got longer. */
function devSize(
  section: TextSection | undefined,
  { size }: Discovery["devices"][number],
  data: Range,
): number {
  const had = section?.items.get("dev_size");
  return typeof had === "number" && had >= data.offset + data.length ? had : size;
}

/**
 * Where LVM2 had an area at the end of a device there may be data by now, or a region of dvm's that counts
 * until the VG is LVM2's; the disk may end before it. The one at the head lies before all of that.
 */
function isFree(
  { offset, size }: PvNote["areas"][number],
  { size: end, regions }: Discovery["devices"][number],
  data: Range,
): boolean {
  if (offset === AREA_OF_NEW.offset) return true;
  const isOver = (range: Range) =>
    offset < sectorsToBytes(range.offset + range.length) && sectorsToBytes(range.offset) < offset + size;
  return offset + size <= sectorsToBytes(end) && ![data, ...regions].some(isOver);
}

/** Tags that only LVM2 can have come back. */
function tagsOf(tags: readonly string[], old: TextSection | undefined): TextValue | undefined {
  const had = old?.items.get("tags");
  const others = Array.isArray(had) ? had.filter((tag) => /[!#&]/.test(String(tag))) : [];
  const all = [...tags, ...others.map(String)];
  return all.length > 0 ? all : undefined;
}

/** In the order of these ids; others come last, as they are. */
function sortedLike<T extends { readonly id: string }>(
  all: readonly T[],
  ids: readonly string[],
): readonly T[] {
  const place = new Map(ids.map((id, index) => [id, index]));
  return [...all].sort((a, b) => (place.get(a.id) ?? ids.length) - (place.get(b.id) ?? ids.length));
}
