/**
 * A new text in all metadata areas of a VG, in LVM2's own order: the text itself, durable, before the header
 * that leads to it. The area that is to count alone gets its header before all others: until then all that
 * counts is as before, from then on it has the highest number.
 */
import { DvmError } from "../../base/error.ts";
import { bytesToSectors, formatSize, roundUp, SECTOR } from "../../base/units.ts";
import type { Sys } from "../../port/sys.ts";
import { encodeAreaHeader, type Slot } from "../area.ts";
import { checksum } from "../checksum.ts";
import type { ByteRange } from "../label.ts";
import { textPlace } from "./text-place.ts";
import { writeBlocks } from "./write-blocks.ts";

export interface AreaTarget extends ByteRange {
  /** Of the device. */
  readonly path: string;
  /** A text that has to stay until the new one counts. */
  readonly keeps: Slot | undefined;
  /** Whether it shall be passed over from then on. */
  readonly ignored: boolean;
}

interface Placed extends AreaTarget {
  readonly slot: Slot;
}

/** Where the text goes in each area. @throws DvmError TOO_LARGE, naming the area that has no room for it */
export function placeTexts(areas: readonly AreaTarget[], text: Buffer): readonly Placed[] {
  return areas.map((area) => {
    const place = textPlace({ start: area.offset, size: area.size }, text.length, area.keeps);
    if (place === undefined)
      throw new DvmError(
        "TOO_LARGE",
        `${area.path}: its metadata area has no ${formatSize(bytesToSectors(text.length + SECTOR))} clear ` +
          "of " +
          "dvm's labels for the VG's text: with fewer LVs, or fewer segments of them, it is shorter",
      );
    return { ...area, slot: { offset: place, size: text.length, crc: checksum(text) } };
  });
}

/** Writes the texts alone: nothing leads to them yet. */
export async function writeTexts(sys: Sys, areas: readonly Placed[], text: Buffer): Promise<void> {
  const padded = Buffer.alloc(roundUp(text.length, SECTOR));
  text.copy(padded);
  for (const { path, offset, slot } of areas)
    await withDevice(sys, path, (device) => writeBlocks(device, offset + slot.offset, padded));
}

/** Writes the headers, those of areas that count before the others. */
export async function writeHeaders(sys: Sys, areas: readonly Placed[]): Promise<void> {
  const ordered = [...areas].sort((a, b) => Number(a.ignored) - Number(b.ignored));
  for (const area of ordered)
    await withDevice(sys, area.path, (device) => writeBlocks(device, area.offset, headerOf(area)));
}

export const headerOf = ({ offset: start, size, ignored, slot: committed }: Placed): Buffer =>
  encodeAreaHeader({ start, size, ignored, committed });

/** Opens a device for changes while `use` runs. LVs on it may be live, so it is not for one alone. */
export async function withDevice<T>(
  sys: Sys,
  path: string,
  use: (device: Awaited<ReturnType<Sys["disks"]["open"]>>) => Promise<T>,
): Promise<T> {
  const device = await sys.disks.open(path, { write: true });
  try {
    return await use(device);
  } finally {
    await device.close();
  }
}
