/** Dumps device-mapper as a document. */
import type { DmDevice, DmState } from "../../schema/index.ts";
import { namesByDev, symbolicLine } from "../dm/references.ts";
import { withoutSecrets } from "../dm/secrets.ts";
import { knownTarget } from "../dm/targets/index.ts";
import { isOurs } from "../dm/uuid.ts";
import type { Dm } from "../port/dm.ts";
import { unlessGone } from "./unless-gone.ts";

/**
 * The devices that are dvm's, or all of them. Devices that go away meanwhile are left out. In tables the dm
 * devices of the document stand as `@NAME`, others by number as all disks do; keys that are no references to
 * a keyring are blotted out.
 * @throws DmRefused when the kernel refuses something else
 */
export function dmState(dm: Dm, { all }: { readonly all: boolean }): DmState {
  const devices: DmDevice[] = [];
  dm.list().forEach(({ name }) => {
    const device = unlessGone(() => deviceState(dm, name, all));
    if (device) devices.push(device);
  });
  const names = namesByDev(devices);
  for (const device of devices) {
    device.table = device.table?.map((line) => symbolicLine(line, names)) ?? null;
    if (device.inactive) device.inactive = device.inactive.map((line) => symbolicLine(line, names));
  }
  return { devices };
}

function deviceState(dm: Dm, wanted: string, all: boolean): DmDevice | undefined {
  const { info, table: lines } = dm.look(wanted);
  const { name, uuid, dev, suspended, readOnly, openCount, eventNr, hasInactive } = info;
  if (!all && !isOurs(uuid)) return undefined;
  const table = lines?.map(withoutSecrets) ?? null;
  const silent = table?.every(({ type }) => isSilent(type)) ?? true;
  return {
    name,
    uuid,
    table,
    readOnly,
    inactive: hasInactive ? dm.table(name, "inactive").map(withoutSecrets) : null,
    dev,
    suspended,
    openCount,
    eventNr,
    status: silent
      ? (table ?? []).map(() => "")
      : dm.status(name, { noflush: true }).map(({ status }) => status),
  };
}

/** Has never anything to say in its status. */
function isSilent(type: string): boolean {
  const target = knownTarget(type);
  return target !== undefined && !target.decodeStatus;
}
