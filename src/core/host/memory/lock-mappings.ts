import { closeSync, openSync, readSync } from "node:fs";
import { inKernelView } from "../kernel-view.ts";
import { MADV, type MemoryCalls, MLOCK_ONFAULT } from "./calls.ts";
import { HOW, planLocks } from "./lock-plan.ts";
import { decodeMaps, emptyMappings, type Mappings } from "./map.ts";

const PAGE = 4096;
/** One entry of /proc/PID/pagemap, of which the high half tells: bit 63 present, bit 62 in swap. */
const ENTRY = 8;
const PRESENT_OR_SWAPPED_SHIFT = 30;
/** Entries that are read at once. */
const ENTRIES = 8192;
/** So much longer than the list of mappings is now may it be when they are locked. */
const SPARE = 4;
const SPARE_BYTES = 64 * 1024;
/** A line of maps has at least so many bytes. */
const LINE_MIN = 32;

/** The system calls that it takes. */
export type LockCalls = Pick<MemoryCalls, "mlock" | "mlock2" | "madvise" | "errnoName">;

export interface MappingLocker {
  /**
   * Locks everything that is mapped now. Makes hardly any garbage: the collection of it would give back
   * memory that is locked.
   *
   * @returns what could not be locked, in words; undefined when all is
   */
  lock(calls: LockCalls): string | undefined;
  close(): void;
}

/** Takes all memory that locking needs. */
export function mappingLocker(): MappingLocker {
  const maps = openKernelFile("/proc/self/maps");
  const pagemap = openKernelFile("/proc/self/pagemap");
  const text = Buffer.alloc(SPARE * lengthOf(maps) + SPARE_BYTES);
  const room = text.length / LINE_MIN;
  const mappings = emptyMappings(room);
  const later = emptyMappings(room);
  const plan = new Uint8Array(room);
  const entries = new Int32Array((ENTRIES * ENTRY) / 4);
  const entryBytes = new Uint8Array(entries.buffer);

  /** Brings in the pages of [begin, end) that exist, in memory or in swap. */
  const populatePresent = (calls: LockCalls, begin: number, end: number): boolean => {
    for (let first = begin; first < end; first += ENTRIES) {
      const count = Math.min(ENTRIES, end - first);
      readSync(pagemap, entryBytes, 0, count * ENTRY, first * ENTRY);
      for (let at = 0; at < count; at += 1) {
        const from = at;
        while (at < count && exists(at)) at += 1;
        if (at > from && !populate(calls, first + from, first + at, MADV.POPULATE_READ)) return false;
      }
    }
    return true;
  };
  const exists = (at: number): boolean => (entries[2 * at + 1] ?? 0) >> PRESENT_OR_SWAPPED_SHIFT !== 0;

  const lockOne = (calls: LockCalls, begin: number, end: number, how: number): boolean => {
    if (how === HOW.none) return true;
    if (how === HOW.whole) return calls.mlock(begin * PAGE, (end - begin) * PAGE) === 0;
    if (how === HOW.write) return populate(calls, begin, end, MADV.POPULATE_WRITE);
    if (how === HOW.touched && calls.mlock2(begin * PAGE, (end - begin) * PAGE, MLOCK_ONFAULT) === -1)
      return false;
    return populatePresent(calls, begin, end);
  };

  return {
    lock(calls) {
      read(maps, text, mappings);
      planLocks(mappings, plan);
      const failed: { page: number; reason: string }[] = [];
      for (let at = 0; at < mappings.count; at += 1) {
        const begin = mappings.begin[at] ?? 0;
        if (lockOne(calls, begin, mappings.end[at] ?? 0, plan[at] ?? 0)) continue;
        failed.push({ page: begin, reason: calls.errnoName() });
      }
      if (failed.length === 0) return undefined;
      // Another thread may have unmapped it meanwhile, which is as good.
      read(maps, text, later);
      const left = failed.filter(({ page }) => isMapped(later, page));
      if (left.length === 0) return undefined;
      return left.map(({ page, reason }) => `memory at ${(page * PAGE).toString(16)}: ${reason}`).join(", ");
    },
    close() {
      closeSync(maps);
      closeSync(pagemap);
    },
  };
}

/** @throws RangeError when it is longer than there is room for */
function read(maps: number, text: Buffer, into: Mappings): void {
  let length = 0;
  for (;;) {
    const count = readSync(maps, text, length, text.length - length, length);
    if (count === 0) break;
    length += count;
  }
  if (length === text.length) throw new RangeError(`more than ${length} bytes of mappings`);
  decodeMaps(text, length, into);
}

function lengthOf(maps: number): number {
  const piece = Buffer.alloc(PAGE);
  let length = 0;
  for (;;) {
    const count = readSync(maps, piece, 0, piece.length, length);
    if (count === 0) return length;
    length += count;
  }
}

/** Makes the pages of [begin, end) exist, locked. */
function populate(calls: LockCalls, begin: number, end: number, advice: number): boolean {
  const address = begin * PAGE;
  const length = (end - begin) * PAGE;
  if (calls.mlock2(address, length, MLOCK_ONFAULT) === -1) return false;
  if (calls.madvise(address, length, advice) === 0) return true;
  // Before Linux 5.14. This takes memory for all of it, which is better than not to have it.
  return calls.errnoName() === "EINVAL" && calls.mlock(address, length) === 0;
}

function isMapped({ begin, end, count }: Mappings, page: number): boolean {
  for (let at = 0; at < count; at += 1) if ((begin[at] ?? 0) <= page && page < (end[at] ?? 0)) return true;
  return false;
}

const openKernelFile = (path: string): number => inKernelView(path, () => openSync(path, "r"));
