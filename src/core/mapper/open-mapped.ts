import type { DmState } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import type { BlockDevice, Disks } from "../port/block.ts";
import type { Layer } from "./layer.ts";
import { Leaves } from "./leaves.ts";
import { Mapping } from "./mapping.ts";

export interface MapOptions {
  readonly write: boolean;
  /** Told what people should know while the work goes on, for instance that a leg is missing. */
  readonly warn?: (message: string) => void;
}

/** A device of which may be known where it has holes. */
export type MappedDevice = BlockDevice & Pick<Layer, "runAt">;

/**
 * Opens a dm device of a state as a block device, mapping its I/O onto the leaf devices in user space. When
 * it is written, nothing of it may be live in a kernel at the same time: who calls makes sure of that.
 * @param state every device below `name`; also every snapshot of an origin, since a write to the origin
 *   copies to those snapshots first that it finds here
 * @throws DvmError NOT_FOUND when there is no such device; INCOMPLETE when leaves are missing that it cannot
 *   do without (for writing: any); BAD_INPUT for a table that a kernel would refuse; UNSUPPORTED for a target
 *   that only a kernel can map; READ_ONLY; CORRUPT when metadata of a target is damaged
 */
export async function openMapped(
  state: DmState,
  name: string,
  disks: Disks,
  { write, warn = () => {} }: MapOptions,
): Promise<MappedDevice> {
  const top = state.devices.find((device) => device.name === name);
  if (!top) throw new DvmError("NOT_FOUND", `there is no dm device ${name} in the state`);
  if (write && top.readOnly) throw new DvmError("READ_ONLY", `${name} is read-only`);
  const leaves = new Leaves(disks, write);
  const endings: (() => Promise<void>)[] = [];
  const atEnd = (act: () => Promise<void>) => void endings.push(act);
  const close = async () => {
    try {
      for (const act of endings.splice(0)) await act();
    } finally {
      await leaves.close();
    }
  };
  try {
    const layer = await new Mapping(state, leaves, { write, warn, atEnd }).device(name);
    return { ...layer, flush: () => leaves.flush(), close };
  } catch (thrown) {
    await leaves.close().catch(() => {});
    throw thrown;
  }
}
