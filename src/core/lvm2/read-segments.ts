/** The segments of an LV, as far as they can be told whatever their type is. */
import type { Extents } from "../base/units.ts";
import type { TextArea, TextSegment } from "./model.ts";
import { Fields } from "./text/fields.ts";
import { isSection } from "./text/section.ts";
import { snapshotOf } from "./types/snapshot.ts";
import { mayLackOrigin, NEEDED, spreadOf } from "./types/words.ts";

/** What a segment may lie on. */
export interface KnownVolumes {
  /** Index by the name that the text has for a PV. */
  readonly pvNumbers: ReadonlyMap<string, number>;
  /** Of LVs. */
  readonly names: ReadonlySet<string>;
}

/** Those of raid: pairs of metadata and image, or images alone. */
const LEGS = ["raids", "raid0_lvs"] as const;
/** Not of every type: what some say of it is for information, and it may have gone. */
const ORIGIN = "origin";

/** @throws DvmError CORRUPT */
export function readSegments(fields: Fields, known: KnownVolumes): readonly TextSegment[] {
  const sections = [...fields.section.items].flatMap(([name, value]) =>
    /^segment\d+$/.test(name) && isSection(value) ? [new Fields(value, `${fields.whose}: ${name}`)] : [],
  );
  const count = fields.count("segment_count");
  if (count !== sections.length) throw fields.corrupt(`says ${count} segments and has ${sections.length}`);
  const segments = sections.map((each) => segmentOf(each, known)).sort((a, b) => a.start - b.start);
  let next: Extents = 0;
  for (const { start, length } of segments) {
    if (start !== next) throw fields.corrupt(`has a segment at extent ${start} where ${next} was due`);
    next = start + length;
  }
  if (next === 0) throw fields.corrupt("has no segments");
  return segments;
}

function segmentOf(fields: Fields, known: KnownVolumes): TextSegment {
  const start = fields.count("start_extent");
  const length = fields.count("extent_count");
  const type = fields.text("type");
  if (length === 0) throw fields.corrupt("is empty");
  if (!/^[a-z0-9_-]{1,64}(?:\+[A-Z0-9_+]{1,256})?$/.test(type))
    throw fields.corrupt(`"${type.slice(0, 64)}" is no type`);
  const areas = areasOf(type, length, fields, known);
  const segment = { start, length, type, areas, refs: refsOf(type, fields, known), fields };
  // What the stack is made of later has to be there.
  snapshotOf(segment);
  return segment;
}

function areasOf(type: string, length: Extents, fields: Fields, known: KnownVolumes): readonly TextArea[] {
  const spread = spreadOf(type);
  if (!spread) return [];
  const { key, count, share } = spread;
  const areas = fields.areas(key);
  const wanted = fields.count(count);
  if (areas.length === 0 || areas.length !== wanted)
    throw fields.corrupt(`says ${count} ${wanted} and has ${areas.length} ${key}`);
  const each = share ? length / areas.length : length;
  if (!Number.isSafeInteger(each))
    throw fields.corrupt(`${length} extents are not for ${areas.length} stripes`);
  return areas.map(({ name, extent: start }) => {
    const pv = known.pvNumbers.get(name);
    if (pv === undefined && !known.names.has(name)) throw fields.corrupt(`there is no volume ${name}`);
    return { pv, lv: pv === undefined ? name : undefined, start, length: each };
  });
}

function refsOf(type: string, fields: Fields, { names }: KnownVolumes): readonly string[] {
  const needed = [
    ...NEEDED.flatMap((key) => maybeName(fields, key)),
    ...LEGS.flatMap((key) => fields.texts(key)),
    ...(mayLackOrigin(type) ? [] : maybeName(fields, ORIGIN)),
  ];
  const unknown = needed.find((name) => !names.has(name));
  if (unknown !== undefined) throw fields.corrupt(`there is no LV ${unknown.slice(0, 130)}`);
  return needed;
}

/** Of a type that nobody knows, a key may be anything. */
function maybeName(fields: Fields, key: string): readonly string[] {
  const value = fields.section.items.get(key);
  return typeof value === "string" ? [value] : [];
}
