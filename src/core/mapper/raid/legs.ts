/** The legs of an array, opened as far as they are there, and what their superblocks prove. */
import { DvmError, toDvmError } from "../../base/error.ts";
import type { Bytes } from "../../base/units.ts";
import {
  decodeRaidSuperblock,
  RAID_SUPERBLOCK_BYTES,
  type RaidSuperblock,
} from "../../dm/raid-superblock.ts";
import { areSynced, type LegEvidence, readableLegs } from "../../dm/readable-legs.ts";
import type { Raid } from "../../dm/targets/raid.ts";
import { raidLevel } from "../../dm/targets/raid-words.ts";
import { insideOf } from "../inside-of.ts";
import type { Layer, Stack } from "../layer.ts";

export interface Leg extends LegEvidence {
  /** Its place in the table. */
  readonly index: number;
  /** undefined: it is not there. */
  readonly image?: Layer;
  readonly meta?: Layer;
}

export interface MappedLegs {
  /** In the order of the table. */
  readonly all: readonly Leg[];
  /** Places of those whose content is proven good. */
  readonly readable: readonly number[];
  /** What parity makes of the others may be taken for a leg's content. */
  readonly parityKnown: boolean;
}

/**
 * @param length of what each leg has of the content
 * @throws DvmError INCOMPLETE for writing when one of the table is not there; CORRUPT when no superblock can
 *   be believed; UNSUPPORTED when they tell of another layout than the table
 */
export async function openLegs(raid: Raid, length: Bytes, stack: Stack, where: string): Promise<MappedLegs> {
  const legs: (Leg & { readonly corrupt?: DvmError })[] = [];
  for (const index of raid.devices.keys()) legs.push(await openLeg(raid, index, length, stack, where));
  // A superblock that cannot be read might have told that the others are old, unless theirs tell themselves.
  const corrupt = legs.find((leg) => leg.corrupt)?.corrupt;
  const told = legs.flatMap(({ superblock }) => superblock ?? []);
  if (corrupt && told.length === 0) throw corrupt;
  return { all: legs, readable: readableLegs(legs), parityKnown: areSynced(legs) };
}

async function openLeg(raid: Raid, index: number, length: Bytes, stack: Stack, where: string) {
  const { metadata, data } = raid.devices[index] ?? { metadata: null, data: null };
  const rebuild = raid.rebuild?.includes(index) ?? false;
  if (data === null) return { index, present: false, rebuild, superblock: null };
  try {
    const image = await stack.open(data);
    insideOf(image, 0, length, where);
    if (stack.write && !image.complete)
      throw new DvmError(
        "INCOMPLETE",
        `${where}: leg ${index} (${image.path}) has parts that cannot be written`,
      );
    if (metadata === null) return { index, present: true, rebuild, superblock: null, image };
    const meta = await stack.open(metadata);
    return {
      index,
      present: true,
      rebuild,
      superblock: await readSuperblock(raid, meta, where),
      image,
      meta,
    };
  } catch (thrown) {
    const cause = toDvmError(thrown);
    if (!["INCOMPLETE", "IO", "DEADLINE", "CORRUPT"].includes(cause.code)) throw thrown;
    if (stack.write) throw cannotWrite(cause, index, where);
    stack.warn(`${where}: goes on without leg ${index}: ${cause.message}`);
    const corrupt = cause.code === "CORRUPT" ? { corrupt: cause } : {};
    return { index, present: false, rebuild, superblock: null, ...corrupt };
  }
}

const cannotWrite = (cause: DvmError, index: number, where: string): DvmError =>
  cause.code === "CORRUPT"
    ? cause
    : new DvmError(
        "INCOMPLETE",
        `${where}: leg ${index} cannot be written, so nothing is: ${cause.message}`,
        { cause },
      );

async function readSuperblock(raid: Raid, meta: Layer, where: string): Promise<RaidSuperblock | null> {
  insideOf(meta, 0, RAID_SUPERBLOCK_BYTES, where);
  const bytes = Buffer.alloc(RAID_SUPERBLOCK_BYTES);
  await meta.read(0, bytes);
  const superblock = decodeRaidSuperblock(bytes, `${where}: ${meta.path}`);
  if (!superblock) return null;
  const { level, dataOffset, stripeSize } = superblock;
  const isOther = level !== raidLevel(raid.type) || (level !== 1 && stripeSize !== raid.chunkSize);
  if (isOther || dataOffset !== 0n)
    throw new DvmError("UNSUPPORTED", `${where}: ${meta.path} tells of another layout than ${raid.type}`);
  return superblock;
}
