/**
 * snapshot: what another LV held at one instant. dm-snapshot copies what is overwritten in the origin into a
 * store first, and keeps there what is written to the snapshot. The origin's own device becomes one that
 * tells its snapshots of writes; its content goes on in a device below that, which all of them read.
 *
 * When the store is full the snapshot is lost, and the origin goes on. A snapshot that is merged gives the
 * origin back its content of then: from `begun` on the origin is what both hold together.
 */
import type { Lv, Segment, SnapshotSegment, TableLine } from "../../../schema/index.ts";
import { DvmError, toDvmError } from "../../base/error.ts";
import { type Extents, formatSize, isPowerOfTwo, type Sectors, sectorsToBytes } from "../../base/units.ts";
import { decodeCowHeader } from "../../dm/cow-header.ts";
import { errorLine } from "../../dm/targets/error.ts";
import { type SnapshotStatus, snapshot as target } from "../../dm/targets/snapshot.ts";
import { snapshotMerge } from "../../dm/targets/snapshot-merge.ts";
import { snapshotOrigin } from "../../dm/targets/snapshot-origin.ts";
import type { Ending } from "./ending.ts";
import { type Part, rangeOf, type VolumeType } from "./type.ts";

const STORE = "cow";
const LEAST_CHUNK: Sectors = 8;
const MOST_CHUNK: Sectors = 1024;
/** As the kernel's tools have it. */
export const DEFAULT_CHUNK: Sectors = 8;
/** A pair of chunk numbers in the store. */
const ENTRY_BYTES = 16;

export const snapshot: VolumeType<SnapshotSegment> = {
  name: "snapshot",
  traits: [],

  runs: () => [],
  parts: ({ store }): Part[] => [
    { layer: STORE, segments: store, holds: "content", accepts: "store", what: "the store" },
  ],
  uses: ({ origin }) => [origin],
  width: () => 1,
  stripeSize: () => null,
  key: () => undefined,
  isVolatile: true,

  wraps: {
    of: ({ origin }) => origin,
    accepts: "origin",
    isMixed: ({ merge }) => merge === "begun",
    isDue: ({ merge }) => merge === "requested",
    table(all, { range, content }) {
      const merging = all.find(({ segment }) => segment.merge === "begun");
      if (!merging)
        return [
          { ...range, type: snapshotOrigin.type, params: snapshotOrigin.encodeParams({ origin: content }) },
        ];
      const store = merging.part(STORE);
      return [
        store === null ? errorLine(range) : lineOf(snapshotMerge, merging.segment, range, content, store),
      ];
    },
  },
  rooms: (segment) => [
    {
      name: "",
      what: "store",
      segments: segment.store,
      most: (extentSize) => usefulStore(segment.length, segment.chunkSize, extentSize),
      with: (store) => ({ ...segment, store }),
    },
  ],
  ending,

  check({ chunkSize }, { whose, isAlone, refuse }) {
    if (!isAlone) refuse(`${whose} is a snapshot, and has other segments`);
    if (!isChunk(chunkSize))
      refuse(
        `${whose}: chunk size ${chunkSize} is no power of two from ${LEAST_CHUNK} to ${MOST_CHUNK} sectors`,
      );
  },
  encode({ origin, chunkSize, merge, store }, inner) {
    const state = merge === undefined ? "" : `"merge":"${merge}",`;
    return `"origin":"${origin}","chunkSize":${chunkSize},${state}"store":${inner(store)}`;
  },

  creates: [],
  like: refuseLayout,
  grow: refuseLayout,
  cut: refuseLayout,

  table(segment, { extentSize, part, content }) {
    // Nobody may see what the kernel is putting back.
    if (segment.merge === "begun") return [];
    const range = rangeOf(segment, extentSize);
    const store = part(STORE);
    if (store === null) return [errorLine(range)];
    return [lineOf(target, segment, range, content(segment.origin), store)];
  },
  learn: () => [],
};

/** @throws DvmError UNSUPPORTED: its length is its origin's, and its layout its store's */
function refuseLayout(): never {
  throw new DvmError("UNSUPPORTED", "a snapshot is as long as its origin: only its store grows");
}

function lineOf(
  { type, encodeParams }: typeof target,
  { chunkSize }: SnapshotSegment,
  range: Pick<TableLine, "start" | "length">,
  origin: string,
  cow: string,
): TableLine {
  return { ...range, type, params: encodeParams({ origin, cow, store: "P", chunkSize }) };
}

/** A merge begins with a snapshot that is still one, and ends when the kernel has put everything back. */
function ending(segment: SnapshotSegment, next: Segment | undefined): Ending | undefined {
  const state = (next as SnapshotSegment | undefined)?.merge;
  if (segment.merge === "begun") {
    if (state === "begun") return undefined;
    return {
      device: "wrapped",
      what: "is not merged yet",
      doubt: ({ status }) => doubtOfMerged(readStatus(status?.[0])),
    };
  }
  if (state !== "begun") return undefined;
  return {
    device: "own",
    what: "cannot be merged",
    doubt: ({ status }) => doubtOfWhole(readStatus(status?.[0])),
    onDisk: { layer: STORE, doubt: doubtOfHeader },
  };
}

const readStatus = (text = ""): SnapshotStatus | undefined => target.decodeStatus?.(text);

function doubtOfMerged(status: SnapshotStatus | undefined): string | undefined {
  if (status?.state !== "used") return `the kernel says "${status?.state ?? "nothing"}" of it`;
  const left = status.used.part - status.metadata;
  return left === 0 ? undefined : `${formatSize(left)} are still to be put back`;
}

const doubtOfWhole = (status: SnapshotStatus | undefined): string | undefined =>
  status?.state === "used" ? undefined : `what it held is lost ("${status?.state ?? "no status"}")`;

function doubtOfHeader(bytes: Buffer, path: string): string | undefined {
  try {
    decodeCowHeader(bytes, path);
    return undefined;
  } catch (thrown) {
    return toDvmError(thrown).message;
  }
}

/** The segment of an LV that is one. */
export const snapshotIn = ({ segments: [first] }: Pick<Lv, "segments">): SnapshotSegment | undefined =>
  first?.type === snapshot.name ? (first as SnapshotSegment) : undefined;

export const isChunk = (size: Sectors): boolean =>
  isPowerOfTwo(size) && size >= LEAST_CHUNK && size <= MOST_CHUNK;

/** A store in which every chunk of the origin has room: behind a header, and chunks of entries. */
export function usefulStore(length: Extents, chunkSize: Sectors, extentSize: Sectors): Extents {
  const chunks = Math.ceil((length * extentSize) / chunkSize);
  const entries = Math.ceil(chunks / (sectorsToBytes(chunkSize) / ENTRY_BYTES));
  // The kernel keeps one chunk of entries ahead.
  return Math.ceil(((chunks + entries + 2) * chunkSize) / extentSize);
}

/** The least that the kernel can begin with: its header, entries, and a chunk. */
export const leastStore = (chunkSize: Sectors, extentSize: Sectors): Extents =>
  Math.ceil((4 * chunkSize) / extentSize);
