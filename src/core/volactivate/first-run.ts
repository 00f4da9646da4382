/**
 * Makes ready what a kernel would refuse: arrays that none has run and that lack a leg now, and legs that
 * were away when others were run for the first time.
 */
import type { Lv, Vg } from "../../schema/index.ts";
import { alignedBuffer } from "../base/aligned.ts";
import { DvmError } from "../base/error.ts";
import { PAGE } from "../base/units.ts";
import { BITMAP_AT, type FirstMetadata } from "../dm/raid-metadata.ts";
import { RAID_SUPERBLOCK_BYTES } from "../dm/raid-superblock.ts";
import type { LegEvidence } from "../dm/readable-legs.ts";
import type { BlockDevice, Disks } from "../port/block.ts";
import { arraysOf, type LegArray } from "../volume/model.ts";
import { rangeOf } from "../volume/types/type.ts";
import { missingPvs } from "./desire.ts";
import { type LegRead, readLegs, type UnreadLeg, unreadLegs } from "./evidence.ts";
import type { Place } from "./places.ts";

/**
 * @param lvs those that are to come up
 * @throws DvmError IO, DEADLINE, READ_ONLY, NOT_FOUND when metadata cannot be written
 */
export async function prepareFirstRun(
  disks: Disks,
  vg: Vg,
  lvs: readonly Lv[],
  places: ReadonlyMap<string, Place>,
): Promise<void> {
  const arrays = lvs.flatMap((lv) => {
    const isPartial = missingPvs(lv, places).length > 0;
    return arraysOf(lv).map((array) => ({ array, isPartial, unread: unreadLegs(vg, array, places) }));
  });
  if (arrays.length === 0) return;
  const read = await readLegs(
    disks,
    arrays.map(({ unread }) => unread),
  );
  for (const [index, { array, isPartial, unread }] of arrays.entries()) {
    const legs = read[index] ?? [];
    const first = firstOf(vg, array, legs, isPartial).map((bytes, leg) => ({ bytes, leg }));
    // Blank ones first: a leg that is not called failed any more has to tell by itself that it is behind.
    const isBlank = ({ leg }: { readonly leg: number }) => {
      const known = legs[leg];
      return known !== undefined && "superblock" in known && known.superblock === null;
    };
    for (const { bytes, leg } of [...first.filter(isBlank), ...first.filter((each) => !isBlank(each))])
      if (bytes) await writeFirst(disks, unread[leg], bytes);
  }
}

/** Nothing where a leg cannot be read: whether that has been run, only the kernel may find out. */
function firstOf(vg: Vg, { type, segment }: LegArray, legs: readonly LegRead[], isPartial: boolean) {
  const known = legs.flatMap((leg): LegEvidence[] => {
    if (leg instanceof DvmError) return [];
    // Of an LV that is not whole only what is current takes part.
    return isPartial && leg.rebuild ? [{ ...leg, present: false }] : [leg];
  });
  if (known.length < legs.length) return [];
  return type.proof(segment).first(known, rangeOf({ ...segment, start: 0 }, vg.extentSize));
}

/** The superblock comes last: it says that the bitmap is there. */
async function writeFirst(disks: Disks, leg: UnreadLeg | undefined, first: FirstMetadata): Promise<void> {
  if (!leg?.at) return;
  const { path, offset } = leg.at;
  const device = await disks.open(path, { write: true });
  try {
    const { bitmap, superblock } = first;
    if (bitmap) await writePage(device, offset + BITMAP_AT, () => bitmap);
    await writePage(device, offset, (page) => superblock(page.subarray(0, RAID_SUPERBLOCK_BYTES)));
  } finally {
    await device.close();
  }
}

/** At the beginning of a page, whose rest stays as it is. */
async function writePage(
  device: BlockDevice,
  offset: number,
  make: (page: Uint8Array) => Uint8Array,
): Promise<void> {
  const page = alignedBuffer(PAGE);
  await device.read(offset, page);
  page.set(make(page));
  await device.write(offset, page);
  await device.flush();
}
