import type { DmState, Vg } from "../../schema/index.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import { someNames } from "../base/some-names.ts";
import { lvUsers } from "../port/lv-locks.ts";
import type { Sys } from "../port/sys.ts";
import { scopeOfVg } from "../volume/identity.ts";

/**
 * What a kernel, or the simulator, has live would go on writing, and a server, say, would go on reading.
 * @param vg its metadata's, of LVM2 too
 * @throws DvmError IN_USE
 */
export async function refuseLive(sys: Sys, vg: Pick<Vg, "id" | "name" | "foreign">): Promise<void> {
  const call = { applet: "dmexec", verb: "state", options: { all: vg.foreign !== undefined } } as const;
  const state = (await sys.toolbox.call(call).catch((thrown: unknown) => {
    // Where there is no device-mapper none of its devices is live.
    if (toDvmError(thrown).code === "KERNEL") return { devices: [] };
    throw thrown;
  })) as Pick<DmState, "devices">;
  const scope = scopeOfVg(vg);
  const names = state.devices.filter(({ uuid }) => uuid?.startsWith(scope)).map(({ name }) => name);
  if (names.length > 0)
    throw new DvmError(
      "IN_USE",
      `VG ${vg.name} is live as ${someNames(names)}: run dvm deactivate ${vg.name}`,
    );
  const [user] = await lvUsers(sys.locks, vg.id);
  if (user) throw new DvmError("IN_USE", `LVs of VG ${vg.name} are in use without a kernel by ${user.by}`);
}
