/**
 * What is known of the legs of LVs before anything is read from them: where they are, and what their metadata
 * says.
 */
import type { Vg } from "../../schema/index.ts";
import { alignedBuffer } from "../base/aligned.ts";
import { type DvmError, toDvmError } from "../base/error.ts";
import { inParallel } from "../base/in-parallel.ts";
import { type Bytes, PAGE, sectorsToBytes } from "../base/units.ts";
import type { LegEvidence } from "../dm/readable-legs.ts";
import type { BlockDevice, Disks } from "../port/block.ts";
import { isServed, type LegArray, type NumberedLeg, runsIn } from "../volume/model.ts";
import type { Proof } from "../volume/types/type.ts";
import { type Place, placeOf } from "./places.ts";

/** A leg whose metadata nobody has looked at. */
export interface UnreadLeg {
  readonly proof: Proof;
  /** What is known without that. */
  readonly known: LegEvidence;
  /** Where its metadata begins; undefined: there is nothing to be read. */
  readonly at: { readonly path: string; readonly offset: Bytes } | undefined;
}

/** An error IO or DEADLINE says that it cannot be read, CORRUPT that it holds something else. */
export type LegRead = LegEvidence | DvmError;

/** The legs of an array in the order of the metadata. */
export function unreadLegs(
  vg: Vg,
  { type, segment, legs }: LegArray,
  places: ReadonlyMap<string, Place>,
): readonly UnreadLeg[] {
  const proof = type.proof(segment);
  return legs.map((leg) => unreadLeg(vg, leg, proof, places));
}

function unreadLeg(
  vg: Vg,
  { state, image, meta }: NumberedLeg,
  proof: Proof,
  places: ReadonlyMap<string, Place>,
): UnreadLeg {
  const [run] = runsIn(meta);
  const place = run && placeOf(places, run);
  const isThere = state !== "stale" && isServed(image, (each) => placeOf(places, each) !== undefined);
  const rebuild = state === "rebuild";
  if (!isThere || !run || place?.path === undefined)
    return { proof, known: { present: false, rebuild, superblock: null }, at: undefined };
  const offset = sectorsToBytes(place.dataStart + run.start * vg.extentSize);
  return { proof, known: { present: true, rebuild, superblock: null }, at: { path: place.path, offset } };
}

const DEVICES_AT_ONCE = 16;
/** Of one device. */
const READS_AT_ONCE = 4;

/**
 * Reads what there is to be read of legs, of thousands of LVs perhaps: each device is opened once.
 * @param arrays the legs of each
 * @returns the same, read
 */
export async function readLegs(
  disks: Disks,
  arrays: readonly (readonly UnreadLeg[])[],
): Promise<readonly (readonly LegRead[])[]> {
  const byPath = new Map<string, UnreadLeg[]>();
  for (const leg of arrays.flat()) {
    if (!leg.at) continue;
    const others = byPath.get(leg.at.path);
    if (others) others.push(leg);
    else byPath.set(leg.at.path, [leg]);
  }
  const found = new Map<UnreadLeg, LegRead>();
  await inParallel([...byPath], DEVICES_AT_ONCE, ([path, legs]) => readDevice(disks, path, legs, found));
  return arrays.map((legs) => legs.map((leg) => found.get(leg) ?? leg.known));
}

/** Adds all of these legs, which are on one device, to those found. */
async function readDevice(
  disks: Disks,
  path: string,
  legs: readonly UnreadLeg[],
  found: Map<UnreadLeg, LegRead>,
): Promise<void> {
  try {
    const device = await disks.open(path, { write: false });
    try {
      const queue = legs.values();
      const buffers = Array.from({ length: Math.min(READS_AT_ONCE, legs.length) }, () => alignedBuffer(PAGE));
      await inParallel(buffers, READS_AT_ONCE, async (buffer) => {
        for (const leg of queue) found.set(leg, await readLeg(device, leg, buffer).catch(refusalOf));
      });
    } finally {
      await device.close();
    }
  } catch (thrown) {
    const refusal = refusalOf(thrown);
    for (const leg of legs) found.set(leg, refusal);
  }
}

async function readLeg(
  device: BlockDevice,
  { at, known, proof }: UnreadLeg,
  buffer: Buffer,
): Promise<LegEvidence> {
  if (!at) return known;
  await device.read(at.offset, buffer);
  return { ...known, superblock: proof.read(buffer, at.path) };
}

/** @throws what is thrown when it is a fault of this program */
function refusalOf(thrown: unknown): DvmError {
  const error = toDvmError(thrown);
  if (error.code === "BUG") throw thrown;
  return error;
}
