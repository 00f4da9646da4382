import type { Discovery, DmDevice } from "../../schema/index.ts";
import { toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";

/**
 * What is written beside LVs that are live may be done under nobody else's feet.
 * @param live devices that may stand on the VG's disks
 * @throws DvmError IN_USE for a disk that something else holds
 */
export async function refuseHeld(
  { disks, scanner }: Sys,
  { devices }: Pick<Discovery, "devices">,
  live: readonly DmDevice[],
): Promise<void> {
  const known = new Set(live.map(({ uuid }) => uuid));
  for (const { path } of devices) {
    const failure = await disks.open(path, { write: false, exclusive: true }).then(
      (device) => device.close(),
      (thrown: unknown) => toDvmError(thrown),
    );
    if (failure === undefined) continue;
    const [found] = failure.code === "IN_USE" ? await scanner.look([path]) : [];
    const isIts =
      found !== undefined &&
      found.mountedOn === undefined &&
      found.holders.length > 0 &&
      found.holders.every(({ dmUuid }) => dmUuid !== undefined && known.has(dmUuid));
    if (!isIts) throw failure;
  }
}
