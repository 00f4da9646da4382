/**
 * What the dm devices of an LV are called, and whose they are: dvm's own by its ids, those of another volume
 * manager's VG by the names and ids that it has given.
 */
import type { Lv, Vg } from "../../schema/index.ts";
import { dmName } from "../dm/name.ts";
import { type DmUuid, dmUuid, foreignUuid, parseDmUuid, uuidScope } from "../dm/uuid.ts";

export interface DmIdentity {
  readonly name: string;
  readonly uuid: string;
}

/**
 * @param layer of the LV's component; "" is the LV itself
 * @param below what stands below that component, and is named after it
 */
export function identityOf(vg: Vg, lv: Lv, layer = "", below?: string): DmIdentity {
  if (!vg.foreign) {
    const last = layer === "" ? below : layer;
    return { name: dmName(vg.name, lv.name, last), uuid: dmUuid(vg.id, lv.id, last) };
  }
  const part = layer === "" ? undefined : lv.foreign?.parts?.find((each) => each.layer === layer);
  const id = (part ?? lv.foreign)?.id ?? "";
  return { name: dmName(vg.name, (part ?? lv).name, below), uuid: foreignUuid(vg.foreign.id, id, below) };
}

/** What the uuids begin with of all that may be there of a VG. */
export const scopeOfVg = (vg: Pick<Vg, "id" | "foreign">): string =>
  vg.foreign ? foreignUuid(vg.foreign.id) : uuidScope(vg.id);

/** What they begin with for one of its LVs. */
export const scopesOfLv = (vg: Vg, lv: Lv): readonly string[] =>
  vg.foreign
    ? [lv.foreign, ...(lv.foreign?.parts ?? [])].flatMap((each) =>
        each ? [foreignUuid(vg.foreign?.id ?? "", each.id)] : [],
      )
    : [uuidScope(vg.id, lv.id)];

/** Of which LV a dm device is. */
export interface OwnedDevice {
  /** The LV's id; of one that the metadata does not have, too. */
  readonly lv: string;
  /** "" for the LV itself. */
  readonly layer: string;
}

/** Tells of which LV of a VG a uuid is; undefined: of none of this VG. */
export function ownerOfUuids({ vg, lvs }: { readonly vg: Vg; readonly lvs: readonly Lv[] }) {
  const parts = new Map<string, OwnedDevice>();
  if (vg.foreign)
    for (const { id, foreign } of lvs) {
      if (!foreign) continue;
      parts.set(foreign.id, { lv: id, layer: "" });
      for (const part of foreign.parts ?? []) parts.set(part.id, { lv: id, layer: part.layer });
    }
  const foreignOwner = ({ lv, layer }: DmUuid): OwnedDevice => {
    const part = parts.get(lv);
    if (!part) return { lv, layer: layer ?? "" };
    return { lv: part.lv, layer: [part.layer, layer].filter(Boolean).join("-") };
  };
  return (uuid: string): OwnedDevice | undefined => {
    const parsed = parseDmUuid(uuid);
    if (!parsed) return undefined;
    if (vg.foreign)
      return parsed.owner === "LVM" && parsed.vg === vg.foreign.id ? foreignOwner(parsed) : undefined;
    return parsed.owner === "DVM" && parsed.vg === vg.id
      ? { lv: parsed.lv, layer: parsed.layer ?? "" }
      : undefined;
  };
}
