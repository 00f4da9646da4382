/**
 * What the text of a VG that changes hands keeps of each PV, so that its label and the flags of its areas can
 * be made again: two keys more in its section, which LVM2 passes over, and leaves out when it writes the next
 * text.
 */
import type { Bytes } from "../../base/units.ts";
import type { ByteRange } from "../label.ts";
import type { TextSection, TextValue } from "../text/section.ts";

export interface PvNote {
  /** The sector of the label. */
  readonly sector: number;
  /** As the label has it. */
  readonly size: Bytes;
  readonly areas: readonly (ByteRange & { readonly ignored: boolean })[];
}

const KEYS = { label: "dvm_label", areas: "dvm_areas" } as const;
const WIDTH = 3;

export function withNote({ items }: TextSection, { sector, size, areas }: PvNote): TextSection {
  const note: readonly (readonly [string, TextValue])[] = [
    [KEYS.label, [sector, size]],
    [KEYS.areas, areas.flatMap(({ offset, size: length, ignored }) => [offset, length, ignored ? 1 : 0])],
  ];
  return { items: new Map([...withoutNote({ items }).items, ...note]) };
}

const withoutNote = ({ items }: TextSection): TextSection => ({
  items: new Map([...items].filter(([key]) => key !== KEYS.label && key !== KEYS.areas)),
});

/** @returns undefined where there is none that makes sense */
export function noteOf({ items }: TextSection): PvNote | undefined {
  const [label, areas] = [numbers(items.get(KEYS.label)), numbers(items.get(KEYS.areas))];
  const [sector, size] = label ?? [];
  if (sector === undefined || size === undefined || !areas || areas.length % WIDTH !== 0) return undefined;
  return {
    sector,
    size,
    areas: Array.from({ length: areas.length / WIDTH }, (_, index) => {
      const [offset = 0, length = 0, ignored = 0] = areas.slice(index * WIDTH);
      return { offset, size: length, ignored: ignored !== 0 };
    }),
  };
}

function numbers(value: TextValue | TextSection | undefined): readonly number[] | undefined {
  const isList =
    Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && Number(each) >= 0);
  return isList ? (value as readonly number[]) : undefined;
}
