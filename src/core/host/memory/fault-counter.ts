import type { PageFaults } from "../../port/memory.ts";
import type { MemoryCalls } from "./calls.ts";

const RUSAGE_SELF = 0;
const RUSAGE_BYTES = 144;
/** Offsets of struct rusage, counted in 32-bit words: a fault counter fits in the low half of its long. */
const MINFLT_WORD = 64 / 4;
const MAJFLT_WORD = 72 / 4;

export interface FaultCounter {
  begin(): void;
  end(): void;
  /** Faults between the last begin and the last end. */
  faults(): PageFaults;
}

/** Counts page faults of this process with getrusage(2). Nothing is allocated between begin and end. */
export function faultCounter({ getrusage }: MemoryCalls): FaultCounter {
  const before = new Int32Array(RUSAGE_BYTES / 4);
  const after = new Int32Array(RUSAGE_BYTES / 4);
  const beforeBytes = new Uint8Array(before.buffer);
  const afterBytes = new Uint8Array(after.buffer);
  const difference = (word: number): number => ((after[word] ?? 0) - (before[word] ?? 0)) >>> 0;
  return {
    begin() {
      getrusage(RUSAGE_SELF, beforeBytes);
    },
    end() {
      getrusage(RUSAGE_SELF, afterBytes);
    },
    faults: () => ({ minor: difference(MINFLT_WORD), major: difference(MAJFLT_WORD) }),
  };
}
