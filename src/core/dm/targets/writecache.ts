import type { Bytes } from "../../base/units.ts";
import { isPowerOfTwo } from "../../base/units.ts";
import { joinArgs, splitArgs } from "../args.ts";
import { percent, percentUp } from "./progress.ts";
import { readNumber, statusWords } from "./status.ts";
import { ALL, insist, onceOpened, readCount, type Target, takeGroup } from "./target.ts";

/** Options with a number, in the order in which the kernel prints them, and the most that each may be. */
const NUMBERS = [
  ["startSector", "start_sector", Number.MAX_SAFE_INTEGER],
  ["highWatermark", "high_watermark", 100],
  ["lowWatermark", "low_watermark", 100],
  ["writebackJobs", "writeback_jobs", 2 ** 31 - 1],
  ["autocommitBlocks", "autocommit_blocks", 2 ** 31 - 1],
  ["autocommitTimeMs", "autocommit_time", 3_600_000],
  ["maxAgeMs", "max_age", 86_400_000],
] as const;

/** What people may set: all but where its store begins. */
export const writecacheOptions = NUMBERS.flatMap(([name, word, most]) =>
  name === "startSector" ? [] : [{ name, word, most }],
);

/** `<p|s> <origin> <cache> <block size> <#options> …` */
export interface Writecache {
  /** p: persistent memory, s: SSD. */
  readonly medium: "p" | "s";
  readonly origin: string;
  readonly cache: string;
  readonly blockSize: Bytes;
  readonly options?: Readonly<Partial<Record<(typeof NUMBERS)[number][0], number>>>;
  /** Of persistent memory only. */
  readonly fua?: "fua" | "nofua";
  /** Only writes back, to be taken away. */
  readonly cleaner?: true;
  readonly metadataOnly?: true;
  readonly pauseWritebackMs?: number;
}

export interface WritecacheStatus {
  /** 0, or that it has failed. */
  readonly error: number;
  readonly blocks: number;
  readonly free: number;
  /** Blocks under way to the origin. */
  readonly writeback: number;
}

/** What the kernel takes when a table says nothing, in per cent. */
const HIGH_WATERMARK = 50;
const LOW_WATERMARK = 45;

/** Linux Documentation/admin-guide/device-mapper/writecache.rst */
export const writecache: Target<Writecache, WritecacheStatus> = {
  type: "writecache",
  version: [1, 6, 0],
  features: {},
  modules: ["dm-writecache"],
  worksAlone: true,
  growsInPlace: false,
  loadsQuietly: false,
  decodeParams(params) {
    const [medium, origin, cache, size, ...rest] = splitArgs(params);
    insist(medium === "p" || medium === "s", "Invalid type");
    insist(origin !== undefined && cache !== undefined, "Bad number of arguments");
    return { medium, origin, cache, ...onceOpened(ALL, () => decodeOptions(medium, size, rest)) };
  },
  encodeParams({
    medium,
    origin,
    cache,
    blockSize,
    options = {},
    fua,
    cleaner,
    metadataOnly,
    pauseWritebackMs,
  }) {
    const words = [
      ...NUMBERS.flatMap(([name, word]) => {
        const value = options[name];
        return value === undefined ? [] : [word, value];
      }),
      ...(cleaner ? ["cleaner"] : []),
      ...(fua ? [fua] : []),
      ...(metadataOnly ? ["metadata_only"] : []),
      ...(pauseWritebackMs === undefined ? [] : ["pause_writeback", pauseWritebackMs]),
    ];
    return joinArgs([medium, origin, cache, blockSize, words.length, ...words]);
  },
  devicePositions: () => [1, 2],
  check({ options: { highWatermark = HIGH_WATERMARK, lowWatermark = LOW_WATERMARK } = {} }) {
    onceOpened(ALL, () =>
      insist(highWatermark >= lowWatermark, "High watermark must be greater than or equal to low watermark"),
    );
  },
  areas: ({ origin, cache }, { length }) => [
    { device: origin, start: 0, length },
    { device: cache, start: 0, length: 0 },
  ],
  stores: ({ cache }) => [cache],
  decodeStatus(text) {
    const words = statusWords(text);
    const [blocks, free, writeback] = words.slice(1, 4).map(readNumber);
    if (!/^-?\d+$/.test(words[0] ?? "")) return undefined;
    if (blocks === undefined || free === undefined || writeback === undefined) return undefined;
    return { error: Number(words[0]), blocks, free, writeback };
  },
  progress({ blocks, free }) {
    const held = { part: blocks - free, whole: blocks };
    return { fill: percent(held), dirty: percentUp(held) };
  },
  troubles: (status) => (status ? (status.error === 0 ? [] : ["cache-failed"]) : ["unreadable"]),
};

/** What stands behind the devices. */
function decodeOptions(
  medium: Writecache["medium"],
  size: string | undefined,
  rest: string[],
): Omit<Writecache, "medium" | "origin" | "cache"> {
  const blockSize = readCount(size, "Invalid block size", 512, 4096);
  insist(isPowerOfTwo(blockSize), "Invalid block size");
  const words = takeGroup(rest, "Invalid number of optional arguments", 18);
  const options: Partial<Record<(typeof NUMBERS)[number][0], number>> = {};
  let fua: Writecache["fua"];
  let cleaner = false;
  let metadataOnly = false;
  let pauseWritebackMs: number | undefined;
  while (words.length > 0) {
    const word = words.shift();
    const number = NUMBERS.find((each) => each[1] === word);
    if (number) options[number[0]] = readCount(words.shift(), "Invalid optional argument", 0, number[2]);
    else if (medium === "p" && (word === "fua" || word === "nofua")) fua = word;
    else if (word === "cleaner") cleaner = true;
    else if (word === "metadata_only") metadataOnly = true;
    else {
      insist(word === "pause_writeback", "Invalid optional argument");
      pauseWritebackMs = readCount(words.shift(), "Invalid optional argument", 0, 3_600_000);
    }
  }
  return {
    blockSize,
    ...(Object.keys(options).length > 0 && { options }),
    ...(fua && { fua }),
    ...(cleaner && { cleaner: true }),
    ...(metadataOnly && { metadataOnly: true }),
    ...(pauseWritebackMs !== undefined && { pauseWritebackMs }),
  };
}
