import type { Discovery } from "../../../schema/index.ts";
import { isEncrypted } from "../../dm/others-uuid.ts";
import type { Sys } from "../../port/sys.ts";

/**
 * Whether what a VG lacks may lie on a disk whose password has not been typed yet: a member that is there is
 * on an encrypted device, and another LUKS device is still closed. Where no udev runs nobody knows of those.
 */
export async function isStillUnlocking({ scanner }: Sys, { devices }: Discovery): Promise<boolean> {
  const all = await scanner.scan([]);
  const encrypted = new Set(
    all.filter(({ dmUuid }) => isEncrypted(dmUuid)).map(({ path, dev }) => dev ?? path),
  );
  if (!devices.some(({ path, dev }) => encrypted.has(dev ?? path))) return false;
  return all.some(({ fsType, holders }) => fsType === "crypto_LUKS" && holders.length === 0);
}
