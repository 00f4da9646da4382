/** Dumps device-mapper as a document. */
import type { DmState, TableLine } from "../../schema/index.ts";
import { isOurs } from "../dm/name.ts";
import { namesByDev, symbolicLine } from "../dm/references.ts";
import { withoutSecrets } from "../dm/secrets.ts";
import { knownTarget } from "../dm/targets/index.ts";
import { type Dm, DmRefused } from "../port/dm.ts";

/**
 * The devices that are dvm's, or all of them. Devices that go away meanwhile are left out. In tables dm devices
 * stand as `@NAME`; keys that are no references to a keyring are blotted out.
 * @throws DmRefused when the kernel refuses something else
 */
export function dmState(dm: Dm, { all }: { readonly all: boolean }): DmState {
  const listed = dm.list();
  const names = namesByDev(listed);
  const shown = (line: TableLine): TableLine => symbolicLine(withoutSecrets(line), names);
  const devices: DmState["devices"] = [];
  listed.forEach(({ name }) => {
    const device = unlessGone(() => deviceState(dm, name, all, shown));
    if (device) devices.push(device);
  });
  return { devices };
}

function deviceState(
  dm: Dm,
  wanted: string,
  all: boolean,
  shown: (line: TableLine) => TableLine,
): DmState["devices"][number] | undefined {
  const { info, table: lines } = dm.look(wanted);
  const { name, uuid, dev, suspended, readOnly, openCount, eventNr, hasInactive } = info;
  if (!all && !isOurs(uuid)) return undefined;
  const table = lines?.map(shown) ?? null;
  const silent = table?.every(({ type }) => isSilent(type)) ?? true;
  return {
    name,
    uuid,
    table,
    readOnly,
    inactive: hasInactive ? dm.table(name, "inactive").map(shown) : null,
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

function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (thrown) {
    if (thrown instanceof DmRefused && thrown.failure.errno === "ENXIO") return undefined;
    throw thrown;
  }
}
