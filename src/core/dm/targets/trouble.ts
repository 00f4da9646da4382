/**
 * What a status tells that is not well. unreadable: it is in no form that is known; stripe-failed: I/O on a
 * part of the content has failed; sync-stopped: copies are not in sync, and nothing is done about it;
 * copies-differ: they were found to, when they were last compared; snapshot-lost: its store was full, or
 * failed; merge-failed: what goes back cannot be read, or written; filling: what it keeps things in is nearly
 * full. Of a pool: pool-failed: its metadata cannot be read, and all gives errors; pool-read-only: they
 * cannot be written; pool-needs-check: nor will they be before they are checked; pool-full: there is no chunk
 * left; metadata-filling: they are nearly full. Of a cache: cache-failed: it, or its metadata, cannot be
 * read; cache-read-only: its metadata cannot be written, so that nothing new is cached.
 */
export type Trouble =
  | "unreadable"
  | "stripe-failed"
  | "sync-stopped"
  | "copies-differ"
  | "snapshot-lost"
  | "merge-failed"
  | "filling"
  | "pool-failed"
  | "pool-read-only"
  | "pool-needs-check"
  | "pool-full"
  | "metadata-filling"
  | "cache-failed"
  | "cache-read-only";

/** Percent from which on that is said. */
export const FILLING = 80;
