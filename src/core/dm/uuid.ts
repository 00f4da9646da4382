/** Uuids of the dm devices of LVs, by which it is known whose they are. */
import { DvmError } from "../base/error.ts";
import { isId } from "../base/name.ts";

/** DM_UUID_LEN of linux/dm-ioctl.h, without the NUL. */
export const MAX_DM_UUID = 128;

/** Who has made a device. */
export type Owner = "DVM" | "LVM";

export interface DmUuid {
  readonly owner: Owner;
  /**
   * The ids of the VG and of the LV: of dvm's 32 hex digits each, of LVM2's 32 characters of its own
   * alphabet.
   */
  readonly vg: string;
  readonly lv: string;
  /** As `rimage_0`. undefined: it is the LV itself. */
  readonly layer: string | undefined;
}

/**
 * True for the uuid of a device that is ours to change: no other device is ever touched, however it is
 * called.
 */
export const isOurs = (uuid: string): boolean => uuid.startsWith(OURS);

/**
 * The dm uuid of an LV of ours or of one of its layers: `DVM-` + VG id + LV id [+ `-layer`].
 * @param vgId 32 hex digits
 * @param lvId 32 hex digits
 * @throws DvmError BAD_NAME when an id is none or the whole is longer than 128 bytes
 */
export function dmUuid(vgId: string, lvId: string, layer?: string): string {
  if (!isId(vgId) || !isId(lvId))
    throw new DvmError("BAD_NAME", `"${isId(vgId) ? lvId : vgId}" is no id of 32 hex digits`);
  const uuid = `${uuidScope(vgId, lvId)}${layer === undefined ? "" : `-${layer}`}`;
  if (Buffer.byteLength(uuid) > MAX_DM_UUID)
    throw new DvmError("BAD_NAME", `dm uuid "${uuid}" is longer than ${MAX_DM_UUID} bytes`);
  return uuid;
}

/**
 * The dm uuid of an LV of LVM2, or of what is below it: `LVM-` + VG id + LV id [+ `-layer`]; without an LV
 * what those of its VG begin with.
 * @param vgId 32 characters, as lvId
 */
export const foreignUuid = (vgId: string, lvId = "", layer?: string): string =>
  `${LVM2}${vgId}${lvId}${layer === undefined ? "" : `-${layer}`}`;

/** What the uuids of all devices of a VG of LVM2 begin with: a program says so that changes one of them. */
export const ownsOf = (scope: readonly string[]): string[] => [
  ...new Set(scope.flatMap((prefix) => (prefix.startsWith(LVM2) ? [prefix.slice(0, LVM2.length + 32)] : []))),
];

/** True for the uuid of a device that a program may change. @param owns as the program says */
export const mayChange = (uuid: string, owns: readonly string[] | undefined): boolean =>
  isOurs(uuid) || (owns ?? []).some((prefix) => uuid.startsWith(prefix));

/** What the uuids of all our devices of a VG begin with, or of one of its LVs. */
export const uuidScope = (vgId: string, lvId = ""): string => `${OURS}${vgId}${lvId}`;

/** @returns undefined for a uuid that stands for no LV, dvm's or LVM2's, nor for a layer of one */
export function parseDmUuid(uuid: string): DmUuid | undefined {
  const [, owner, vg, lv, layer] = OF_OURS.exec(uuid) ?? OF_LVM2.exec(uuid) ?? [];
  return owner && vg && lv ? { owner: owner as Owner, vg, lv, layer } : undefined;
}

/** True for the uuid of an LV of ours itself, not of one of its layers. */
export const isLvUuid = (uuid: string): boolean =>
  isOurs(uuid) && uuid.length === LV_UUID_LENGTH && parseDmUuid(uuid) !== undefined;

/** True for the uuid of a layer of ours, which is nobody's to look into. */
export const isLayerUuid = (uuid: string): boolean =>
  // Most are of LVs themselves, for which no expression is needed.
  isOurs(uuid) && uuid.length > LV_UUID_LENGTH && parseDmUuid(uuid) !== undefined;

const OURS = "DVM-";
const LVM2 = "LVM-";
const LV_UUID_LENGTH = OURS.length + 2 * 32;

const OF_OURS = /^(DVM)-([0-9a-f]{32})([0-9a-f]{32})(?:-(.+))?$/s;
/** The alphabet is that of lib/uuid/uuid.c. */
const OF_LVM2 = /^(LVM)-([0-9A-Za-z!#]{32})([0-9A-Za-z!#]{32})(?:-(.+))?$/s;
