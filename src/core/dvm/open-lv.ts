/** An LV's content by the mapper in user space: what it is made of, whether that may be, and the device. */
import type { Discovery, DmDevice, DmState, Lv, Metadata, TableLine } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import { DvmError } from "../base/error.ts";
import { isErrorLine } from "../dm/targets/error.ts";
import { targetOf } from "../dm/targets/index.ts";
import { type MappedDevice, openMapped } from "../mapper/open-mapped.ts";
import type { Candidate } from "../port/scanner.ts";
import type { Sys } from "../port/sys.ts";
import { ownUuidOf } from "../volume/as-live.ts";
import { identityOf } from "../volume/identity.ts";
import { wrappedBy } from "../volume/users.ts";

export interface DesiredLv {
  /** The LV, as messages name it. */
  readonly shown: string;
  readonly vg: Metadata["vg"];
  readonly write: boolean;
  /** All that it is made of. */
  readonly state: DmState;
  readonly top: DmDevice;
  /** What is written below may be kept in memory for a while. */
  readonly stores: readonly DmDevice[];
}

/** By its id or else its name, as changes find it. @throws DvmError NOT_FOUND */
export function findLv({ vg, lvs }: Metadata, name: string): Lv {
  const found =
    lvs.find(({ id }) => id === name) ?? lvs.find((each) => [each.name, each.foreign?.id].includes(name));
  if (found) return found;
  throw new DvmError("NOT_FOUND", `VG ${vg.name} has no LV ${name}`);
}

/**
 * What device-mapper would make it of.
 * @throws DvmError as volactivate desired; UNSUPPORTED when it has no device
 */
export async function desiredOf(
  sys: Sys,
  {
    metadata,
    discovery,
    lv,
    write,
  }: {
    readonly metadata: Metadata;
    readonly discovery: Discovery;
    readonly lv: Lv;
    readonly write: boolean;
  },
): Promise<DesiredLv> {
  const state = await sys.toolbox.call({
    applet: "volactivate",
    verb: "desired",
    options: { metadata, discovery, lv: [lv.name], partial: !write, paths: true },
  });
  const { uuid } = identityOf(metadata.vg, lv);
  const shown = `${metadata.vg.name}/${lv.name}`;
  const top = state.devices.find((device) => device.uuid === uuid);
  if (!top) throw hasNoDevice(metadata, lv, shown);
  const stores = state.devices.filter(({ table }) => table?.some(hasStore));
  return { shown, vg: metadata.vg, write, state, top, stores };
}

/** What is being merged is read where it goes to. */
function hasNoDevice({ vg, lvs }: Metadata, lv: Lv, shown: string): DvmError {
  const into = defined(
    lvs.find(({ id }) => id === wrappedBy(lv)),
    `the dm device of ${shown}`,
  );
  return new DvmError(
    "UNSUPPORTED",
    `${shown} is being merged into ${vg.name}/${into.name}, which shows what it held: read that`,
  );
}

/**
 * A kernel that has the LV live caches and orders its I/O: writing beside it would destroy data.
 * @throws DvmError IN_USE
 */
export async function refuseLive(
  sys: Sys,
  { shown, vg, top, stores }: Pick<DesiredLv, "shown" | "vg" | "top" | "stores">,
): Promise<void> {
  const live = await liveOf(sys, vg, [top, ...stores]);
  if (live && ownUuidOf(vg, live.dmUuid ?? "") !== top.uuid)
    throw new DvmError(
      "IN_USE",
      `${shown} is made of ${live.path}, which is live, and what that keeps is in the kernel's memory: ` +
        `activate ${shown} and read it there, or deactivate all that is built on that first`,
    );
  if (live)
    throw new DvmError(
      "IN_USE",
      `${shown} is live as ${live.path}: read and write it there, or deactivate it first`,
    );
}

/** The first of these that a kernel, or the simulator, has; as LVM2 has made it, too. */
export async function liveOf(
  sys: Sys,
  vg: Metadata["vg"],
  devices: readonly Pick<DmDevice, "uuid">[],
): Promise<Candidate | undefined> {
  const uuids = new Set(devices.map(({ uuid }) => uuid));
  const candidates = await sys.scanner.scan([]);
  return candidates.find(({ dmUuid }) => dmUuid !== undefined && uuids.has(ownUuidOf(vg, dmUuid)));
}

/** @throws DvmError INCOMPLETE; as openMapped */
export async function openDesired(
  sys: Sys,
  { shown, write, state, top }: DesiredLv,
  warn?: (message: string) => void,
): Promise<MappedDevice> {
  if (top.table?.some(isErrorLine))
    throw new DvmError(
      "INCOMPLETE",
      `${shown}: some of it is on devices that were not found, and nothing that is left has it`,
    );
  return openMapped(state, top.name, sys.disks, { write, ...(warn && { warn }) });
}

const hasStore = ({ type }: TableLine): boolean => targetOf(type).stores !== undefined;
