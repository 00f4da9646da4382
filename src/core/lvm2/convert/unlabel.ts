import type { Discovery } from "../../../schema/index.ts";
import { DvmError } from "../../base/error.ts";
import { SECTOR } from "../../base/units.ts";
import type { BlockDevice } from "../../port/block.ts";
import type { Sys } from "../../port/sys.ts";
import { plainId } from "../ids.ts";
import { decodeLabel } from "../label.ts";
import { LABEL, LABEL_MAGIC, LABEL_SECTORS } from "../layout.ts";
import { ownId } from "./own.ts";
import { newTextId } from "./text-ids.ts";
import { writeBlocks } from "./write-blocks.ts";
import { withDevice } from "./write-texts.ts";

/**
 * Takes LVM2's labels off the devices of a VG that has become dvm's. The first sector that goes is the one
 * that gives the VG to dvm: the device's that decides. A label that is gone already is no failure.
 * @param first id of that device
 * @throws DvmError STALE for a label of another PV than the device was made of; IO, DEADLINE
 */
export async function unlabelVg(sys: Sys, { vg, devices }: Discovery, first: string): Promise<void> {
  const ordered = [...devices].sort((a, b) => Number(b.id === first) - Number(a.id === first));
  for (const { path, id } of ordered)
    await withDevice(sys, path, (device) => unlabel(device, (plain) => isIts(vg.id, id, plain)));
}

/** It had the id before it was dvm's, or a release that was broken off has given it. */
const isIts = (vgId: string, id: string, plain: string): boolean =>
  ownId(vgId, plain) === id || plainId(newTextId(vgId, id)) === plain;

async function unlabel(device: BlockDevice, isKnown: (plain: string) => boolean): Promise<void> {
  const head = Buffer.alloc(LABEL_SECTORS * SECTOR);
  await device.read(0, head);
  for (let sector = 0; sector < LABEL_SECTORS; sector += 1) {
    const bytes = head.subarray(sector * SECTOR, (sector + 1) * SECTOR);
    if (bytes.toString("latin1", LABEL.magic, LABEL.magic + LABEL_MAGIC.length) !== LABEL_MAGIC) continue;
    const label = decodeLabel(bytes, sector, device.path);
    if (label && !isKnown(label.id))
      throw new DvmError(
        "STALE",
        `${device.path}: is PV ${label.id} of LVM2, and not the one that was adopted`,
      );
    await writeBlocks(device, sector * SECTOR, Buffer.alloc(SECTOR));
  }
}
