/** What status lines of the kernel tell of progress, health and fill. Words are counted from 0. */
import type { DmDevice } from "../../schema/index.ts";

export interface Progress {
  /** Percent in sync. */
  readonly sync: number | null;
  /** A letter for each leg: A in sync, a not yet, D failed. */
  readonly health: string | null;
  /** Percent of the store in use. */
  readonly fill: number | null;
}

const UNKNOWN: Progress = { sync: null, health: null, fill: null };

/** From the first target whose status says something. */
export function progressOf(device: DmDevice | undefined): Progress {
  if (!device) return UNKNOWN;
  for (const [index, line] of (device.table ?? []).entries()) {
    const words = device.status?.[index]?.trim().split(/\s+/) ?? [];
    const progress = readers[line.type]?.(words);
    if (progress) return { ...UNKNOWN, ...progress };
  }
  return UNKNOWN;
}

type Reader = (words: readonly string[]) => Partial<Progress>;

const readers: Readonly<Record<string, Reader>> = {
  // <raid type> <legs> <health> <in sync>/<total> <action> …
  raid: (words) => ({ sync: percent(words[3]), health: words[2] ?? null }),
  // <legs> <device>… <in sync>/<total> 1 <health> …
  mirror: (words) => {
    const legs = Number(words[0]);
    return { sync: percent(words[legs + 1]), health: words[legs + 3] ?? null };
  },
  // <used>/<total> <metadata>, or a word when it is lost
  snapshot: (words) => ({ fill: percent(words[0]) }),
  "snapshot-merge": (words) => ({ fill: percent(words[0]) }),
  // <transaction> <metadata used>/<total> <data used>/<total> …
  "thin-pool": (words) => ({ fill: percent(words[2]) }),
};

/** A share in percent with one decimal, rounded down so that 100 means all. */
function percent(ratio: string | undefined): number | null {
  const [, done, total] = /^(\d+)\/(\d+)$/.exec(ratio ?? "") ?? [];
  if (done === undefined || Number(total) === 0) return null;
  return Math.floor((Number(done) / Number(total)) * 1000) / 10;
}
