import type { Ratio } from "./status.ts";

/** What a status says, for people. */
export interface Progress {
  /** Percent in sync; null while a leg is left out, which nobody brings in sync. */
  readonly sync: number | null;
  /** A letter for each leg: A in sync, a not yet, D failed, - left out. */
  readonly health: string | null;
  /** Percent of the store in use. */
  readonly fill: number | null;
  /** Of a pool: percent of its metadata in use. Left out: it has none. */
  readonly metaFill?: number | null;
  /** Of a cache: percent of it that its origin lacks; 0 means nothing. Left out: it is no cache. */
  readonly dirty?: number | null;
}

/** The same, rounded up so that 0 means none. */
export const percentUp = ({ part, whole }: Ratio): number | null =>
  whole === 0 ? null : Math.ceil((part / whole) * 1000) / 10;

/** A share in percent with one decimal, rounded down so that 100 means all. Null: of nothing. */
export const percent = ({ part, whole }: Ratio): number | null =>
  whole === 0 ? null : Math.floor((part / whole) * 1000) / 10;
