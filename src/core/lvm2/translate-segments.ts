/** Segments of LVM2 as dvm's. */
import type { ForeignPart, Segment } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import type { Extents } from "../base/units.ts";
import { wrongWithSegments } from "../volume/check.ts";
import { idFrom } from "./ids.ts";
import type { TextLv, TextSegment, TextVg } from "./model.ts";
import type { LvStack } from "./stack.ts";
import { foreignName, lvmType } from "./types/index.ts";
import { STORE } from "./types/snapshot.ts";
import type { Translated, Volumes } from "./types/type.ts";

/** Extents of a PV, for those who count them. */
interface DeclaredRun {
  readonly pv: string;
  readonly start: Extents;
  readonly length: Extents;
}

interface TranslatedLv {
  readonly segments: Segment[];
  readonly parts: readonly ForeignPart[];
}

/** All segments are known, or there is one that says what it is and which extents it has. */
export function translateSegments(lv: TextLv, vg: TextVg, stack: LvStack): TranslatedLv {
  const volumes: Volumes = {
    pvId: (index) => idFrom(vg.pvs[index]?.id ?? ""),
    lv: (name) => stack.lv(name),
  };
  const isStore = stack.snapshotIn(lv.name) !== undefined;
  const translated = lv.segments.map((segment) => lvmType(segment.type)?.translate(segment, volumes));
  const whole = translated.flatMap((each): Translated[] => (each ? [each] : []));
  const known = whole.map(({ segment }) => segment);
  // What LVM2 admits and dvm does not is LVM2's to bring up.
  if (
    !isStore &&
    known.length === lv.segments.length &&
    wrongWithSegments(known, vg.extentSize) === undefined
  )
    return { segments: known, parts: whole.flatMap(({ parts }) => parts) };
  const parts = stack.partsOf(lv);
  const type = isStore ? STORE : foreignName(unknownOf(lv, stack), volumes);
  const last = lv.segments.at(-1);
  const segment = {
    type,
    start: 0,
    length: last ? last.start + last.length : 0,
    runs: [lv, ...parts].flatMap(({ segments }) => segments.flatMap((each) => runsOf(each, volumes))),
  };
  return {
    // A segment of any type may be read.
    segments: [segment as unknown as Segment],
    parts: parts.map(({ name, id }) => ({ layer: name, name, id })),
  };
}

/** The segment for which dvm has no type: its own, or that of a part of which it could be made. */
function unknownOf(lv: TextLv, stack: LvStack): TextSegment {
  const isOdd = ({ type, areas }: TextSegment) =>
    !lvmType(type) || areas.some(({ lv: below }) => below !== undefined);
  const segments = [lv, ...stack.partsOf(lv)].flatMap((each) => each.segments);
  return defined(segments.find(isOdd) ?? segments[0], "a segment");
}

const runsOf = ({ areas }: TextSegment, { pvId }: Volumes): DeclaredRun[] =>
  areas.flatMap(({ pv, start, length }) => (pv === undefined ? [] : [{ pv: pvId(pv), start, length }]));
