/**
 * What keeps an LV from being called well. The codes are stable: the column `problems` has them, and doctor's
 * findings. `worst` is what the LV can be called at best.
 */
import type { Availability } from "./availability.ts";

export const lvProblems = {
  /** Devices that it lies on were not found, or are shorter than recorded. */
  "lv-incomplete": "degraded",
  /** It may be written to, and the kernel takes no writes to a device that it lies on. */
  "lv-writes-refused": "degraded",
  /** A newer program made it. */
  "lv-type-unknown": "unknown",
  /** Device-mapper was not asked: whether it is live, and how it does there, is not known. */
  "lv-state-unknown": "unknown",
  /** One of its dm devices is suspended, so that I/O waits. */
  "lv-suspended": "unavailable",
  /** Its dm device has no table. */
  "lv-without-table": "unavailable",
  /** What is live is not as the metadata has it. */
  "lv-tables-differ": "unknown",
  /** Live, and there was nothing to compare it with. */
  "lv-tables-unknown": "complete",
  /** Error targets stand in its tables. */
  "lv-errors-mapped": "unavailable",
  /** The kernel's status cannot be read. */
  "lv-status-unreadable": "unknown",
  /** I/O on a stripe has failed. */
  "lv-stripe-failed": "unknown",
  /** The kernel leaves a leg out, which has failed. */
  "leg-failed": "degraded",
  /** The kernel's table does not have a leg that the metadata calls sound. */
  "leg-absent": "degraded",
  /** A leg has missed writes, and its devices are there. */
  "leg-stale": "degraded",
  /** It is not live, and a leg's superblock says that it has missed writes. */
  "leg-behind": "degraded",
  /** It is not live, and a leg's superblock cannot be read. */
  "leg-unread": "degraded",
  /** It is not live, and its copies had not been made equal when it was last. */
  "lv-unsynced": "degraded",
  /** A leg is being made equal to the others. */
  "leg-syncing": "degraded",
  /** A leg is to be rebuilt when the LV is live. */
  "leg-to-rebuild": "degraded",
  /** The LV moves or becomes another type: what it was has all data, and its copy is being made. */
  "leg-copying": "complete",
  /** So it does, but it is not live, and nothing is copied. */
  "leg-to-copy": "complete",
  /** A leg has been rebuilt, and the metadata does not say so: it would be rebuilt again. */
  "leg-unmarked": "complete",
  /** Copies are not in sync, and nothing is being done about it. */
  "lv-sync-stopped": "degraded",
  /** Copies were found to differ when they were last compared. */
  "lv-copies-differ": "degraded",
  /** Its store was full, or failed: what it held is gone. */
  "lv-snapshot-lost": "unavailable",
  /** The kernel could not put back all of a snapshot. */
  "lv-merge-failed": "degraded",
  /** What it keeps things in is nearly full. */
  "lv-filling": "complete",
  /** The kernel cannot read the metadata of the pool that it is, or is of. */
  "pool-failed": "unavailable",
  /** Its metadata cannot be written. */
  "pool-read-only": "degraded",
  /** Its metadata will not be written before they are checked. */
  "pool-needs-check": "degraded",
  /** It has no chunk left. */
  "pool-full": "degraded",
  /** Its metadata is nearly full. */
  "pool-metadata-filling": "complete",
  /** The kernel cannot read its cache any more. */
  "cache-failed": "unavailable",
  /** Its cache takes nothing new. */
  "cache-read-only": "degraded",
  /** Its cache is flushed, to be let go. */
  "cache-flushing": "complete",
  /** Its cache has been given up, and has still to go. */
  "cache-lost": "unavailable",
  /** It has not been told all of the last change of its thin LVs. */
  "pool-behind": "degraded",
  /** What it knows of its thin LVs is not what the metadata says. */
  "pool-differs": "unknown",
} as const satisfies Readonly<Record<string, Availability>>;

export type LvProblem = keyof typeof lvProblems;
