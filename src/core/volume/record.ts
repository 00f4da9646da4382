/** One record of the metadata as text: one line of ASCII JSON, keys in the order of the schema. */
import { type ForeignPart, knownTexts, type Lv, type Pv, type Segment } from "../../schema/index.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { typeOf } from "./types/index.ts";

// Ids, names, tags and states have no character that JSON escapes: the schema's patterns see to it.

export const encodePv = ({ id, extents, blockBytes, tags, allocatable }: Pv): string =>
  `{"id":"${id}","extents":${extents},"blockBytes":${blockBytes},"tags":${encodeTags(tags)},"allocatable":${allocatable}}`;

export function encodeLv({ id, name, access, activate, work, tags, segments, adopted }: Lv): string {
  const inWork = work === undefined ? "" : `"work":"${work}",`;
  const more = adopted === undefined ? "" : `,"adopted":${encodeParts(adopted)}`;
  return `{"id":"${id}","name":"${name}","access":"${access}","activate":${activate},${inWork}"tags":${encodeTags(tags)},"segments":${encodeSegments(segments)}${more}}`;
}

const encodeParts = (parts: readonly ForeignPart[]): string => `[${parts.map(encodePart).join(",")}]`;

const encodePart = ({ layer, name, id }: ForeignPart): string =>
  `{"layer":${toAscii(canonicalJson(layer))},"name":"${name}","id":"${id}"}`;

/**
 * The texts of all LVs of a document, which is encoded once: documents are never changed in place.
 * @param before LVs that it was made of: most are the same objects at the same places, and have their texts
 */
export function encodeLvs(lvs: readonly Lv[], before: readonly Lv[] = []): readonly string[] {
  const known = encoded.get(before);
  const read = knownTexts(lvs);
  const texts =
    encoded.get(lvs) ??
    lvs.map((lv, index) => read[index] ?? ((before[index] === lv && known?.[index]) || encodeLv(lv)));
  encoded.set(lvs, texts);
  return texts;
}

const encoded = new WeakMap<readonly Lv[], readonly string[]>();

export const encodeTags = (tags: readonly string[]): string =>
  tags.length === 0 ? "[]" : `["${tags.join('","')}"]`;

const encodeSegments = (segments: readonly Segment[]): string => `[${segments.map(encodeSegment).join(",")}]`;

function encodeSegment(segment: Segment): string {
  const type = typeOf(segment);
  if (!type) return toAscii(canonicalJson(segment));
  return `{"type":"${type.name}","start":${segment.start},"length":${segment.length},${type.encode(segment, encodeSegments)}}`;
}

/** Escapes what is not ASCII, so that characters and bytes are the same number. */
const toAscii = (json: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is meant to be all of ASCII
  json.replace(/[^\x00-\x7f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
