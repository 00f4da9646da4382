/** Where a text may stand so that neither dvm's labels nor a region in the first MiB ever touch it. */
import { type Bytes, MEBIBYTE_BYTES, roundUp, SECTOR } from "../../base/units.ts";
import { LABEL_COPIES } from "../../port/member.ts";
import type { AreaHeader, Slot } from "../area.ts";
import { AREA_HEADER } from "../layout.ts";

interface Stretch {
  readonly begin: Bytes;
  readonly end: Bytes;
}

/** Of the device: the first copy of the label, and all from the second one to the end of the first MiB. */
const KEPT: readonly Stretch[] = [
  { begin: 0, end: LABEL_COPIES[0].offset + LABEL_COPIES[0].length },
  { begin: LABEL_COPIES[1].offset, end: MEBIBYTE_BYTES },
];

/**
 * @param length with the NUL
 * @param besides the text that counts until then, which has to stay
 * @returns from the start of the area; undefined when there is no room. It never wraps
 */
export function textPlace(
  { start, size }: Pick<AreaHeader, "start" | "size">,
  length: Bytes,
  besides: Slot | undefined,
): Bytes | undefined {
  const taken = [...KEPT, ...stretchesOf({ start, size }, besides)].sort((a, b) => a.begin - b.begin);
  let at = start + AREA_HEADER;
  for (const { begin, end } of taken) {
    if (at + roundUp(length, SECTOR) <= begin) break;
    at = Math.max(at, roundUp(end, SECTOR));
  }
  return at + roundUp(length, SECTOR) <= start + size ? at - start : undefined;
}

/** Whether a text stands where nothing of dvm's comes. */
export function isClear({ start, size }: Pick<AreaHeader, "start" | "size">, slot: Slot): boolean {
  return stretchesOf({ start, size }, slot).every(({ begin, end }) =>
    KEPT.every((kept) => end <= kept.begin || kept.end <= begin),
  );
}

/** A text, around the end of the ring where it wraps. */
function stretchesOf({ start, size }: Pick<AreaHeader, "start" | "size">, slot: Slot | undefined): Stretch[] {
  if (!slot) return [];
  const begin = start + slot.offset;
  const over = Math.max(0, slot.offset + slot.size - size);
  const first = { begin, end: begin + slot.size - over };
  return over > 0 ? [first, { begin: start + AREA_HEADER, end: start + AREA_HEADER + over }] : [first];
}
