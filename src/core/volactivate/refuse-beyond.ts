import type { Discovery, Metadata } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";

/**
 * A PV gets no extents that its device has no room for: where a PV was made shorter, a region may lie there
 * now, and an earlier state that comes back knows nothing of it.
 * @throws DvmError INCOMPLETE, naming the device
 */
export function refuseBeyond(old: Metadata, next: Metadata, { devices }: Discovery): void {
  const before = new Map(old.pvs.map((pv) => [pv.id, pv]));
  const { extentSize, name } = next.vg;
  for (const pv of next.pvs) {
    const was = before.get(pv.id);
    if (was === pv || (was && was.extents >= pv.extents)) continue;
    const device = devices.find(({ id }) => id === pv.id);
    if (device && pv.extents * extentSize > device.dataLength)
      throw new DvmError(
        "INCOMPLETE",
        `PV ${pv.id} would have ${pv.extents} extents, more than ${device.path} has room for: ` +
          `dvm resize-pv ${name} ${device.path} makes room, if that is longer`,
      );
  }
}
