import type { DmState, Vg } from "../../schema/index.ts";
import { type DvmError, toDvmError } from "../base/error.ts";
import { foreignUuid } from "../dm/uuid.ts";
import type { Sys } from "../port/sys.ts";
import { scopesOfVg } from "../volume/identity.ts";

export interface DmView {
  readonly state: DmState;
  /** Why device-mapper cannot be used, when nothing of the VG is live anyway. */
  readonly unusable?: DvmError;
}

/**
 * All dm devices as they are. Where device-mapper cannot be asked, sysfs tells whether anything of the VG is
 * live.
 * @throws DvmError KERNEL when something of the VG is live, and device-mapper cannot be asked about it
 */
export async function lookAtDm({ toolbox, scanner }: Sys, vg: Vg): Promise<DmView> {
  try {
    const call = { applet: "dmexec", verb: "state", options: { all: true } } as const;
    return { state: await toolbox.call(call) };
  } catch (thrown) {
    const failure = toDvmError(thrown);
    if (failure.code !== "KERNEL") throw failure;
    const devices = await scanner.scan([]);
    const scopes = [...scopesOfVg(vg), ...(vg.adopted === undefined ? [] : [foreignUuid(vg.adopted)])];
    if (devices.some(({ dmUuid }) => scopes.some((scope) => dmUuid?.startsWith(scope)))) throw failure;
    return { state: { devices: [] }, unusable: failure };
  }
}

/** dm devices by major:minor. */
export const namesOf = ({ devices }: DmState): ReadonlyMap<string, string> =>
  new Map(devices.flatMap(({ dev, name }) => (dev === undefined ? [] : [[dev, name]])));
