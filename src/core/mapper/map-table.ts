import type { TableLine } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import { DvmError } from "../base/error.ts";
import { type Bytes, SECTOR, sectorsToBytes } from "../base/units.ts";
import { allSettled } from "./all-settled.ts";
import type { KnownRun, Layer, MappedTarget } from "./layer.ts";

interface Placed {
  readonly target: MappedTarget;
  /** Of the device, in bytes. */
  readonly begin: Bytes;
  readonly end: Bytes;
}

/** A part of a request that lies in one target: [begin, end) of the request's bytes. */
interface Piece {
  readonly target: MappedTarget;
  readonly at: Bytes;
  readonly begin: Bytes;
  readonly end: Bytes;
}

/**
 * The targets of a table as one device: requests are split where targets meet.
 * @throws DvmError BAD_INPUT for a table that is empty or has holes
 */
export function mapTable(name: string, table: readonly TableLine[], targets: readonly MappedTarget[]): Layer {
  const placed: Placed[] = [];
  let size: Bytes = 0;
  for (const [index, target] of targets.entries()) {
    const { start = -1, length = 0 } = table[index] ?? {};
    if (sectorsToBytes(start) !== size || length === 0)
      throw new DvmError(
        "BAD_INPUT",
        `${name}, target ${index}: does not begin where the one before it ends`,
      );
    placed.push({ target, begin: size, end: size + sectorsToBytes(length) });
    size += sectorsToBytes(length);
  }
  if (placed.length === 0) throw new DvmError("BAD_INPUT", `dm device ${name} has an empty table`);

  const each = async (offset: Bytes, length: Bytes, act: (piece: Piece) => Promise<void>): Promise<void> => {
    if (offset % SECTOR !== 0 || length % SECTOR !== 0 || offset < 0 || offset + length > size)
      throw new DvmError(
        "IO",
        `${name}: ${length} bytes at ${offset} are not whole sectors of its ${size} bytes`,
      );
    await allSettled(split(placed, offset, length).map(act));
  };
  return {
    path: name,
    size,
    logicalBlockSize: Math.max(...targets.map((target) => target.logicalBlockSize)),
    complete: targets.every(({ complete }) => complete),
    read: (offset, buffer) =>
      each(offset, buffer.length, ({ target, at, begin, end }) =>
        target.read(at, buffer.subarray(begin, end)),
      ),
    write: (offset, buffer) =>
      each(offset, buffer.length, ({ target, at, begin, end }) =>
        target.write(at, buffer.subarray(begin, end)),
      ),
    discard: (offset, length) =>
      each(offset, length, ({ target, at, begin, end }) => target.discard(at, end - begin)),
    ...(targets.some(({ runAt }) => runAt) && {
      runAt: (offset: Bytes, length: Bytes) => runOf(placed, offset, length),
    }),
  };
}

/** That of the target where it begins: the next one is asked by the next call. */
async function runOf(placed: readonly Placed[], offset: Bytes, length: Bytes): Promise<KnownRun> {
  const { target, begin, end } = defined(placed[firstEndingAfter(placed, offset)], "the target of an offset");
  const inside = Math.min(length, end - offset);
  return (await target.runAt?.(offset - begin, inside)) ?? { length: inside, isHole: false };
}

function split(placed: readonly Placed[], offset: Bytes, length: Bytes): Piece[] {
  const pieces: Piece[] = [];
  for (let index = firstEndingAfter(placed, offset); index < placed.length; index += 1) {
    const { target, begin, end } = placed[index] as Placed;
    if (begin >= offset + length) break;
    const from = Math.max(begin, offset);
    pieces.push({
      target,
      at: from - begin,
      begin: from - offset,
      end: Math.min(end, offset + length) - offset,
    });
  }
  return pieces;
}

/** By halving: an LV may have a hundred thousand segments. */
function firstEndingAfter(placed: readonly Placed[], offset: Bytes): number {
  let [low, high] = [0, placed.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((placed[middle] as Placed).end > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}
