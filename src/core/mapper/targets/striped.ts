import { sectorsToBytes } from "../../base/units.ts";
import { striped as stripedTarget } from "../../dm/targets/striped.ts";
import { allSettled } from "../all-settled.ts";
import { decode } from "../decode.ts";
import { insideOf } from "../inside-of.ts";
import type { Layer, TargetMapper } from "../layer.ts";

interface Stripe {
  readonly below: Layer;
  /** In bytes. */
  readonly start: number;
}

/** A part of a request that lies in one chunk. All in bytes. */
interface Piece {
  readonly stripe: Stripe;
  /** On the stripe's device. */
  readonly at: number;
  /** In the request. */
  readonly begin: number;
  readonly end: number;
}

/**
 * `<stripes> <chunk> [<device> <start>]…`: chunk n lies on stripe n mod stripes
 * (Documentation/admin-guide/device-mapper/striped.rst).
 */
export const striped: TargetMapper = async (line, stack, where) => {
  const table = decode(stripedTarget, line, where);
  const chunk = sectorsToBytes(table.chunkSize);
  const count = table.stripes.length;
  const stripes: Stripe[] = [];
  for (const { device, offset } of table.stripes) {
    const below = await stack.open(device);
    const start = sectorsToBytes(offset);
    insideOf(below, start, sectorsToBytes(line.length) / count, where);
    stripes.push({ below, start });
  }

  const split = (offset: number, size: number): Piece[] => {
    const pieces: Piece[] = [];
    for (let begin = 0; begin < size; ) {
      const inside = (offset + begin) % chunk;
      const chunkNr = (offset + begin - inside) / chunk;
      const end = Math.min(size, begin + chunk - inside);
      const stripe = stripes[chunkNr % count] as Stripe;
      pieces.push({ stripe, at: stripe.start + Math.floor(chunkNr / count) * chunk + inside, begin, end });
      begin = end;
    }
    return pieces;
  };
  const each = async (offset: number, size: number, act: (piece: Piece) => Promise<void>) =>
    void (await allSettled(split(offset, size).map(act)));

  return {
    complete: stripes.every(({ below }) => below.complete),
    logicalBlockSize: Math.max(...stripes.map(({ below }) => below.logicalBlockSize)),
    read: (offset, buffer) =>
      each(offset, buffer.length, (piece) => piece.stripe.below.read(piece.at, slice(buffer, piece))),
    write: (offset, buffer) =>
      each(offset, buffer.length, (piece) => piece.stripe.below.write(piece.at, slice(buffer, piece))),
    discard: (offset, size) =>
      each(offset, size, ({ stripe, at, begin, end }) => stripe.below.discard(at, end - begin)),
  };
};

const slice = (buffer: Uint8Array, { begin, end }: Piece): Uint8Array => buffer.subarray(begin, end);
