import { type Bytes, roundDown, roundUp } from "../base/units.ts";
import type { BlockDevice } from "../port/block.ts";
import { type Signature, signatures } from "./signatures.ts";

/** A signature that stands on the device. */
export interface Found {
  readonly name: string;
  /** Of the magic, in bytes. */
  readonly offset: Bytes;
  readonly length: Bytes;
}

/** Small gaps are cheaper read than skipped. */
const GAP = 64 * 1024;
/** No device is read in units below this, whatever its block size. */
const UNIT = 4096;

/**
 * Looks for every signature that is known.
 * @param until only those that stand before this byte
 * @throws DvmError IO, DEADLINE: what cannot be read cannot be cleared
 */
export async function probeSignatures(
  device: BlockDevice,
  { table = signatures, until = device.size }: { table?: readonly Signature[]; until?: Bytes } = {},
): Promise<Found[]> {
  const places = placesOf(table, device.size, Math.min(until, device.size));
  const found: Found[] = [];
  let window = { begin: 0, end: 0 };
  let bytes = Buffer.alloc(0);
  for (const [index, { name, magic, offset }] of places.entries()) {
    if (offset + magic.length > window.end) {
      window = windowFrom(places.slice(index), device);
      bytes = Buffer.alloc(window.end - window.begin);
      await device.read(window.begin, bytes);
    }
    const at = offset - window.begin;
    if (bytes.subarray(at, at + magic.length).equals(magic))
      found.push({ name, offset, length: magic.length });
  }
  return found;
}

/** The signatures that begin and end in the first bytes of a device of `size` bytes. */
export function signaturesIn(head: Buffer, size: Bytes): Found[] {
  return placesOf(signatures, size, Math.min(head.length, size))
    .filter(({ magic, offset }) => head.subarray(offset, offset + magic.length).equals(magic))
    .map(({ name, magic, offset }) => ({ name, offset, length: magic.length }));
}

interface Place {
  readonly name: string;
  readonly magic: Buffer;
  readonly offset: Bytes;
}

/** Devices of one size have their signatures in the same places, and there are hundreds of those. */
let known: { table: readonly Signature[]; size: Bytes; until: Bytes; places: readonly Place[] } | undefined;

function placesOf(table: readonly Signature[], size: Bytes, until: Bytes): readonly Place[] {
  if (known?.table !== table || known.size !== size || known.until !== until) {
    const places = table.flatMap(({ name, magic, at }) =>
      at(size)
        .filter((offset) => offset >= 0 && offset + magic.length <= until)
        .map((offset) => ({ name, magic, offset })),
    );
    known = { table, size, until, places: places.sort((a, b) => a.offset - b.offset) };
  }
  return known.places;
}

/** The stretch that covers the first place and all that follow without a large gap. */
function windowFrom(places: readonly Place[], device: BlockDevice): { begin: Bytes; end: Bytes } {
  const begin = roundDown(places[0]?.offset ?? 0, UNIT);
  let end = begin;
  for (const { offset, magic } of places) {
    if (offset > end + GAP && end > begin) break;
    end = Math.max(end, roundUp(offset + magic.length, UNIT));
  }
  return { begin, end: Math.min(end, roundDown(device.size, 512)) };
}
