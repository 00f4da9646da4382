/** Which dm devices people use, and which only stand below such: dvm's own, and LVM2's. */
import { parseDmName } from "./name.ts";
import { isLayerUuid, isLvUuid, parseDmUuid } from "./uuid.ts";

/**
 * Parts of names by which LVM2 and its udev rules know what is below an LV: it has ids, and no layers in its
 * uuids.
 */
const HIDDEN =
  /_(?:[rm]image|rmeta|mlog|[tcv]data|[tc]meta|imeta|[ciw]+orig|vorigin|cpool|cvol|pmspare)(?:_|$)|^pvmove\d/;

/** It is an LV itself, which gets a name in /dev. */
export const isShown = (uuid: string, name: string): boolean =>
  isLvUuid(uuid) || (isForeign(uuid) && !isBelow(uuid, name));

/** It is part of an LV, and nobody's to look into. */
export const isUnseen = (uuid: string, name: string): boolean =>
  isLayerUuid(uuid) || (isForeign(uuid) && isBelow(uuid, name));

const isForeign = (uuid: string): boolean => uuid.startsWith("LVM-") && parseDmUuid(uuid) !== undefined;

const isBelow = (uuid: string, name: string): boolean =>
  parseDmUuid(uuid)?.layer !== undefined || HIDDEN.test(parseDmName(name)?.lv ?? "_pmspare");
