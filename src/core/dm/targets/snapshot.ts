import type { Sectors } from "../../base/units.ts";
import { isPowerOfTwo } from "../../base/units.ts";
import { joinArgs, splitArgs } from "../args.ts";
import { percent } from "./progress.ts";
import { type Ratio, readNumber, readRatio, statusWords } from "./status.ts";
import { ALL, insist, onceOpened, readSigned, type Target, takeGroup } from "./target.ts";
import { FILLING, type Trouble } from "./trouble.ts";

/** `<origin> <COW device> <P|PO|N> <chunk size> [<#features> …]` */
export interface Snapshot {
  readonly origin: string;
  /** Holds the chunks that differ from the origin. */
  readonly cow: string;
  /** P: survives a restart. PO: and tells an overflow from other ends. N: forgotten with the device. */
  readonly store: "P" | "PO" | "N";
  /** 0: as the COW device says, or 32 when it is new. */
  readonly chunkSize: Sectors;
  readonly discardZeroesCow?: true;
  readonly discardPassdownOrigin?: true;
}

/**
 * used: sectors of the COW device that are taken, of all, and how many of them hold metadata. A merge is done
 * when nothing but metadata is taken.
 */
export type SnapshotStatus =
  | { readonly state: "used"; readonly used: Ratio; readonly metadata: Sectors }
  | { readonly state: "invalid" | "overflow" | "merge failed" | "unknown" };

const WORDS = new Map([
  ["Invalid", "invalid"],
  ["Overflow", "overflow"],
  ["Merge failed", "merge failed"],
  ["Unknown", "unknown"],
] as const);

/** Linux Documentation/admin-guide/device-mapper/snapshot.rst */
export const snapshot: Target<Snapshot, SnapshotStatus> = {
  ...snapshotTarget("snapshot", [1, 16, 0]),
  modules: ["dm-snapshot"],
};

/** snapshot and snapshot-merge have the same table and status lines. */
export function snapshotTarget(
  type: string,
  version: Target<Snapshot>["version"],
): Target<Snapshot, SnapshotStatus> {
  return {
    type,
    version,
    features: {},
    worksAlone: true,
    growsInPlace: false,
    loadsQuietly: false,
    decodeParams(params) {
      const [origin, cow, given, chunk, ...rest] = splitArgs(params);
      insist(
        origin !== undefined && cow !== undefined && given !== undefined && chunk !== undefined,
        "requires 4 or more arguments",
      );
      // In the order in which the kernel refuses: features, devices, store.
      const features = rest.length > 0 ? takeGroup(rest, "Invalid number of feature arguments", 2) : [];
      for (const word of features)
        insist(
          word === "discard_zeroes_cow" || word === "discard_passdown_origin",
          "Unrecognised feature requested",
        );
      const zeroes = features.includes("discard_zeroes_cow");
      const passdown = features.includes("discard_passdown_origin");
      insist(zeroes || !passdown, "Discard passdown_origin requires discard_zeroes_cow");
      insist(origin !== cow, "COW device cannot be the same as origin device");
      return {
        origin,
        cow,
        ...onceOpened(ALL, () => decodeStore(given, chunk)),
        ...(zeroes && { discardZeroesCow: true }),
        ...(passdown && { discardPassdownOrigin: true }),
      };
    },
    encodeParams({ origin, cow, store, chunkSize, discardZeroesCow, discardPassdownOrigin }) {
      const features = [
        ...(discardZeroesCow ? ["discard_zeroes_cow"] : []),
        ...(discardPassdownOrigin ? ["discard_passdown_origin"] : []),
      ];
      return joinArgs([
        origin,
        cow,
        store,
        chunkSize,
        ...(features.length > 0 ? [features.length, ...features] : []),
      ]);
    },
    devicePositions: () => [0, 1],
    check() {},
    areas: ({ origin, cow }, { length }) => [
      { device: origin, start: 0, length },
      { device: cow, start: 0, length: 0 },
    ],
    differences: ({ origin, cow }) => ({ origin, store: cow }),
    stores: ({ cow }) => [cow],
    usesGrowthAtOnce: true,
    decodeStatus(text) {
      const state = WORDS.get(text.trim() as "Invalid");
      if (state) return { state };
      const [share, count] = statusWords(text);
      const used = readRatio(share);
      const metadata = readNumber(count);
      return used && metadata !== undefined ? { state: "used", used, metadata } : undefined;
    },
    troubles: troublesOf,
    progress: (status) => (status.state === "used" ? { fill: percent(status.used) } : {}),
  };
}

function troublesOf(status: SnapshotStatus | undefined): readonly Trouble[] {
  switch (status?.state) {
    case "used":
      return (percent(status.used) ?? 0) >= FILLING ? ["filling"] : [];
    case "merge failed":
      return ["merge-failed"];
    case "invalid":
    case "overflow":
      return ["snapshot-lost"];
    default:
      return ["unreadable"];
  }
}

function decodeStore(given: string, chunk: string): Pick<Snapshot, "store" | "chunkSize"> {
  const store = given.toUpperCase();
  insist(/^[PN]/.test(store), "Exception store type is not P or N");
  insist(store === "P" || store === "PO" || store === "N", "Unsupported persistent store option");
  const chunkSize = readSigned(chunk, "Invalid chunk size", 0, 2 ** 22 - 1);
  insist(chunkSize === 0 || isPowerOfTwo(chunkSize), "Chunk size is not a power of 2");
  return { store, chunkSize };
}
