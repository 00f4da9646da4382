import type { Discovery, DmDevice, DmState, Metadata } from "../../schema/index.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import { someNames } from "../base/some-names.ts";
import { uuidScope } from "../dm/uuid.ts";
import { lvUsers } from "../port/lv-locks.ts";
import type { Sys } from "../port/sys.ts";
import { asLive } from "../volume/as-live.ts";
import { isLvm2s, scopesOfVg } from "../volume/identity.ts";

/**
 * What a kernel, or the simulator, has live would go on writing, and a server, say, would go on reading.
 * @param metadata undefined where nobody can read it
 * @throws DvmError IN_USE
 */
export async function refuseLive(sys: Sys, discovery: Discovery, metadata?: Metadata): Promise<void> {
  const devices = await liveDevices(sys, discovery, metadata);
  if (devices.length > 0) throw isLive(discovery, devices);
  await refuseUsers(sys, discovery);
}

/** @throws DvmError IN_USE where LVs are read or written without a kernel */
export async function refuseUsers({ locks }: Sys, { vg }: Discovery): Promise<void> {
  const [user] = await lvUsers(locks, vg.id);
  if (user) throw new DvmError("IN_USE", `LVs of VG ${vg.name} are in use without a kernel by ${user.by}`);
}

export const isLive = ({ vg: { name } }: Discovery, devices: readonly Pick<DmDevice, "name">[]): DvmError =>
  new DvmError(
    "IN_USE",
    `VG ${name} is live as ${someNames(devices.map((device) => device.name))}: run dvm deactivate ${name}`,
  );

/** What is live of a VG, under names of LVM2 too. */
export async function liveDevices(
  sys: Sys,
  discovery: Discovery,
  metadata?: Metadata,
): Promise<readonly DmDevice[]> {
  const all = metadata !== undefined && isLvm2s(metadata.vg);
  const call = { applet: "dmexec", verb: "state", options: { all } } as const;
  const state = (await sys.toolbox.call(call).catch((thrown: unknown) => {
    // Where there is no device-mapper none of its devices is live.
    if (toDvmError(thrown).code === "KERNEL") return { devices: [] };
    throw thrown;
  })) as Pick<DmState, "devices">;
  const scopes = metadata ? scopesOfVg(asLive(metadata, state, discovery).vg) : [uuidScope(discovery.vg.id)];
  return state.devices.filter(({ uuid }) => scopes.some((scope) => uuid?.startsWith(scope)));
}
