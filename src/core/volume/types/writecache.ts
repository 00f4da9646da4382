/**
 * writecache: what is written to an LV goes to a faster device first, and to its origin later. The origin
 * lacks something until the kernel's status shows, with a table that only writes back, that nothing is left.
 */
import type { DmDevice, Segment, WritecacheSegment } from "../../../schema/index.ts";
import { DvmError } from "../../base/error.ts";
import { isPowerOfTwo } from "../../base/units.ts";
import { errorLine } from "../../dm/targets/error.ts";
import { writecache as target, writecacheOptions } from "../../dm/targets/writecache.ts";
import { encodeSettings, wrongSettings } from "./cache-settings.ts";
import type { Ending } from "./ending.ts";
import { extentsIn, type Part, rangeOf, type VolumeType } from "./type.ts";

const ORIGIN = "wcorig";
const STORE = "wcstore";
const LEAST_BLOCK = 512;
const MOST_BLOCK = 4096;
/** In which it sees that there is nothing yet: its superblock. */
const HEAD = 8;

export const writecacheSettings: ReadonlyMap<string, number> = new Map(
  writecacheOptions.map(({ word, most }) => [word, most]),
);

export const writecache: VolumeType<WritecacheSegment> = {
  name: "writecache",
  traits: [],

  runs: () => [],
  parts: ({ origin, store }): Part[] => [
    {
      layer: ORIGIN,
      segments: origin,
      holds: "content",
      accepts: "origin",
      what: "the origin",
      carries: true,
    },
    { layer: STORE, segments: store, holds: "content", accepts: "store", what: "the store", fresh: HEAD },
  ],
  width: () => 1,
  stripeSize: () => null,
  key: () => undefined,
  isVolatile: true,
  caches: {
    origin: ({ origin }) => origin,
    mayDiffer: () => true,
    state: ({ state }) => state,
    withState: ({ state: _, ...segment }, state) => (state === undefined ? segment : { ...segment, state }),
  },
  ending,

  check({ blockSize, length, origin, settings }, { whose, isAlone, refuse }) {
    if (!isAlone) refuse(`${whose} is cached, and has other segments`);
    if (!isWritecacheBlock(blockSize))
      refuse(`${whose}: block size ${blockSize} is no power of two from ${LEAST_BLOCK} to ${MOST_BLOCK}`);
    if (extentsIn(origin) !== length) refuse(`${whose} is not as long as its origin`);
    const wrong = wrongSettings(settings, writecacheSettings);
    if (wrong !== undefined) refuse(`${whose}: cache setting ${wrong}`);
  },
  encode({ blockSize, settings, state, origin, store }, inner) {
    return (
      `"blockSize":${blockSize},"settings":${encodeSettings(settings)},` +
      `${state === undefined ? "" : `"state":"${state}",`}` +
      `"origin":${inner(origin)},"store":${inner(store)}`
    );
  },

  creates: [],
  like: refuseLayout,
  grow: refuseLayout,
  cut: refuseLayout,

  table(segment, { extentSize, part }) {
    const range = rangeOf(segment, extentSize);
    const [origin, store] = [part(ORIGIN), part(STORE)];
    if (origin === null || store === null) return [errorLine(range)];
    const given = new Map(segment.settings.map(({ name, value }) => [name, value]));
    const options = Object.fromEntries(
      writecacheOptions.flatMap(({ name, word }) => (given.has(word) ? [[name, given.get(word)]] : [])),
    );
    const params = target.encodeParams({
      medium: "s",
      origin,
      cache: store,
      blockSize: segment.blockSize,
      ...(segment.state === undefined ? { options } : { cleaner: true }),
    });
    return [{ ...range, type: target.type, params }];
  },
  learn: () => [],
};

/** @throws DvmError UNSUPPORTED */
function refuseLayout(): never {
  throw new DvmError("UNSUPPORTED", "a cached LV keeps its size and layout: uncache it first");
}

function ending(segment: WritecacheSegment, next: Segment | undefined): Ending | undefined {
  if (!next || next.type === writecache.name || segment.state === "lost") return undefined;
  const isFlushing = segment.state === "flushing";
  return {
    device: "own",
    what: "cannot go without its cache",
    doubt: (live) => (isFlushing ? doubtOf(live) : "it is not being flushed"),
    flushes: ORIGIN,
  };
}

function doubtOf({ status }: DmDevice): string | undefined {
  const found = target.decodeStatus?.(status?.[0] ?? "");
  if (found?.error !== 0) return `the kernel says "${status?.[0] || "nothing"}" of it`;
  const left = found.blocks - found.free;
  if (left === 0 && found.writeback === 0) return undefined;
  return `${left} block${left === 1 ? " is" : "s are"} still to be written to the origin`;
}

const isWritecacheBlock = (bytes: number): boolean =>
  isPowerOfTwo(bytes) && bytes >= LEAST_BLOCK && bytes <= MOST_BLOCK;
