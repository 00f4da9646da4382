import { sha256 } from "./bytes.ts";

/**
 * The id that something gets in a copy of a VG: the same for whoever asks, so that an import which was
 * interrupted is continued and not begun anew, and that labels and metadata agree without telling each other.
 * @param vgId of the copy
 * @param id of the original thing
 */
export const derivedId = (vgId: string, id: string): string =>
  sha256(Buffer.from(`dvm copy ${vgId} ${id}`)).toString("hex", 0, 16);
