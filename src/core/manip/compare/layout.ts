/** How an LV is laid out, and how a document wants it: both in the options of create-lv that its type has. */
import type { DesiredLv, Lv } from "../../../schema/index.ts";
import { DvmError } from "../../base/error.ts";
import type { Sectors } from "../../base/units.ts";
import { type Parameters, readValues } from "../../port/parameters.ts";
import { ownLegsOf, type Segment } from "../../volume/model.ts";
import { shapeOfNew } from "../../volume/new-shape.ts";
import { growthOf } from "../../volume/resize.ts";
import type { Shape } from "../../volume/shape.ts";
import { creations, kindOf, typeOf } from "../../volume/types/index.ts";
import { convert } from "../convert.ts";
import { createLv } from "../create-lv.ts";

export interface LvLayout {
  readonly type: string;
  readonly options: Readonly<Record<string, number>>;
}

/** Keys of a document's LV that are no options of types. */
const PLAIN = ["name", "id", "absent", "size", "extents", "type", "policy", "pvs", "tags"];
/** Options of create-lv that are no options of types, and may stand in a document. */
const FLAGS = ["read-only", "inactive", "allow-mixed-blocks"];

/** What a document says of an LV beside what its schema knows. @throws DvmError BAD_INPUT, USAGE */
export function otherOptions(wanted: DesiredLv): Readonly<Record<string, unknown>> {
  const known: Parameters = {
    ...Object.assign({}, ...creations().map(({ options }) => options)),
    ...Object.fromEntries(FLAGS.map((name) => [name, (createLv.options as Parameters)[name]])),
  };
  const given = Object.entries(wanted).filter(([key]) => !PLAIN.includes(key));
  const unknown = given.find(([key]) => !Object.hasOwn(known, key));
  if (unknown) throw new DvmError("BAD_INPUT", `LV ${wanted.name}: unknown key "${unknown[0]}"`);
  try {
    return readValues(known, Object.fromEntries(given));
  } catch (cause) {
    if (!(cause instanceof DvmError)) throw cause;
    throw new DvmError(cause.code, `LV ${wanted.name}: ${cause.message}`, { cause });
  }
}

/** As the document has them, for a batch. */
export const asGiven = (wanted: DesiredLv): Record<string, string | number | boolean | string[]> =>
  Object.fromEntries(
    Object.entries(wanted).flatMap(([key, value]) =>
      value === undefined || PLAIN.includes(key) ? [] : [[key, value]],
    ),
  );

/** Those of them that convert takes. */
export const conversionOf = (wanted: DesiredLv): ReturnType<typeof asGiven> =>
  Object.fromEntries(Object.entries(asGiven(wanted)).filter(([key]) => Object.hasOwn(convert.options, key)));

/** What an existing LV is; one that moves, what it is when it has arrived. */
export function layoutOfLv(lv: Lv): LvLayout | undefined {
  const segment = arrived(lv).at(-1);
  return segment && layoutOfSegment(segment);
}

/** The layout that the document asks for; undefined when it asks for none. @throws DvmError USAGE */
export function layoutWanted(wanted: DesiredLv, extentSize: Sectors): LvLayout | undefined {
  const options = otherOptions(wanted);
  const asks = ([name, value]: [string, unknown]) =>
    !FLAGS.includes(name) && value !== undefined && value !== false;
  if (wanted.type === undefined && !Object.entries(options).some(asks)) return undefined;
  const values = readValues(createLv.options, { ...asGiven(wanted), name: wanted.name, type: wanted.type });
  const [segment] = imagined(shapeOfNew(values, extentSize));
  return segment && layoutOfSegment(segment);
}

/** The shape of a new LV as the document has it, on extents that are nowhere. */
const imagined = ({ tracks, metaLength, build }: Shape): Segment[] =>
  build(
    tracks.map((_, track) => ({
      runs: [{ pv: String(track), start: 0, length: 1 }],
      ...(metaLength > 0 && { meta: { pv: String(track), start: 1, length: metaLength } }),
    })),
  );

const layoutOfSegment = (segment: Segment): LvLayout => ({
  type: kindOf(segment),
  options: typeOf(segment)?.layout?.(segment) ?? {},
});

/** The segments of an LV when what moves of it has arrived. */
export function arrived(lv: Lv): readonly Segment[] {
  const legs = ownLegsOf(lv);
  const staying = legs.filter(({ move }) => move !== "from");
  const [first] = lv.segments;
  if (staying.length === legs.length || !first) return lv.segments;
  const [only] = staying;
  if (staying.length === 1 && only) return only.image;
  return [typeOf(first)?.legs?.with(first, staying) ?? first];
}

/** Logical extents that an LV grows by at least. */
export const rowOf = (lv: Lv, extentSize: Sectors): number => growthOf(lv.segments, extentSize).width;

/** Where two layouts differ, in words; none when they agree. */
export function layoutDifference(is: LvLayout, wanted: LvLayout): readonly string[] {
  const words: string[] = [];
  if (is.type !== wanted.type) words.push(`${wanted.type} instead of ${is.type}`);
  for (const name of new Set([...Object.keys(is.options), ...Object.keys(wanted.options)])) {
    const [now, then] = [is.options[name], wanted.options[name]];
    if (now !== then && is.type === wanted.type)
      words.push(`${name} ${then ?? "none"} instead of ${now ?? "none"}`);
  }
  return words;
}
