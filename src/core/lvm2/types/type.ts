/** What dvm makes of a segment of one of LVM2's types. */
import type { ForeignPart, Segment } from "../../../schema/index.ts";
import type { TextLv, TextSegment } from "../model.ts";

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

export interface LvmType {
  /** As texts have it, without flags. */
  readonly names: readonly string[];
  /** @returns undefined when dvm has nothing for it as it is */
  translate(segment: TextSegment, volumes: Volumes): Translated | undefined;
}
