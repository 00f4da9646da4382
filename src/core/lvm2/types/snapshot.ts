/** snapshot: what binds a snapshot to its origin is an LV in the text, and never a device. */
import type { TextLv, TextSegment } from "../model.ts";

const NAME = "snapshot";

/** A snapshot of LVM2's old kind. */
export interface TextSnapshot {
  readonly origin: string;
  readonly store: string;
  /** It is on its way back into its origin. */
  readonly merging: boolean;
}

export const isBond = ({ segments }: TextLv): boolean => segments.some(({ type }) => type === NAME);

/** @throws DvmError CORRUPT */
export function snapshotOf({ type, fields }: TextSegment): readonly TextSnapshot[] {
  if (type !== NAME) return [];
  const merging = fields.maybeText("merging_store");
  const store = merging ?? fields.text("cow_store");
  return [{ origin: fields.text("origin"), store, merging: merging !== undefined }];
}

/** The type of what only its store is read of. */
export const STORE = `lvm2:${NAME}`;
