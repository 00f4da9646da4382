import { DvmError, toDvmError } from "../base/error.ts";
import { sectorsToBytes } from "../base/units.ts";
import { type Copy, copies } from "./copies.ts";
import { insideOf } from "./inside-of.ts";
import type { Layer, Stack, TargetMapper } from "./layer.ts";
import { decodeRaidSuperblock, RAID_SUPERBLOCK_BYTES, type RaidSuperblock } from "./raid-superblock.ts";
import { type LegEvidence, readableLegs } from "./readable-legs.ts";
import { Words } from "./words.ts";

interface Leg extends LegEvidence {
  readonly copy?: Copy;
  readonly corrupt?: DvmError;
}

/**
 * `raid1 <words> <chunk> [options] <legs> [<meta> <image>]…`, `- -` for a leg that is away on purpose
 * (Documentation/admin-guide/device-mapper/dm-raid.rst). Writes go to every leg of the table or are refused;
 * reads go to a leg that the metadata devices prove to be good.
 */
export const raid: TargetMapper = async (line, stack, where) => {
  const table = decodeRaid(new Words(line.params, where));
  const length = sectorsToBytes(line.length);
  const legs: Leg[] = [];
  for (const [index, { meta, image }] of table.legs.entries()) {
    const rebuild = table.rebuild.has(index);
    legs.push(
      image === "-" && meta === "-"
        ? { present: false, rebuild, superblock: null }
        : await openLeg(stack, { index, meta, image, rebuild, length }, where),
    );
  }
  // A superblock that cannot be read might have told that the others are old, unless theirs tell themselves.
  const corrupt = legs.find((leg) => leg.corrupt)?.corrupt;
  if (corrupt && !legs.some(({ superblock }) => superblock)) throw corrupt;
  const readable = readableLegs(legs).flatMap((index) => legs[index]?.copy ?? []);
  if (readable.length === 0)
    throw new DvmError("INCOMPLETE", `${where}: no leg is there whose data are proven good`);
  const present = legs.flatMap(({ copy }) => copy ?? []);
  return copies({ copies: present, readable }, stack.warn, where);
};

interface RaidTable {
  readonly rebuild: ReadonlySet<number>;
  readonly legs: readonly { readonly meta: string; readonly image: string }[];
}

function decodeRaid(words: Words): RaidTable {
  const level = words.word("raid type");
  if (level !== "raid1") throw unsupported(words, `${level} cannot be mapped without a kernel`);
  const params = words.take(words.count("number of raid params"), "raid param");
  const rebuild = new Set(params.flatMap((word, at) => (params[at - 1] === "rebuild" ? [Number(word)] : [])));
  if (params.includes("delta_disks") || params.includes("data_offset"))
    throw unsupported(words, "a reshape cannot be mapped without a kernel");
  const count = words.count("number of legs");
  if (count === 0 || words.left !== 2 * count) throw words.refuse(`${count} legs need ${2 * count} devices`);
  const legs = Array.from({ length: count }, () => ({
    meta: words.word("meta"),
    image: words.word("image"),
  }));
  return { rebuild, legs };
}

const unsupported = (words: Words, reason: string) =>
  new DvmError("UNSUPPORTED", words.refuse(reason).message);

async function openLeg(
  stack: Stack,
  leg: { index: number; meta: string; image: string; rebuild: boolean; length: number },
  where: string,
): Promise<Leg> {
  const { index, rebuild } = leg;
  try {
    const below = await stack.open(leg.image);
    insideOf(below, 0, leg.length, where);
    if (stack.write && !below.complete)
      throw new DvmError(
        "INCOMPLETE",
        `${where}: leg ${index} (${below.path}) has parts that cannot be written`,
      );
    const superblock = leg.meta === "-" ? null : await readSuperblock(await stack.open(leg.meta), where);
    return { present: true, rebuild, superblock, copy: { index, below, start: 0 } };
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
