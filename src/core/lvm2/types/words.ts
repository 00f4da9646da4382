/** What LVM2's types are called, where it matters while a text is read. */
import type { TextSegment } from "../model.ts";

/** A type whose extents stand in a list. */
export interface Spread {
  readonly key: string;
  /** The key that says how many there are. */
  readonly count: string;
  /** Each has a share of the length; else all of it. */
  readonly share: boolean;
}

const SPREAD: ReadonlyMap<string, Spread> = new Map([
  ["striped", { key: "stripes", count: "stripe_count", share: true }],
  ["mirror", { key: "mirrors", count: "mirror_count", share: false }],
]);

export const spreadOf = (type: string): Spread | undefined => SPREAD.get(type);

/** The LV that a thin one reads from what it does not have, if it has one. */
export function externalOriginOf({ fields }: TextSegment): string | undefined {
  const name = fields.section.items.get("external_origin");
  return typeof name === "string" ? name : undefined;
}

/** What a thin LV says of its origin is for information. */
export const mayLackOrigin = (type: string): boolean => type === "thin";

/** Keys that name LVs without which the segment means nothing. */
export const NEEDED = [
  "metadata",
  "pool",
  "thin_pool",
  "external_origin",
  "cache_pool",
  "data",
  "cow_store",
  "merging_store",
  "mirror_log",
  "writecache",
  "meta_dev",
] as const;
