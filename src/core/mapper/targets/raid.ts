import { DvmError } from "../../base/error.ts";
import { sectorsToBytes } from "../../base/units.ts";
import { hasParity } from "../../dm/targets/raid/parity-layout.ts";
import { dataLegs, suffices } from "../../dm/targets/raid/redundancy.ts";
import { memberLength, type Raid, raid as raidTarget, redundancyOf } from "../../dm/targets/raid.ts";
import { copies } from "../copies.ts";
import { decode } from "../decode.ts";
import type { MappedTarget, Stack, TargetMapper } from "../layer.ts";
import { chunkedCopies } from "../raid/chunked-copies.ts";
import { type MappedLegs, openLegs } from "../raid/legs.ts";
import { parityTarget } from "../raid/parity-rows.ts";
import { unsyncedMark } from "../unsynced-mark.ts";

/**
 * `<type> <words> <chunk> [options] <legs> [<meta> <image>]…`, `- -` for a leg that is away on purpose
 * (Documentation/admin-guide/device-mapper/dm-raid.rst). Reads go by what the metadata devices prove to be
 * good; writes go to every leg of the table or are refused, while the superblocks say that copies may differ,
 * or parity be wrong.
 */
export const raid: TargetMapper = async (line, stack, where) => {
  const table = decode(raidTarget, line, where);
  const { options = {}, type } = table;
  if (options.delta_disks !== undefined || options.data_offset !== undefined || table.journal)
    throw new DvmError("UNSUPPORTED", `${where}: a reshape or a journal cannot be mapped without a kernel`);
  const legs = await openLegs(table, sectorsToBytes(memberLength(table, line)), stack, where);
  const { readable, parityKnown } = legs;
  const isThere = (leg: number) => readable.includes(leg);
  if (!suffices(redundancyOf(table), isThere))
    throw new DvmError("INCOMPLETE", `${where}: ${tooFew(table, readable.length)}`);
  if (hasParity(type) && readable.length < table.devices.length) {
    if (stack.write)
      throw new DvmError("INCOMPLETE", `${where}: not every leg is proven good, so nothing is written`);
    if (!parityKnown)
      throw new DvmError(
        "INCOMPLETE",
        `${where}: a leg is missing, and the parity of the others is not known to have been computed`,
      );
  }
  const target = mapped(table, line.length, legs, stack, where);
  if (!stack.write || type === "raid0") return target;
  const marked = legs.all.flatMap(({ meta, superblock }) =>
    meta && superblock ? [{ meta, superblock }] : [],
  );
  const whileMarked = unsyncedMark(marked, stack, where);
  return {
    ...target,
    write: (offset, buffer) => whileMarked(() => target.write(offset, buffer)),
    discard: (offset, length) => whileMarked(() => target.discard(offset, length)),
  };
};

const tooFew = ({ type, devices }: Raid, readable: number): string =>
  type === "raid1"
    ? "no leg is there whose data are proven good"
    : `of its ${devices.length} legs ${readable} are there whose data are proven good, too few for ${type}`;

function mapped(raid: Raid, length: number, legs: MappedLegs, stack: Stack, where: string): MappedTarget {
  const { type, chunkSize, devices, options, raid10Format: format = "near" } = raid;
  const data = dataLegs(redundancyOf(raid));
  if (hasParity(type)) return parityTarget(legs, { type, chunkSize, data }, stack, where);
  if (type === "raid1") {
    const copyOf = (index: number) => {
      const below = legs.all[index]?.image;
      return below ? [{ index, below, start: 0 }] : [];
    };
    const there = legs.all.flatMap(({ index }) => copyOf(index));
    return copies({ copies: there, readable: legs.readable.flatMap(copyOf) }, stack.warn, where);
  }
  const count = type === "raid0" ? 1 : (options?.raid10_copies ?? 2);
  const rows = memberLength(raid, { start: 0, length }) / chunkSize;
  return chunkedCopies(legs, { legs: devices.length, copies: count, format, rows, chunkSize }, stack, where);
}
