/** Names of the dm devices of LVs: dvm's and LVM2's are built alike. Whose one is, its uuid tells. */
import { DvmError } from "../base/error.ts";

/** DM_NAME_LEN of linux/dm-ioctl.h, without the NUL. */
export const MAX_DM_NAME = 127;

export interface DmName {
  readonly vg: string;
  readonly lv: string;
  /** As `rimage_0`. undefined: it is the LV itself. */
  readonly layer: string | undefined;
}

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

/** What dmName made a name of. @returns undefined for a name that is not made of two or three parts */
export function parseDmName(name: string): DmName | undefined {
  const [vg, lv, layer, ...more] = name
    .replaceAll("--", "/") // which no part has
    .split("-")
    .map((part) => part.replaceAll("/", "-"));
  return vg && lv && layer !== "" && more.length === 0 ? { vg, lv, layer } : undefined;
}

const doubled = (part: string): string => (part.includes("-") ? part.replaceAll("-", "--") : part);
