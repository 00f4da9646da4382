import { DvmError } from "../../base/error.ts";
import { type Bytes, roundDown, roundUp } from "../../base/units.ts";
import type { BlockDevice } from "../../port/block.ts";

/**
 * Writes bytes wherever they begin and end, with what stands around them in their blocks, makes them durable,
 * and reads them back.
 * @throws DvmError IO, too, when they do not read back as they were written; DEADLINE
 */
export async function writeBlocks(device: BlockDevice, offset: Bytes, bytes: Uint8Array): Promise<void> {
  const { logicalBlockSize: unit } = device;
  const begin = roundDown(offset, unit);
  const blocks = Buffer.alloc(roundUp(offset + bytes.length, unit) - begin);
  await device.read(begin, blocks);
  blocks.set(bytes, offset - begin);
  await device.write(begin, blocks);
  await device.flush();
  const found = Buffer.alloc(blocks.length);
  await device.read(begin, found);
  if (!found.equals(blocks))
    throw new DvmError("IO", `${device.path}: what was written at byte ${offset} does not read back`);
}
