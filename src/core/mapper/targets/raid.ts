import { DvmError, toDvmError } from "../../base/error.ts";
import { sectorsToBytes } from "../../base/units.ts";
import {
  decodeRaidSuperblock,
  RAID_SUPERBLOCK_BYTES,
  type RaidSuperblock,
} from "../../dm/raid-superblock.ts";
import { type LegEvidence, readableLegs } from "../../dm/readable-legs.ts";
import { raid as raidTarget } from "../../dm/targets/raid.ts";
import { type Copy, copies } from "../copies.ts";
import { decode } from "../decode.ts";
import { insideOf } from "../inside-of.ts";
import type { Layer, Stack, TargetMapper } from "../layer.ts";
import { unsyncedMark } from "../unsynced-mark.ts";

interface Leg extends LegEvidence {
  readonly copy?: Copy;
  readonly meta?: Layer;
  readonly corrupt?: DvmError;
}

/**
 * `raid1 <words> <chunk> [options] <legs> [<meta> <image>]…`, `- -` for a leg that is away on purpose
 * (Documentation/admin-guide/device-mapper/dm-raid.rst). Writes go to every leg of the table or are refused, while
 * the superblocks say that legs may differ; reads go to a leg that the metadata devices prove to be good.
 */
export const raid: TargetMapper = async (line, stack, where) => {
  const { type, devices, rebuild = [], options = {} } = decode(raidTarget, line, where);
  if (type !== "raid1" || options.delta_disks !== undefined || options.data_offset !== undefined)
    throw new DvmError("UNSUPPORTED", `${where}: ${type} or a reshape cannot be mapped without a kernel`);
  const length = sectorsToBytes(line.length);
  const legs: Leg[] = [];
  for (const [index, { metadata, data }] of devices.entries()) {
    const isRebuilt = rebuild.includes(index);
    legs.push(
      data === null
        ? { present: false, rebuild: isRebuilt, superblock: null }
        : await openLeg(stack, { index, metadata, data, rebuild: isRebuilt, length }, where),
    );
  }
  // A superblock that cannot be read might have told that the others are old, unless theirs tell themselves.
  const corrupt = legs.find((leg) => leg.corrupt)?.corrupt;
  if (corrupt && !legs.some(({ superblock }) => superblock)) throw corrupt;
  const readable = readableLegs(legs).flatMap((index) => legs[index]?.copy ?? []);
  if (readable.length === 0)
    throw new DvmError("INCOMPLETE", `${where}: no leg is there whose data are proven good`);
  const present = legs.flatMap(({ copy }) => copy ?? []);
  const target = copies({ copies: present, readable }, stack.warn, where);
  if (!stack.write) return target;
  const marked = legs.flatMap(({ meta, superblock }) => (meta && superblock ? [{ meta, superblock }] : []));
  const whileMarked = unsyncedMark(marked, stack, where);
  return {
    ...target,
    write: (offset, buffer) => whileMarked(() => target.write(offset, buffer)),
    discard: (offset, length) => whileMarked(() => target.discard(offset, length)),
  };
};

async function openLeg(
  stack: Stack,
  leg: { index: number; metadata: string | null; data: string; rebuild: boolean; length: number },
  where: string,
): Promise<Leg> {
  const { index, rebuild } = leg;
  try {
    const below = await stack.open(leg.data);
    insideOf(below, 0, leg.length, where);
    if (stack.write && !below.complete)
      throw new DvmError(
        "INCOMPLETE",
        `${where}: leg ${index} (${below.path}) has parts that cannot be written`,
      );
    const copy = { index, below, start: 0 };
    if (leg.metadata === null) return { present: true, rebuild, superblock: null, copy };
    const meta = await stack.open(leg.metadata);
    return { present: true, rebuild, superblock: await readSuperblock(meta, where), copy, meta };
  } catch (thrown) {
    const cause = toDvmError(thrown);
    if (!["INCOMPLETE", "IO", "DEADLINE", "CORRUPT"].includes(cause.code)) throw thrown;
    if (stack.write) throw cannotWrite(cause, index, where);
    stack.warn(`${where}: goes on without leg ${index}: ${cause.message}`);
    return {
      present: false,
      rebuild,
      superblock: null,
      ...(cause.code === "CORRUPT" ? { corrupt: cause } : {}),
    };
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

async function readSuperblock(meta: Layer, where: string): Promise<RaidSuperblock | null> {
  insideOf(meta, 0, RAID_SUPERBLOCK_BYTES, where);
  const bytes = Buffer.alloc(RAID_SUPERBLOCK_BYTES);
  await meta.read(0, bytes);
  const superblock = decodeRaidSuperblock(bytes, `${where}: ${meta.path}`);
  if (superblock && (superblock.level !== 1 || superblock.dataOffset !== 0n))
    throw new DvmError("UNSUPPORTED", `${where}: ${meta.path} tells of another layout than raid1`);
  return superblock;
}
