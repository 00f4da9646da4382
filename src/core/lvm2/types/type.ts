/** What dvm makes of a segment of one of LVM2's types, and LVM2 of one of dvm's. */
import type { ForeignPart, Segment } from "../../../schema/index.ts";
import type { TextLv, TextSegment } from "../model.ts";
import type { TextValue } from "../text/section.ts";

export interface Translated {
  readonly segment: Segment;
  /** What of it has dm devices of its own. */
  readonly parts: readonly ForeignPart[];
}

/** What a segment may refer to. */
export interface Volumes {
  /** dvm's id of the PV with this number. */
  readonly pvId: (index: number) => string;
  readonly lv: (name: string) => TextLv | undefined;
}

/** A segment of dvm's in LVM2's words. */
export interface Expressed {
  /** Without start and length. */
  readonly items: Readonly<Record<string, TextValue>>;
  /** Hidden LVs that it is built on, by the names that `items` has. */
  readonly parts: readonly ExpressedPart[];
}

export interface ExpressedPart {
  readonly name: string;
  readonly segments: readonly Segment[];
}

/** What a text calls things. */
export interface TextNames {
  /** Of a PV. @param id dvm's */
  readonly pv: (id: string) => string;
  /** Of the LV whose segment it is. */
  readonly lv: string;
}

export interface LvmType {
  /** As texts have it, without flags. */
  readonly names: readonly string[];
  /** @returns undefined when dvm has nothing for it as it is */
  translate(segment: TextSegment, volumes: Volumes): Translated | undefined;
  /**
   * The way back. @returns undefined when it is none of this type
   * @throws DvmError UNSUPPORTED for what LVM2 has nothing for, going on after "LV x "
   */
  express(segment: Segment, names: TextNames): Expressed | undefined;
}
