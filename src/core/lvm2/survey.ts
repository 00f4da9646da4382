import type { DiscoverList } from "../../schema/index.ts";
import { toDvmError } from "../base/error.ts";
import { inParallel } from "../base/in-parallel.ts";
import type { Bytes } from "../base/units.ts";
import type { Sys } from "../port/sys.ts";
import { type PvState, readPv } from "./read-pv.ts";

export type ListedPv = DiscoverList["devices"][number];

/** A device of LVM2, and what it says. */
export interface SurveyedPv extends PvState {
  readonly listed: ListedPv;
  /** Its logical block size. */
  readonly blockBytes: Bytes;
}

/** Devices read at once, as many as discover does. */
const AT_ONCE = 48;

/**
 * Reads all PVs that discover lists. What cannot be read is warned of, and left out.
 * @param devices as discover list takes them
 * @throws DvmError as discover list
 */
export async function surveyPvs(sys: Sys, devices: readonly string[]): Promise<readonly SurveyedPv[]> {
  const call = { applet: "discover", verb: "list", options: { devices } } as const;
  const listed = (await sys.toolbox.call(call)).devices.filter(({ foreign }) => foreign === "lvm2");
  const surveyed = await inParallel(listed, AT_ONCE, (each) => surveyOne(sys, each));
  return surveyed.flatMap((each) => each ?? []);
}

async function surveyOne(sys: Sys, listed: ListedPv): Promise<SurveyedPv | undefined> {
  try {
    const device = await sys.disks.open(listed.path, { write: false });
    try {
      return { listed, blockBytes: device.logicalBlockSize, ...(await readPv(device)) };
    } finally {
      await device.close();
    }
  } catch (thrown) {
    const error = toDvmError(thrown);
    if (error.code === "BUG") throw thrown;
    sys.terminal.warn(`not used: ${error.message}`);
    return undefined;
  }
}
