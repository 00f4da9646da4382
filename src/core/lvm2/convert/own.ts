/**
 * A VG of LVM2 as it is once it is dvm's own. All ids follow from the text that it is made of: whoever makes
 * them of that text comes to the same, and another adoption comes to others.
 */
import type { Discovery, Lv, Metadata } from "../../../schema/index.ts";
import { sha256 } from "../../base/bytes.ts";
import { derivedId } from "../../base/derived-id.ts";
import type { Chance } from "../../port/chance.ts";
import { RESERVED_REGION } from "../../port/member.ts";
import { nextRevision } from "../../volume/freed.ts";
import { renameIds } from "../../volume/rename-ids.ts";
import { idFrom } from "../ids.ts";
import type { TextVg } from "../model.ts";
import { translateVg } from "../translate.ts";
import type { FoundVg } from "../vgs.ts";
import { deciderOf, type Member, membersOf } from "./members.ts";

/** So many of the devices get a region, as many as a new VG has at most. */
const MOST_REGIONS = 16;

/** The VG's id. */
export const ownVgId = ({ sha256: hash }: Pick<TextVg, "sha256">): string =>
  sha256(Buffer.from(`dvm's VG of the text ${hash}`)).toString("hex", 0, 16);

/** Of a PV or LV of that VG. @param plain LVM2's id */
export const ownId = (vgId: string, plain: string): string => derivedId(vgId, plain);

/** As discover find will give it; the device that decides is the first that has a region. */
export function ownDiscovery(found: FoundVg): Discovery {
  const { vg } = found;
  const id = ownVgId(vg);
  const members = membersOf(found);
  const decider = deciderOf(members);
  const withRegion = new Set(
    [...members].sort((a, b) => Number(b === decider) - Number(a === decider)).slice(0, MOST_REGIONS),
  );
  const devices = members.map((member) => deviceOf(id, vg, member, withRegion.has(member)));
  return {
    vg: { id, name: vg.name, generation: 1 },
    devices,
    regions: devices.flatMap(({ path, regions }) => regions.map((region) => ({ path, ...region }))),
    missing: { count: 0 },
    duplicates: [],
  };
}

function deviceOf(
  vgId: string,
  { extentSize }: TextVg,
  { pv, listed, device }: Member,
  hasRegion: boolean,
): Discovery["devices"][number] {
  return {
    id: ownId(vgId, pv.id),
    path: listed.path,
    dev: listed.dev,
    size: listed.size,
    blockBytes: device.blockBytes,
    dataStart: pv.peStart,
    dataLength: pv.peCount * extentSize,
    regions: hasRegion ? [{ ...RESERVED_REGION }] : [],
  };
}

/** Its metadata, with what LVM2 calls its LVs: under those names they may be live. */
export function ownMetadata(found: FoundVg, chance: Chance): Metadata {
  const { vg: text } = found;
  const { vg, pvs, lvs, ...rest } = translateVg(found, undefined);
  const id = ownVgId(text);
  const newIds = new Map([
    [vg.id, id],
    ...[...text.pvs, ...text.lvs.values()].map((each) => [idFrom(each.id), ownId(id, each.id)] as const),
  ]);
  return renameIds(
    {
      ...rest,
      vg: { ...without(vg), adopted: text.id },
      pvs: pvs.map(without),
      lvs: lvs.map(ownLv),
      revision: nextRevision(0, chance),
      freed: [],
    },
    newIds,
  );
}

function ownLv(lv: Lv): Lv {
  const parts = lv.foreign?.parts ?? [];
  const own = without(lv);
  if (parts.length === 0) return own;
  return { ...own, adopted: [{ layer: "", name: lv.name, id: lv.foreign?.id ?? "" }, ...parts] };
}

function without<T extends { readonly foreign?: unknown }>({ foreign: _, ...own }: T): Omit<T, "foreign"> {
  return own;
}
