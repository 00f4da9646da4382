/** Names and uuids of the dm devices of LVs. */
import { DvmError } from "../base/error.ts";
import { isId } from "../base/name.ts";

/** DM_NAME_LEN and DM_UUID_LEN of linux/dm-ioctl.h, without the NUL. */
export const MAX_DM_NAME = 127;
export const MAX_DM_UUID = 128;

/** Every device of ours has it, and no other device is ever touched. */
export const UUID_PREFIX = "DVM-";

/** True for the uuid of a device that is ours to change. */
export const isOurs = (uuid: string): boolean => uuid.startsWith(UUID_PREFIX);

/**
 * The dm name of an LV or of one of its layers: `vg-lv[-layer]`, each `-` inside a part doubled.
 * @param layer as `rimage_0`
 * @throws DvmError BAD_NAME when it is longer than 127 bytes
 */
export function dmName(vg: string, lv: string, layer?: string): string {
  const lvName = `${doubled(vg)}-${doubled(lv)}`;
  const name = layer === undefined ? lvName : `${lvName}-${doubled(layer)}`;
  if (Buffer.byteLength(name) > MAX_DM_NAME)
    throw new DvmError("BAD_NAME", `dm name "${name}" is longer than ${MAX_DM_NAME} bytes`);
  return name;
}

const doubled = (part: string): string => (part.includes("-") ? part.replaceAll("-", "--") : part);

/** The parts that dmName made a name of. */
export const splitDmName = (name: string): string[] =>
  name
    .replaceAll("--", "/") // which no part has
    .split("-")
    .map((part) => part.replaceAll("/", "-"));

/** True for the uuid of an LV itself, not of one of its layers. */
export const isLvUuid = (uuid: string): boolean => /^DVM-[0-9a-f]{64}$/.test(uuid);

/** True for the uuid of a layer, which is nobody's to look into. */
export const isLayerUuid = (uuid: string): boolean =>
  // Most are of LVs themselves, for which no expression is needed.
  uuid.length > LV_UUID_LENGTH && /^DVM-[0-9a-f]{64}-/.test(uuid);

const LV_UUID_LENGTH = 4 + 64;

/**
 * The dm uuid of an LV or of one of its layers: `DVM-` + VG id + LV id [+ `-layer`].
 * @param vgId 32 hex digits
 * @param lvId 32 hex digits
 * @throws DvmError BAD_NAME when an id is none or the whole is longer than 128 bytes
 */
export function dmUuid(vgId: string, lvId: string, layer?: string): string {
  if (!isId(vgId) || !isId(lvId))
    throw new DvmError("BAD_NAME", `"${isId(vgId) ? lvId : vgId}" is no id of 32 hex digits`);
  const uuid = `${UUID_PREFIX}${vgId}${lvId}${layer === undefined ? "" : `-${layer}`}`;
  if (Buffer.byteLength(uuid) > MAX_DM_UUID)
    throw new DvmError("BAD_NAME", `dm uuid "${uuid}" is longer than ${MAX_DM_UUID} bytes`);
  return uuid;
}
