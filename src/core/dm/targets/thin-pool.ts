import type { Sectors } from "../../base/units.ts";
import { joinArgs, splitArgs } from "../args.ts";
import { percent } from "./progress.ts";
import { type Ratio, readNumber, readRatio, statusWords } from "./status.ts";
import { insist, readSigned, type Target, takeGroup } from "./target.ts";
import { FILLING, type Trouble } from "./trouble.ts";

/** `<metadata device> <data device> <block size> <low water mark> <#features> …` */
export interface ThinPool {
  readonly metadata: string;
  readonly data: string;
  readonly blockSize: Sectors;
  /** In blocks: when fewer are free, there is an event. */
  readonly lowWater: number;
  readonly skipBlockZeroing?: true;
  readonly ignoreDiscard?: true;
  readonly noDiscardPassdown?: true;
  readonly readOnly?: true;
  readonly errorIfNoSpace?: true;
}

export type ThinPoolStatus =
  | {
      readonly state: "ok";
      readonly transactionId: number;
      /** In blocks of 4 KiB. */
      readonly metadata: Ratio;
      /** In blocks of the pool. */
      readonly data: Ratio;
      readonly heldRoot: number | null;
      readonly mode: "rw" | "ro" | "out_of_data_space";
      readonly discardPassdown: boolean;
      readonly noSpace: "queue" | "error";
      /** The metadata must be repaired before the pool can be written again. */
      readonly needsCheck: boolean;
    }
  | { readonly state: "failed" };

/** Words of features by their names, in the order in which the kernel prints them. */
const FEATURES = [
  ["skipBlockZeroing", "skip_block_zeroing"],
  ["ignoreDiscard", "ignore_discard"],
  ["noDiscardPassdown", "no_discard_passdown"],
  ["readOnly", "read_only"],
  ["errorIfNoSpace", "error_if_no_space"],
] as const;

/** A block's size is a multiple of the least. */
const MIN_BLOCK: Sectors = 128;
const MAX_BLOCK: Sectors = 2 ** 21;

/** Linux Documentation/admin-guide/device-mapper/thin-provisioning.rst */
export const thinPool: Target<ThinPool, ThinPoolStatus> = {
  type: "thin-pool",
  version: [1, 22, 0],
  features: { singleton: true, alwaysWritable: true, immutable: true },
  modules: ["dm-thin-pool"],
  worksAlone: true,
  growsInPlace: false,
  loadsQuietly: false,
  decodeParams(params) {
    const words = splitArgs(params);
    insist(words.length >= 4, "Invalid argument count");
    const [metadata = "", data = "", block, low, ...rest] = words;
    const blockSize = readSigned(block, "Invalid block size", MIN_BLOCK, MAX_BLOCK);
    insist(blockSize % MIN_BLOCK === 0, "Invalid block size");
    const lowWater = readSigned(low, "Invalid low water mark");
    const given = rest.length > 0 ? takeGroup(rest, "Invalid number of pool feature arguments", 4) : [];
    for (const word of given)
      insist(
        FEATURES.some((feature) => feature[1] === word),
        "Unrecognised pool feature requested",
      );
    const features = FEATURES.filter(([, word]) => given.includes(word)).map(([name]) => [name, true]);
    return { metadata, data, blockSize, lowWater, ...Object.fromEntries(features) };
  },
  encodeParams(pool) {
    const features = FEATURES.filter(([name]) => pool[name]).map(([, word]) => word);
    return joinArgs([pool.metadata, pool.data, pool.blockSize, pool.lowWater, features.length, ...features]);
  },
  devicePositions: () => [0, 1],
  check() {},
  areas: ({ metadata, data }, { length }) => [
    { device: metadata, start: 0, length: 0 },
    { device: data, start: 0, length },
  ],
  stores: ({ metadata }) => [metadata],
  decodeStatus(text) {
    const words = statusWords(text);
    if (words.length === 1 && (words[0] === "Fail" || words[0] === "Error")) return { state: "failed" };
    const [id, used, taken, held, mode, passdown, noSpace, check] = words;
    const transactionId = readNumber(id);
    const metadata = readRatio(used);
    const data = readRatio(taken);
    const heldRoot = held === "-" ? null : readNumber(held);
    if (transactionId === undefined || !metadata || !data || heldRoot === undefined) return undefined;
    if (mode !== "rw" && mode !== "ro" && mode !== "out_of_data_space") return undefined;
    if (noSpace !== "queue_if_no_space" && noSpace !== "error_if_no_space") return undefined;
    return {
      state: "ok",
      transactionId,
      metadata,
      data,
      heldRoot,
      mode,
      discardPassdown: passdown === "discard_passdown",
      noSpace: noSpace === "queue_if_no_space" ? "queue" : "error",
      needsCheck: check === "needs_check",
    };
  },
  progress: (status) =>
    status.state === "ok" ? { fill: percent(status.data), metaFill: percent(status.metadata) } : {},
  troubles: troublesOf,
};

/** The word for each mode in which not all can be written. */
const OF_MODE = { rw: [], ro: ["pool-read-only"], out_of_data_space: ["pool-full"] } as const;

function troublesOf(status: ThinPoolStatus | undefined): readonly Trouble[] {
  if (!status) return ["unreadable"];
  if (status.state === "failed") return ["pool-failed"];
  const isFilling = (ratio: Ratio) => (percent(ratio) ?? 0) >= FILLING;
  return [
    ...(status.needsCheck ? (["pool-needs-check"] as const) : OF_MODE[status.mode]),
    ...(status.mode !== "out_of_data_space" && isFilling(status.data) ? (["filling"] as const) : []),
    ...(isFilling(status.metadata) ? (["metadata-filling"] as const) : []),
  ];
}
