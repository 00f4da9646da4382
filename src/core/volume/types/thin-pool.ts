/**
 * thin-pool: chunks that thin LVs get when they are first written, and the kernel's own record of which is
 * whose. That record has a transaction id, by which it and the metadata of the VG go forward together: thin
 * ids come and go with messages to the kernel, and the id says which messages it has had. The segment keeps
 * those of the last transaction, so that they can be sent again, or for the first time when the pool next
 * comes up. No transaction comes after one that the kernel is not known to have had.
 */
import type { Segment, ThinPoolSegment, ThinSegment } from "../../../schema/index.ts";
import { DvmError, toDvmError } from "../../base/error.ts";
import { type Extents, formatSize, roundUp, type Sectors, sectorsToBytes } from "../../base/units.ts";
import { errorLine } from "../../dm/targets/error.ts";
import { MAX_THIN_ID } from "../../dm/targets/thin-message.ts";
import { thinPool as target } from "../../dm/targets/thin-pool.ts";
import { decodeThinSuperblock } from "../../dm/thin-superblock.ts";
import type { Ending } from "./ending.ts";
import type { Room } from "./room.ts";
import { extentsIn, type Part, rangeOf, type VolumeType } from "./type.ts";

/** What becomes of discards, what is usual first. */
export const discardModes = ["passdown", "no-passdown", "ignore"] as const;
/** What becomes of writes that find no room, what is usual first. */
export const fullModes = ["queue", "error"] as const;

const DATA = "tdata";
const META = "tmeta";
const LEAST_CHUNK: Sectors = 128;
const MOST_CHUNK: Sectors = 2 ** 21;
const LEAST_META: Sectors = 2 ** 12;
/** The kernel uses no more, however large the device is. */
const MOST_META: Sectors = 255 * (2 ** 14 - 64) * 8;
/** Of a chunk, in the kernel's record, with room for snapshots. */
const BYTES_OF_CHUNK = 64;
/** Larger chunks are chosen before it gets larger than that. */
const USUAL_META: Sectors = 2 ** 18;

export const thinPool: VolumeType<ThinPoolSegment> = {
  name: "thin-pool",
  traits: ["pool"],

  runs: () => [],
  parts: ({ data, meta }): Part[] => [
    { layer: META, segments: meta, holds: "content", accepts: "store", what: "the metadata" },
    { layer: DATA, segments: data, holds: "content", accepts: "store", what: "the data" },
  ],
  width: () => 1,
  stripeSize: () => null,
  key: () => undefined,
  isVolatile: true,
  rooms: (segment): Room[] => [
    {
      name: "",
      what: "data",
      segments: segment.data,
      with: (data) => ({ ...segment, length: extentsIn(data), data }),
    },
    {
      name: "meta",
      what: "metadata",
      segments: segment.meta,
      most: (extentSize) => Math.ceil(MOST_META / extentSize),
      with: (meta) => ({ ...segment, meta }),
    },
  ],
  ending,
  wrongUsers,
  thins: ({ transactionId, create, delete: gone }) =>
    transactionId === 0 ? undefined : { transactionId, create, delete: gone },
  idsAre(segment, live) {
    const status = target.decodeStatus?.(live.status?.[0] ?? "");
    if (status?.state !== "ok" || status.transactionId === lastIdOf(segment)) return undefined;
    return isOnTheWay(segment, status.transactionId) ? "behind" : "others";
  },

  check(segment, { whose, isAlone, extentSize, refuse }) {
    const { chunkSize, length, data, meta, transactionId, nextId, create, delete: gone } = segment;
    if (!isAlone) refuse(`${whose} is a pool, and has other segments`);
    if (!isPoolChunk(chunkSize))
      refuse(
        `${whose}: chunk size ${chunkSize} is no multiple of ${LEAST_CHUNK} sectors up to ${MOST_CHUNK}`,
      );
    if (extentsIn(data) !== length) refuse(`${whose} is not as long as its data`);
    if (length * extentSize < chunkSize) refuse(`${whose} has no room for a chunk`);
    if (extentsIn(meta) * extentSize < LEAST_META)
      refuse(`the metadata of ${whose} is smaller than ${formatSize(LEAST_META)}`);
    const ids = [...create.map(({ id }) => id), ...gone];
    if (new Set(ids).size < ids.length) refuse(`${whose} has a thin id twice in one transaction`);
    const early = ids.find((id) => id >= nextId);
    if (early !== undefined) refuse(`${whose}: thin id ${early} is not below the next one, ${nextId}`);
    if (transactionId === 0 && ids.length > 0) refuse(`${whose} has thin ids of no transaction`);
  },
  encode(segment, inner) {
    const { chunkSize, transactionId, nextId, create, delete: gone, zero, discards, whenFull } = segment;
    const ids = create.map(({ id, origin }) =>
      origin === undefined ? `{"id":${id}}` : `{"id":${id},"origin":${origin}}`,
    );
    return (
      `"chunkSize":${chunkSize},"transactionId":${transactionId},"nextId":${nextId},` +
      `"create":[${ids.join(",")}],"delete":[${gone.join(",")}],"zero":${zero},` +
      `"discards":"${discards}","whenFull":"${whenFull}",` +
      `"data":${inner(segment.data)},"meta":${inner(segment.meta)}`
    );
  },

  creates: [],
  like: refuseLayout,
  grow: refuseLayout,
  cut: refuseLayout,

  table(segment, { extentSize, part }) {
    const range = rangeOf(segment, extentSize);
    const [metadata, data] = [part(META), part(DATA)];
    if (metadata === null || data === null) return [errorLine(range)];
    const { chunkSize, zero, discards, whenFull } = segment;
    const params = target.encodeParams({
      metadata,
      data,
      blockSize: chunkSize,
      lowWater: 0,
      ...(!zero && { skipBlockZeroing: true }),
      ...(discards === "ignore" && { ignoreDiscard: true }),
      ...(discards === "no-passdown" && { noDiscardPassdown: true }),
      ...(whenFull === "error" && { errorIfNoSpace: true }),
    });
    return [{ ...range, type: target.type, params }];
  },
  learn: () => [],
};

/** @throws DvmError UNSUPPORTED */
function refuseLayout(): never {
  throw new DvmError("UNSUPPORTED", "a pool keeps its layout, and never gets shorter");
}

const isOnTheWay = (segment: ThinPoolSegment, at: number): boolean =>
  at >= segment.transactionId - 1 && at < lastIdOf(segment);

/** The transaction id that the kernel's pool has when all is done. */
const lastIdOf = ({ transactionId, delete: gone }: ThinPoolSegment): number =>
  transactionId + (gone.length > 0 ? 1 : 0);

/**
 * Whoever changes what a pool has to be told has to know that it has been told all so far: by the status of
 * the live one, or by what it keeps on its disks. Nothing else is believed, so that a pool which is
 * elsewhere, or was changed by somebody else, never gets an id that it has used already.
 */
function ending(segment: ThinPoolSegment, next: Segment | undefined): Ending | undefined {
  const after = next as ThinPoolSegment | undefined;
  if (!after) return undefined;
  const isSame = JSON.stringify(messagesOf(segment)) === JSON.stringify(messagesOf(after));
  if (isSame) return undefined;
  const wrong = wrongNext(segment, after);
  return {
    device: "own",
    what: "cannot change its thin LVs now",
    doubt: ({ status }) => wrong ?? doubtOf(segment, status?.[0]),
    onDisk: {
      layer: META,
      doubt: (bytes, path, vg) =>
        wrong ?? doubtOnDisk(segment, bytes, path, `: run dvm activate ${vg} first`),
    },
  };
}

const messagesOf = ({ transactionId, nextId, create, delete: gone }: ThinPoolSegment): unknown[] => [
  transactionId,
  nextId,
  create,
  gone,
];

function wrongNext(segment: ThinPoolSegment, after: ThinPoolSegment): string | undefined {
  const expected = lastIdOf(segment) + 1;
  if (after.transactionId !== expected)
    return `its next transaction is ${expected}, and not ${after.transactionId}`;
  const used = after.create.find(({ id }) => id < segment.nextId);
  if (used) return `thin id ${used.id} would be used again`;
  return after.nextId < segment.nextId ? `its next thin id would become ${after.nextId} again` : undefined;
}

function doubtOf(segment: ThinPoolSegment, text = ""): string | undefined {
  const status = target.decodeStatus?.(text);
  if (status?.state !== "ok") return `the kernel says "${text || "nothing"}" of it`;
  return doubtOfState(segment, status.transactionId, status.needsCheck);
}

function doubtOnDisk(segment: ThinPoolSegment, bytes: Buffer, path: string, way: string): string | undefined {
  try {
    const found = decodeThinSuperblock(bytes, path);
    return doubtOfState(segment, found?.transactionId ?? 0, found?.needsCheck ?? false, way);
  } catch (thrown) {
    return toDvmError(thrown).message;
  }
}

/** @param way what brings one to it that is on the way */
function doubtOfState(
  segment: ThinPoolSegment,
  at: number,
  needsCheck: boolean,
  way = "",
): string | undefined {
  if (needsCheck) return "its metadata have to be checked by thin_check first";
  const last = lastIdOf(segment);
  if (at === last) return undefined;
  return isOnTheWay(segment, at)
    ? `it has not been told all of its last change (it is at transaction ${at}, and not at ${last})${way}`
    : `it is at transaction ${at}, and not at ${last}: it was changed without this VG, or is of another past`;
}

/** Every id is of one LV, and of those that are told to come or go the LV is there, or not. */
function wrongUsers({ nextId, create, delete: gone }: ThinPoolSegment, users: readonly Segment[]) {
  const ids = new Set<number>();
  for (const { deviceId } of users as ThinSegment[]) {
    if (ids.has(deviceId)) return `has thin id ${deviceId} for two LVs`;
    if (deviceId >= nextId) return `has an LV with thin id ${deviceId}, and ${nextId} comes next`;
    ids.add(deviceId);
  }
  const lost = create.find(({ id }) => !ids.has(id));
  if (lost) return `creates thin id ${lost.id}, which no LV has`;
  const used = gone.find((id) => ids.has(id));
  return used === undefined ? undefined : `deletes thin id ${used}, which an LV has`;
}

/**
 * The pool with its next transaction begun: what is told to it in one change of the metadata goes together.
 * @param was as it is committed; undefined: it is new
 */
function begun(pool: ThinPoolSegment, was: ThinPoolSegment | undefined): ThinPoolSegment {
  const last = was ? lastIdOf(was) : 0;
  return pool.transactionId > last ? pool : { ...pool, transactionId: last + 1, create: [], delete: [] };
}

/**
 * A new thin id of the pool.
 * @param origin whose content it begins with
 * @throws DvmError NO_SPACE when the kernel could not count further
 */
export function withNewThin(
  pool: ThinPoolSegment,
  was: ThinPoolSegment | undefined,
  origin?: number,
): { readonly id: number; readonly pool: ThinPoolSegment } {
  const { nextId: id, ...next } = begun(pool, was);
  if (id > MAX_THIN_ID)
    throw new DvmError("NO_SPACE", `the pool has had ${MAX_THIN_ID} thin LVs, and the kernel counts no more`);
  const create = [...next.create, { id, ...(origin !== undefined && { origin }) }];
  return { id, pool: { ...next, nextId: id + 1, create } };
}

/** The pool without an id. @throws DvmError IN_USE for one of which another begins in the same change */
export function withoutThin(
  pool: ThinPoolSegment,
  was: ThinPoolSegment | undefined,
  id: number,
): ThinPoolSegment {
  const next = begun(pool, was);
  const isNew = next.create.some((each) => each.id === id);
  if (!isNew) return { ...next, delete: [...next.delete, id] };
  if (next.create.some(({ origin }) => origin === id))
    throw new DvmError(
      "IN_USE",
      "it is made and snapshotted in the same change: remove it in one of its own",
    );
  return { ...next, create: next.create.filter((each) => each.id !== id) };
}

/** The segment of an LV that is one. */
export const poolIn = ([first]: readonly Segment[]): ThinPoolSegment | undefined =>
  first?.type === thinPool.name ? (first as ThinPoolSegment) : undefined;

export const isPoolChunk = (size: Sectors): boolean =>
  size % LEAST_CHUNK === 0 && size >= LEAST_CHUNK && size <= MOST_CHUNK;

const usualMeta = (data: Sectors, chunkSize: Sectors): Sectors =>
  Math.ceil((BYTES_OF_CHUNK * Math.ceil(data / chunkSize)) / sectorsToBytes(1));

/** The smallest chunk with which the metadata does not get large. */
export function usualChunk(data: Sectors): Sectors {
  let chunk = LEAST_CHUNK;
  while (chunk < MOST_CHUNK && usualMeta(data, chunk) > USUAL_META) chunk *= 2;
  return chunk;
}

/** How much metadata a pool gets: at least what is of use, at most what the kernel uses. */
export function metaFor(data: Sectors, chunkSize: Sectors, extentSize: Sectors, wanted?: Sectors): Extents {
  const size = wanted ?? usualMeta(data, chunkSize);
  return Math.ceil(roundUp(Math.min(Math.max(size, LEAST_META), MOST_META), 8) / extentSize);
}
