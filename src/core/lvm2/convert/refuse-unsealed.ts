import { DvmError } from "../../base/error.ts";
import type { Sys } from "../../port/sys.ts";
import { type AreaState, readPv } from "../read-pv.ts";
import { isClear } from "./text-place.ts";

/**
 * Before a region goes to where LVM2 has its ring of texts: none that LVM2 goes by may stand there.
 * @throws DvmError SIGNATURE for a PV that is not sealed, or cannot be read; IO, DEADLINE
 */
export async function refuseUnsealed({ disks }: Pick<Sys, "disks">, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const device = await disks.open(path, { write: false });
    try {
      const { areas, problem } = await readPv(device);
      if (problem) throw problem;
      const area = areas.find((each) => !isPassedOver(each));
      if (area)
        throw new DvmError(
          "SIGNATURE",
          `${path}: LVM2's metadata stand where a region would: run dvm lvm2 seal ` +
            `${area.vg?.name ?? "with its VG"} first`,
          { details: { path } },
        );
    } finally {
      await device.close();
    }
  }
}

/** LVM2 would miss nothing of it. */
const isPassedOver = ({ header, problem }: AreaState): boolean =>
  header !== undefined &&
  (header.ignored ||
    (problem === undefined &&
      [header.committed, header.precommitted].every((slot) => slot === undefined || isClear(header, slot))));
