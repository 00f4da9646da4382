/**
 * What of a member's first MiB is whose (docs/format-label.md): for those who write there, and for those who
 * must keep clear of it. In bytes, but for what is said to be sectors.
 */

/** Where the copies of dvm's label stand, first and second. */
export const LABEL_COPIES = [
  { offset: 4096, length: 8192 },
  { offset: 524288, length: 8192 },
] as const;

/** Sectors: behind the second copy of the label a region may stand, up to the end of the first MiB. */
export const RESERVED_REGION = { offset: 1040, length: 1008 } as const;
