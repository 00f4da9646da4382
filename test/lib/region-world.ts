/** Regions on disks in memory, for tests of replicate. */

import { Wording } from "../../src/core/base/wording.ts";
import { hostChance } from "../../src/core/host/process/chance.ts";
import type { Disks } from "../../src/core/port/block.ts";
import type { RegionAddress } from "../../src/core/replicate/disk/place.ts";
import type { RegionSys } from "../../src/core/replicate/set/region-set.ts";
import { type DiskFaults, faultyDisks } from "../../src/core/sim/faulty-disks.ts";
import { type MemoryDisks, memoryDisks } from "../../src/core/sim/memory-disks.ts";
import { type Recorded, recordingDisks } from "../../src/core/sim/recording-disks.ts";
import type { Config } from "../../src/schema/index.ts";

export const PAGE = 4096;

export interface TestSys extends RegionSys {
  readonly warnings: string[];
}

/** A world around some disks; time goes on by a second with each look at the clock. */
export function regionSys(disks: Disks, seed = "seed", config: Config = {}): TestSys {
  let now = 1_700_000_000_000;
  const warnings: string[] = [];
  return {
    config,
    disks,
    clock: { now: () => (now += 1000), sleep: async () => undefined },
    chance: hostChance(seed),
    terminal: {
      warn: (message) => void warnings.push(message),
      info: () => undefined,
      progress: () => undefined,
      keepWarnings: () => () => [],
      outputIsTerminal: false,
      wording: new Wording(),
    },
    warnings,
  };
}

/** The whole of disks named d0, d1, …, as regions. @param pages length of each */
export const addresses = (count: number, pages: number): RegionAddress[] =>
  Array.from({ length: count }, (_, n) => ({ path: `d${n}`, offset: 0, length: pages * 8 }));

/** Content by which a mistake is found: every page is different, and names `name`. */
export function contentOf(name: string, bytes: number): Buffer {
  const content = Buffer.alloc(bytes);
  for (let at = 0, page = 0; at < bytes; at += PAGE, page++) {
    const line = `${name} page ${page}\n`;
    content.subarray(at, at + PAGE).fill(line);
  }
  return content;
}

export type Images = readonly Buffer[];

/** Fresh disks with these bytes. */
export function disksWith(images: Images, logicalBlockSize = 512, through = false): MemoryDisks {
  const disks = memoryDisks();
  for (const [n, image] of images.entries()) disks.create(`d${n}`, image, { logicalBlockSize, through });
  return disks;
}

export interface Run<T> {
  readonly after: Images;
  /** What each disk was asked to write and flush. */
  readonly logs: readonly (readonly Recorded[])[];
  readonly value: T | undefined;
  readonly error: unknown;
}

export interface RunOptions {
  readonly logicalBlockSize?: number;
  readonly seed?: string;
  readonly faults?: DiskFaults;
  /** Disks that take writes which are durable by themselves. */
  readonly through?: boolean;
}

/** Runs an operation on copies of the images. */
export async function runOn<T>(
  images: Images,
  work: (sys: TestSys) => Promise<T>,
  { logicalBlockSize = 512, seed = "seed", faults, through }: RunOptions = {},
): Promise<Run<T>> {
  const memory = disksWith(images, logicalBlockSize, through);
  const disks = recordingDisks(memory);
  let value: T | undefined;
  let error: unknown;
  try {
    value = await work(regionSys(faults ? faultyDisks(disks, faults) : disks, seed));
  } catch (thrown) {
    error = thrown;
  }
  return {
    after: images.map((_, n) => memory.bytes(`d${n}`)),
    logs: images.map((_, n) => disks.log.filter(({ path }) => path === `d${n}`)),
    value,
    error,
  };
}

/** The code of a DvmError, "" when nothing was thrown; anything else is thrown on. */
export function codeOf(error: unknown): string {
  if (error === undefined) return "";
  if (error instanceof Error && "code" in error && typeof error.code === "string" && error.code !== "BUG")
    return error.code;
  throw error;
}
