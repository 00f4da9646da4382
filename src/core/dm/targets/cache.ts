import type { Sectors } from "../../base/units.ts";
import { joinArgs, splitArgs } from "../args.ts";
import { percent, percentUp } from "./progress.ts";
import { type Ratio, readNumber, readRatio, statusWords } from "./status.ts";
import { ALL, insist, onceOpened, readSigned, type Target, takeGroup } from "./target.ts";

const MODES = ["writethrough", "writeback", "passthrough"] as const;
export type CacheMode = (typeof MODES)[number];

/** `<metadata> <cache> <origin> <block size> <#features> … <policy> <#policy words> …` */
export interface Cache {
  readonly metadata: string;
  readonly cache: string;
  readonly origin: string;
  readonly blockSize: Sectors;
  readonly metadata2?: true;
  /** Left out: writeback. */
  readonly mode?: CacheMode;
  readonly noDiscardPassdown?: true;
  readonly policy: string;
  /** Pairs of name and value. */
  readonly policyWords: readonly string[];
}

export type CacheStatus =
  | {
      readonly state: "ok";
      /** In blocks of the metadata. */
      readonly metadata: Ratio;
      /** In blocks of the cache. */
      readonly used: Ratio;
      /** Blocks that the origin does not have yet. */
      readonly dirty: number;
      readonly mode: CacheMode | undefined;
      readonly policy: string;
      readonly readOnly: boolean;
      readonly needsCheck: boolean;
    }
  | { readonly state: "failed" };

/** A block's size is a multiple of the least. */
const MIN_BLOCK: Sectors = 64;
const MAX_BLOCK: Sectors = 2 ** 21;
const MAX_POLICY_WORDS = 1024;

/** Linux Documentation/admin-guide/device-mapper/cache.rst */
export const cache: Target<Cache, CacheStatus> = {
  type: "cache",
  version: [2, 2, 0],
  features: {},
  modules: ["dm-cache", "dm-cache-smq"],
  worksAlone: true,
  growsInPlace: false,
  loadsQuietly: false,
  decodeParams(params) {
    const words = splitArgs(params);
    insist(words.length >= 6, "Insufficient args");
    const [metadata = "", cacheDevice = "", origin = ""] = words.splice(0, 3);
    return { metadata, cache: cacheDevice, origin, ...onceOpened(ALL, () => decodeOptions(words)) };
  },
  encodeParams(params) {
    const features = [
      ...(params.metadata2 ? ["metadata2"] : []),
      ...(params.mode ? [params.mode] : []),
      ...(params.noDiscardPassdown ? ["no_discard_passdown"] : []),
    ];
    return joinArgs([
      params.metadata,
      params.cache,
      params.origin,
      params.blockSize,
      features.length,
      ...features,
      params.policy,
      params.policyWords.length,
      ...params.policyWords,
    ]);
  },
  devicePositions: () => [0, 1, 2],
  check() {},
  areas: ({ metadata, cache, origin, blockSize }, { length }) => [
    { device: metadata, start: 0, length: 0 },
    { device: cache, start: 0, length: blockSize },
    { device: origin, start: 0, length },
  ],
  stores: ({ metadata, cache }) => [metadata, cache],
  decodeStatus(text) {
    const words = statusWords(text);
    if (words.length === 1 && (words[0] === "Fail" || words[0] === "Error")) return { state: "failed" };
    const metadata = readRatio(words[1]);
    const used = readRatio(words[3]);
    const dirty = readNumber(words[10]);
    const featureCount = readNumber(words[11]);
    if (!metadata || !used || dirty === undefined || featureCount === undefined) return undefined;
    const features = words.slice(12, 12 + featureCount);
    const coreCount = readNumber(words[12 + featureCount]);
    if (coreCount === undefined) return undefined;
    const at = 13 + featureCount + coreCount;
    const policy = words[at];
    const policyCount = readNumber(words[at + 1]);
    if (policy === undefined || policyCount === undefined) return undefined;
    const access = words[at + 2 + policyCount];
    if (access !== "rw" && access !== "ro") return undefined;
    return {
      state: "ok",
      metadata,
      used,
      dirty,
      mode: features.find(isMode),
      policy,
      readOnly: access === "ro",
      needsCheck: words[at + 3 + policyCount] === "needs_check",
    };
  },
  progress: (status) =>
    status.state === "ok"
      ? {
          fill: percent(status.used),
          metaFill: percent(status.metadata),
          dirty: percentUp({ part: status.dirty, whole: status.used.whole }),
        }
      : {},
  troubles(status) {
    if (!status) return ["unreadable"];
    if (status.state === "failed") return ["cache-failed"];
    return status.readOnly || status.needsCheck ? ["cache-read-only"] : [];
  },
};

const isMode = (word: string): word is CacheMode => (MODES as readonly string[]).includes(word);

/** What stands behind the devices. */
function decodeOptions(words: string[]): Omit<Cache, "metadata" | "cache" | "origin"> {
  const blockSize = readSigned(words.shift(), "Invalid data block size", MIN_BLOCK, MAX_BLOCK);
  insist(blockSize % MIN_BLOCK === 0, "Invalid data block size");
  const features = takeGroup(words, "Invalid number of cache feature arguments", 3);
  const modes = features.filter(isMode);
  for (const word of features)
    insist(
      isMode(word) || word === "metadata2" || word === "no_discard_passdown",
      "Unrecognised cache feature requested",
    );
  insist(modes.length <= 1, "Duplicate cache io mode features requested");
  const policy = words.shift();
  insist(policy !== undefined, "Insufficient args");
  const policyWords = takeGroup(words, "Invalid number of policy arguments", MAX_POLICY_WORDS);
  insist(
    policyWords.length % 2 === 0,
    "Odd number of policy arguments given but they should be <key> <value> pairs.",
  );
  return {
    blockSize,
    ...(features.includes("metadata2") && { metadata2: true }),
    ...(modes[0] && { mode: modes[0] }),
    ...(features.includes("no_discard_passdown") && { noDiscardPassdown: true }),
    policy,
    policyWords,
  };
}
