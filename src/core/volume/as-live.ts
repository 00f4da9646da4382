/**
 * LVs of an adopted VG stay live as LVM2 made them, under its uuids, until they are taken down once. Which
 * ones those are only device-mapper tells.
 */
import type { Discovery, DmDevice, DmState, Lv, Metadata, Vg } from "../../schema/index.ts";
import { derivedId } from "../base/derived-id.ts";
import { devicesOf, namesByDev } from "../dm/references.ts";
import { dmUuid, foreignUuid, parseDmUuid } from "../dm/uuid.ts";
import type { LvmLv, VgAsLive } from "./identity.ts";

/**
 * The metadata, with those of its LVs that are live as LVM2's, and what is left of such that it does not
 * have. A copy of the VG that is LVM2's still has the same uuids, on other disks: its devices are not this
 * VG's.
 * @param more LVs that are none of the metadata's any more
 */
export function asLive(
  metadata: Metadata,
  state: Pick<DmState, "devices">,
  discovery: Pick<Discovery, "devices">,
  more: readonly Lv[] = [],
): Metadata {
  const { vg } = metadata;
  if (vg.adopted === undefined) return metadata;
  const scope = foreignUuid(vg.adopted);
  const devices = standingOn(
    state.devices.filter(({ uuid }) => uuid?.startsWith(scope)),
    tokensOf(discovery, state),
  );
  if (devices.length === 0) return metadata;
  const own = new Set(state.devices.map(({ uuid }) => uuid));
  const liveAs = lvsOf(vg, [...more, ...metadata.lvs], devices);
  // What dvm has brought up itself has its own names.
  for (const id of liveAs.keys()) if (own.has(dmUuid(vg.id, id))) liveAs.delete(id);
  const vgAsLive: VgAsLive = { ...vg, liveAs };
  return { ...metadata, vg: vgAsLive };
}

/** As dvm would have it: of an LV that was LVM2's, whose device may have the uuid that this gave it. */
export function ownUuidOf({ id, adopted }: Pick<Vg, "id" | "adopted">, uuid: string): string {
  const parsed = adopted !== undefined && uuid.startsWith(foreignUuid(adopted)) && parseDmUuid(uuid);
  return parsed ? dmUuid(id, derivedId(id, parsed.lv), parsed.layer) : uuid;
}

/** By dvm's id of the LV, which follows from LVM2's; that of a part is noted with the LV. */
function lvsOf(vg: Vg, lvs: readonly Lv[], devices: readonly DmDevice[]): Map<string, LvmLv> {
  const byId = new Map(lvs.map((lv) => [lv.id, lv]));
  const byPart = new Map(lvs.flatMap((lv) => (lv.adopted ?? []).map(({ id }) => [id, lv] as const)));
  const found = new Map<string, LvmLv>();
  for (const { uuid } of devices) {
    const plain = parseDmUuid(uuid)?.lv ?? "";
    const own = derivedId(vg.id, plain);
    const lv = byId.get(own) ?? byPart.get(plain);
    const noted = lv?.adopted ?? [];
    const id = noted.find(({ layer }) => layer === "")?.id ?? plain;
    found.set(lv?.id ?? own, { id, parts: noted.filter(({ layer }) => layer !== "") });
  }
  return found;
}

/** The VG's disks, as tables name them. */
function tokensOf(
  { devices }: Pick<Discovery, "devices">,
  state: Pick<DmState, "devices">,
): ReadonlySet<string> {
  const names = namesByDev(state.devices);
  return new Set(
    devices.map(({ dev, path }) => {
      const name = dev === null ? undefined : names.get(dev);
      return name === undefined ? (dev ?? path) : `@${name}`;
    }),
  );
}

/** Those that stand on these disks, or on others that do. */
function standingOn(devices: readonly DmDevice[], disks: ReadonlySet<string>): readonly DmDevice[] {
  const tokens = new Set(disks);
  const found = new Set<DmDevice>();
  for (let before = -1; before < found.size; ) {
    before = found.size;
    for (const device of devices) {
      const { table, inactive } = device;
      const lines = [...(table ?? []), ...(inactive ?? [])];
      const stands = lines.some((line) => devicesOf(line).some((each) => tokens.has(each)));
      if (found.has(device) || !stands) continue;
      found.add(device);
      tokens.add(`@${device.name}`);
    }
  }
  return [...found];
}
