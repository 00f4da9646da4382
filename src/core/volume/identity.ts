/**
 * What the dm devices of an LV are called, and whose they are: dvm's own by its ids, those of another volume
 * manager's VG by the names and ids that it has given.
 */
import type { ForeignPart, Lv, Vg } from "../../schema/index.ts";
import { dmName } from "../dm/name.ts";
import { type DmUuid, dmUuid, foreignUuid, parseDmUuid, uuidScope } from "../dm/uuid.ts";

export interface DmIdentity {
  readonly name: string;
  readonly uuid: string;
}

/** What LVM2 calls an LV and its parts. */
export interface LvmLv {
  readonly id: string;
  readonly parts: readonly ForeignPart[];
}

/** A VG of dvm's, some LVs of which may be live as LVM2 has made them, before it was dvm's (as-live.ts). */
export interface VgAsLive extends Vg {
  /** By dvm's id of the LV. */
  readonly liveAs?: ReadonlyMap<string, LvmLv>;
}

/**
 * @param layer of the LV's component; "" is the LV itself
 * @param below what stands below that component, and is named after it
 */
export function identityOf(vg: VgAsLive, lv: Lv, layer = "", below?: string): DmIdentity {
  const made = lvmLvOf(vg, lv);
  const part = layer === "" ? undefined : made?.parts.find((each) => each.layer === layer);
  // What an adopted LV has come to have since is dvm's own.
  const isOwn = !vg.foreign && (layer === "" ? below !== undefined : part === undefined);
  if (!made || isOwn) {
    const last = layer === "" ? below : layer;
    return { name: dmName(vg.name, lv.name, last), uuid: dmUuid(vg.id, lv.id, last) };
  }
  const id = (part ?? made).id;
  return {
    name: dmName(vg.name, (part ?? lv).name, below),
    uuid: foreignUuid(lvmIdOf(vg), id, below),
  };
}

function lvmLvOf(vg: VgAsLive, lv: Pick<Lv, "id" | "foreign">): LvmLv | undefined {
  if (!vg.foreign) return vg.liveAs?.get(lv.id);
  return { id: lv.foreign?.id ?? "", parts: lv.foreign?.parts ?? [] };
}

const lvmIdOf = (vg: Pick<Vg, "foreign" | "adopted">): string => vg.foreign?.id ?? vg.adopted ?? "";

/** LVs of it may be live under uuids of LVM2. */
export const isLvm2s = ({ foreign, adopted }: Pick<Vg, "foreign" | "adopted">): boolean =>
  foreign !== undefined || adopted !== undefined;

/** What the uuids begin with of all that may be there of a VG. */
export const scopesOfVg = (vg: Pick<VgAsLive, "id" | "foreign" | "adopted" | "liveAs">): readonly string[] =>
  vg.foreign
    ? [foreignUuid(vg.foreign.id)]
    : [uuidScope(vg.id), ...[...(vg.liveAs?.values() ?? [])].flatMap((made) => lvmScopes(vg, made))];

/** What they begin with for one of its LVs. */
export function scopesOfLv(vg: VgAsLive, lv: Pick<Lv, "id" | "foreign">): readonly string[] {
  const made = lvmLvOf(vg, lv);
  return [...(vg.foreign ? [] : [uuidScope(vg.id, lv.id)]), ...(made ? lvmScopes(vg, made) : [])];
}

const lvmScopes = (vg: Pick<Vg, "foreign" | "adopted">, { id, parts }: LvmLv): readonly string[] =>
  [id, ...parts.map((part) => part.id)].map((each) => foreignUuid(lvmIdOf(vg), each));

/** Of which LV a dm device is. */
export interface OwnedDevice {
  /** The LV's id; of one that the metadata does not have, too. */
  readonly lv: string;
  /** "" for the LV itself. */
  readonly layer: string;
}

/** Tells of which LV of a VG a uuid is; undefined: of none of this VG. */
export function ownerOfUuids({ vg, lvs }: { readonly vg: VgAsLive; readonly lvs: readonly Lv[] }) {
  const parts = new Map<string, OwnedDevice>();
  const made = vg.foreign
    ? lvs.flatMap((lv) => (lv.foreign ? [[lv.id, lvmLvOf(vg, lv)] as const] : []))
    : (vg.liveAs ?? []);
  for (const [lv, as] of made) {
    if (!as) continue;
    parts.set(as.id, { lv, layer: "" });
    for (const { id, layer } of as.parts) parts.set(id, { lv, layer });
  }
  const lvmOwner = ({ lv, layer }: DmUuid): OwnedDevice | undefined => {
    const part = parts.get(lv);
    if (part) return { lv: part.lv, layer: [part.layer, layer].filter(Boolean).join("-") };
    return vg.foreign && { lv, layer: layer ?? "" };
  };
  return (uuid: string): OwnedDevice | undefined => {
    const parsed = parseDmUuid(uuid);
    if (!parsed) return undefined;
    if (parsed.owner === "LVM") return parsed.vg === lvmIdOf(vg) ? lvmOwner(parsed) : undefined;
    return !vg.foreign && parsed.vg === vg.id ? { lv: parsed.lv, layer: parsed.layer ?? "" } : undefined;
  };
}
