import { closeSync, openSync, readSync } from "node:fs";
import { type LockStep, planLocks } from "./lock-plan.ts";
import { MADV, type MemoryCalls, MLOCK_ONFAULT } from "./memory-calls.ts";
import { decodeMaps } from "./memory-map.ts";

const PAGE = 4096;
/** One entry of /proc/PID/pagemap, of which the high half tells: bit 63 present, bit 62 in swap. */
const ENTRY = 8;
const PRESENT_OR_SWAPPED = 0xc0000000;

/**
 * Locks everything that is mapped now.
 *
 * @param maps gives /proc/self/maps as it is at that moment
 * @returns what could not be locked, in words; undefined when all is
 */
export function lockMappings(calls: MemoryCalls, maps: () => string): string | undefined {
  const failed: string[] = [];
  const pagemap = openSync("/proc/self/pagemap", "r");
  try {
    for (const step of planLocks(decodeMaps(maps()))) {
      if (lockStep(calls, pagemap, step)) continue;
      const reason = calls.errnoName();
      // Another thread may have unmapped it meanwhile, which is as good.
      const there = decodeMaps(maps()).find(({ begin, end }) => begin <= step.begin && step.begin < end);
      if (there) failed.push(`${there.name || "memory"} at ${step.begin.toString(16)}: ${reason}`);
    }
  } finally {
    closeSync(pagemap);
  }
  return failed.length > 0 ? failed.join(", ") : undefined;
}

function lockStep(calls: MemoryCalls, pagemap: number, { begin, end, how }: LockStep): boolean {
  switch (how) {
    case "whole":
      return calls.mlock(begin, end - begin) === 0;
    case "write":
      return populate(calls, begin, end, MADV.POPULATE_WRITE);
    case "touched":
      if (calls.mlock2(begin, end - begin, MLOCK_ONFAULT) === -1) return false;
      return populatePresent(calls, pagemap, begin, end);
    case "present":
      return populatePresent(calls, pagemap, begin, end);
  }
}

const populatePresent = (calls: MemoryCalls, pagemap: number, begin: number, end: number): boolean =>
  presentRanges(pagemap, begin, end).every(([from, to]) => populate(calls, from, to, MADV.POPULATE_READ));

function populate(calls: MemoryCalls, begin: number, end: number, advice: number): boolean {
  if (calls.mlock2(begin, end - begin, MLOCK_ONFAULT) === -1) return false;
  if (calls.madvise(begin, end - begin, advice) === 0) return true;
  // Before Linux 5.14. This takes memory for all of it, which is better than not to have it.
  return calls.errnoName() === "EINVAL" && calls.mlock(begin, end - begin) === 0;
}

/** The parts of [begin, end) that have pages, in memory or in swap. */
function presentRanges(pagemap: number, begin: number, end: number): [number, number][] {
  const entries = Buffer.alloc(((end - begin) / PAGE) * ENTRY);
  readSync(pagemap, entries, 0, entries.length, (begin / PAGE) * ENTRY);
  const ranges: [number, number][] = [];
  for (let address = begin; address < end; address += PAGE) {
    const high = entries.readUInt32LE(((address - begin) / PAGE) * ENTRY + 4);
    if ((high & PRESENT_OR_SWAPPED) === 0) continue;
    const last = ranges.at(-1);
    if (last?.[1] === address) last[1] += PAGE;
    else ranges.push([address, address + PAGE]);
  }
  return ranges;
}
