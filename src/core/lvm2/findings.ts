/** What lvm2 check can find: each code with what people are told. A code keeps its meaning for ever. */
import type { Lvm2Finding } from "../../schema/index.ts";

const sound = {
  "vg-sound": ({ copies }: { copies: number }) =>
    copies === 1
      ? "all PVs are there, and one copy of its metadata"
      : `all PVs are there, and ${copies} copies of its metadata agree`,
  "lv-unsupported": ({ lv, type }: { lv: string; type: string }) =>
    `LV ${lv} is of type ${type}, which is reported and not brought up`,
  "lv-refused": ({ lv, why }: { lv: string; why: string }) => `LV ${lv} ${why}`,
  "vg-refused": ({ why }: { why: string }) => `it ${why}`,
  "pv-free": () => "is in no VG",
  "text-precommitted": () =>
    "a change of its VG was broken off before it was decided on: the state before it counts, and " +
    "LVM2's next change writes over what is left",
};

const problems = {
  "label-damaged": ({ why }: { why: string }) =>
    `${why}: LVM2 does not see this PV; pvck --repair of LVM2 writes the label anew`,
  "area-damaged": ({ why }: { why: string }) =>
    `${why}: this copy of the metadata is lost; vgck --updatemetadata of LVM2 writes it anew`,
  "text-refused": ({ why }: { why: string }) => `${why}: LVM2 takes no VG from this text, nor does dvm`,
  "area-stale": ({ seqno, newest }: { seqno: number; newest: number }) =>
    `its metadata have number ${seqno}, the newest ${newest}: vgck --updatemetadata of LVM2 brings them ` +
    "up to date",
  "texts-differ": ({ seqno }: { seqno: number }) =>
    `texts number ${seqno} differ on several devices, and nobody can say which counts`,
  "pv-missing": ({ id, device }: { id: string; device: string }) =>
    `PV ${id}, which was ${device} last, was not found`,
  "pv-flagged-missing": ({ id }: { id: string }) =>
    `PV ${id} was away when the VG was changed: what is on it may be out of date; vgextend ` +
    "--restoremissing of LVM2 takes it back",
  "pv-copied": ({ id, paths }: { id: string; paths: string }) =>
    `PV ${id} is there more than once, on ${paths}: none of them is used; take away the copies, or name ` +
    "the devices to use with -d",
  "pv-short": ({ has, needs }: { has: number; needs: number }) =>
    `has ${has} sectors, and the extents of its PV take ${needs}: what lies behind its end is out of reach`,
  "pv-left": () => "says that it belongs to a VG which does not have it: it was removed while it was away",
  "pv-without-vg": () =>
    "says that it belongs to a VG, and no metadata of that VG were found: other devices of it are missing",
  "name-twice": ({ ids }: { ids: string }) => `several VGs have this name: name one by its id: ${ids}`,
};

const all = { ...sound, ...problems };

export type Lvm2FindingCode = keyof typeof all;
type DetailsOf<C extends Lvm2FindingCode> =
  Parameters<(typeof all)[C]> extends [infer D] ? D : Record<never, never>;

export const lvm2FindingCodes = Object.keys(all) as readonly Lvm2FindingCode[];

/** @param about the VG's name and the device's path, as far as there is one */
export function lvm2Finding<C extends Lvm2FindingCode>(
  code: C,
  { vg = null, path = null }: { readonly vg?: string | null; readonly path?: string | null },
  details: DetailsOf<C>,
): Lvm2Finding {
  const text = all[code] as (details: DetailsOf<C>) => string;
  return { code, ok: code in sound, vg, path, text: text(details) };
}
