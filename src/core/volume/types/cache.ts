/**
 * cache: chunks of what an LV holds, kept on faster devices by dm-cache. In mode writeback it holds what its
 * origin lacks; then it counts as dirty until the kernel's status has shown, under a policy that only cleans,
 * that nothing is left, since of what a cache holds that is down nobody but the kernel knows.
 */
import type { CacheSegment, DmDevice, Segment, TableLine } from "../../../schema/index.ts";
import { DvmError } from "../../base/error.ts";
import { type Extents, formatSize, roundUp, type Sectors, sectorsToBytes } from "../../base/units.ts";
import { type CacheStatus, cache as target } from "../../dm/targets/cache.ts";
import { errorLine } from "../../dm/targets/error.ts";
import { linear } from "../../dm/targets/linear.ts";
import { encodeSettings, wordsOf, wrongSettings } from "./cache-settings.ts";
import type { Ending } from "./ending.ts";
import { extentsIn, type Part, rangeOf, type VolumeType } from "./type.ts";

/** How writes go, what is usual first. */
export const cacheModes = ["writethrough", "writeback", "passthrough"] as const;
/** What decides on which chunks are cached, what is usual first. */
export const cachePolicies = ["smq", "mq"] as const;

const ORIGIN = "corig";
const DATA = "cdata";
const META = "cmeta";
const LEAST_CHUNK: Sectors = 64;
const MOST_CHUNK: Sectors = 2 ** 21;
const USUAL_CHUNK: Sectors = 128;
/** The kernel has to look through all of them. */
const USUAL_CHUNKS = 1_000_000;
/** In which it sees that there is nothing yet: its superblock. */
const HEAD: Sectors = 8;
/** Of a chunk in the kernel's record, and what that takes beside. */
const BYTES_OF_CHUNK = 44;
const META_BESIDE: Sectors = 2 ** 13;
/** It cleans, and does nothing else. */
const CLEANER = "cleaner";

/** With the most that each may be. */
export const cacheSettings: ReadonlyMap<string, number> = new Map([
  ["migration_threshold", 2 ** 31],
  ["sequential_threshold", 2 ** 31],
  ["random_threshold", 2 ** 31],
  ["discard_promote_adjustment", 2 ** 31],
  ["read_promote_adjustment", 2 ** 31],
  ["write_promote_adjustment", 2 ** 31],
]);

export const cache: VolumeType<CacheSegment> = {
  name: "cache",
  traits: [],

  runs: () => [],
  parts: ({ origin, data, meta }): Part[] => [
    {
      layer: ORIGIN,
      segments: origin,
      holds: "content",
      accepts: "origin",
      what: "the origin",
      carries: true,
    },
    { layer: META, segments: meta, holds: "content", accepts: "store", what: "the metadata", fresh: HEAD },
    { layer: DATA, segments: data, holds: "content", accepts: "store", what: "the cache", fresh: 0 },
  ],
  width: () => 1,
  stripeSize: () => null,
  key: () => undefined,
  isVolatile: true,
  caches: {
    origin: ({ origin }) => origin,
    mayDiffer: ({ dirty = false }) => dirty,
    state: ({ state }) => state,
    withState: ({ state: _, ...segment }, state) => (state === undefined ? segment : { ...segment, state }),
  },
  ending,

  check(segment, { whose, isAlone, extentSize, refuse }) {
    const { chunkSize, mode, dirty, length, origin, data, meta, settings } = segment;
    if (!isAlone) refuse(`${whose} is cached, and has other segments`);
    if (!isCacheChunk(chunkSize))
      refuse(
        `${whose}: chunk size ${chunkSize} is no multiple of ${LEAST_CHUNK} sectors up to ${MOST_CHUNK}`,
      );
    if (extentsIn(origin) !== length) refuse(`${whose} is not as long as its origin`);
    if (extentsIn(data) * extentSize < chunkSize) refuse(`the cache of ${whose} has no room for a chunk`);
    if (extentsIn(meta) < cacheMeta(extentsIn(data) * extentSize, chunkSize, extentSize))
      refuse(`the metadata of the cache of ${whose} are too small`);
    if (mode === "writeback" && !dirty) refuse(`${whose} is cached in mode writeback, and called clean`);
    const wrong = wrongSettings(settings, cacheSettings);
    if (wrong !== undefined) refuse(`${whose}: cache setting ${wrong}`);
  },
  encode(segment, inner) {
    const { chunkSize, mode, policy, settings, dirty, state, origin, data, meta } = segment;
    return (
      `"chunkSize":${chunkSize},"mode":"${mode}","policy":"${policy}",` +
      `"settings":${encodeSettings(settings)},${dirty ? `"dirty":true,` : ""}` +
      `${state === undefined ? "" : `"state":"${state}",`}` +
      `"origin":${inner(origin)},"data":${inner(data)},"meta":${inner(meta)}`
    );
  },

  creates: [],
  like: refuseLayout,
  grow: refuseLayout,
  cut: refuseLayout,

  table(segment, { extentSize, part }) {
    const range = rangeOf(segment, extentSize);
    const [origin, metadata, data] = [part(ORIGIN), part(META), part(DATA)];
    if (origin === null) return [errorLine(range)];
    if (metadata === null || data === null) return [withoutCache(segment, range, origin)];
    const isFlushing = segment.state !== undefined;
    const params = target.encodeParams({
      metadata,
      cache: data,
      origin,
      blockSize: segment.chunkSize,
      metadata2: true,
      mode: isFlushing ? "writethrough" : segment.mode,
      policy: isFlushing ? CLEANER : segment.policy,
      policyWords: isFlushing ? [] : wordsOf(segment.settings),
    });
    return [{ ...range, type: target.type, params }];
  },
  learn: () => [],
};

/** What is left of it can be read where the origin has all. */
function withoutCache(
  { dirty }: CacheSegment,
  range: Pick<TableLine, "start" | "length">,
  origin: string,
): TableLine {
  if (dirty) return errorLine(range);
  return { ...range, type: linear.type, params: linear.encodeParams({ device: origin, offset: 0 }) };
}

/** @throws DvmError UNSUPPORTED */
function refuseLayout(): never {
  throw new DvmError("UNSUPPORTED", "a cached LV keeps its size and layout: uncache it first");
}

/**
 * What it holds is let go once the origin has all of it. A cache that never ran in mode writeback may be away
 * for that; only where the kernel says that something is still to be written, that is waited for.
 */
function ending(segment: CacheSegment, next: Segment | undefined): Ending | undefined {
  const after = next?.type === cache.name ? (next as CacheSegment) : undefined;
  const staysCached = after && (after.dirty || !segment.dirty);
  if (!next || staysCached || segment.state === "lost") return undefined;
  return {
    device: "own",
    what: after ? "cannot be called clean" : "cannot go without its cache",
    doubt: segment.dirty ? doubtOfDirty : doubtOfClean,
    ...(!segment.dirty && { whenDown: "believed" as const }),
    flushes: ORIGIN,
  };
}

const readStatus = ({ status }: DmDevice): CacheStatus | undefined =>
  target.decodeStatus?.(status?.[0] ?? "");

function doubtOfDirty(live: DmDevice): string | undefined {
  const status = readStatus(live);
  if (status?.state !== "ok") return `the kernel says "${live.status?.[0] || "nothing"}" of it`;
  if (status.policy !== CLEANER || status.mode !== "writethrough") return "it is not being flushed";
  if (status.readOnly || status.needsCheck) return "its metadata cannot be written any more";
  return status.dirty === 0 ? undefined : stillDirty(status.dirty);
}

/** One that cannot be read holds nothing that the origin lacks. */
function doubtOfClean(live: DmDevice): string | undefined {
  const status = readStatus(live);
  return status?.state !== "ok" || status.dirty === 0 ? undefined : stillDirty(status.dirty);
}

const stillDirty = (chunks: number): string =>
  `${chunks} chunk${chunks === 1 ? " is" : "s are"} still to be written to the origin`;

const isCacheChunk = (size: Sectors): boolean =>
  size % LEAST_CHUNK === 0 && size >= LEAST_CHUNK && size <= MOST_CHUNK;

/** The smallest chunk of which the kernel can keep track well. @throws DvmError USAGE */
export function cacheChunk(data: Sectors, wanted?: Sectors): Sectors {
  if (wanted !== undefined) {
    if (isCacheChunk(wanted)) return wanted;
    throw new DvmError("USAGE", `--chunk-size ${formatSize(wanted)} is no multiple of 32k up to 1G`);
  }
  let chunk = USUAL_CHUNK;
  while (chunk < MOST_CHUNK && data / chunk > USUAL_CHUNKS) chunk *= 2;
  return chunk;
}

/** How much its metadata take. */
export function cacheMeta(data: Sectors, chunkSize: Sectors, extentSize: Sectors): Extents {
  const bytes = BYTES_OF_CHUNK * (Math.floor(data / chunkSize) + 1);
  return Math.ceil((META_BESIDE + roundUp(Math.ceil(bytes / sectorsToBytes(1)), 8)) / extentSize);
}
