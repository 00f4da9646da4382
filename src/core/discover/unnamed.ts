import { isEncrypted, isMultipath } from "../dm/others-uuid.ts";
import type { Candidate } from "../port/scanner.ts";

/**
 * False for a dm device that has to be named: an LV may hold anything, another machine's VG included, and so
 * may an encrypted device on an LV or on an image. True for every other device, whole encrypted disks and
 * partitions among them.
 */
export function isUsedUnnamed({ dmUuid, below }: Pick<Candidate, "dmUuid" | "below">): boolean {
  if (dmUuid === undefined || isMultipath(dmUuid)) return true;
  if (!isEncrypted(dmUuid)) return false;
  const all = below?.() ?? [];
  return all.length > 0 && all.every((each) => isDisk(each.name) || isMultipath(each.dmUuid));
}

const isDisk = (name: string): boolean => !/^(dm-|loop|nbd|ram|zram)/.test(name);
