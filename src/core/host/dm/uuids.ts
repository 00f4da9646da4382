import { closeSync, openSync } from "node:fs";
import { DM_COMMAND, DM_FLAG, decodePacket, dmRequest, encodePacket } from "../../dm/ioctl.ts";
import { decodeList, UUIDS_SINCE } from "../../dm/ioctl-data.ts";
import { ROOM } from "../../dm/requests.ts";
import { libc } from "../native.ts";

/** More devices than this one question is not for. */
const MOST_ROOM = 1 << 26;

/**
 * The uuids of all dm devices, by their numbers' minor part, with one question to device-mapper.
 * @returns undefined where it cannot be asked, or does not tell
 */
export function dmUuids(): ReadonlyMap<number, string> | undefined {
  let fd: number;
  try {
    fd = openSync("/dev/mapper/control", "r+");
  } catch {
    return undefined;
  }
  try {
    for (let room = 4 * ROOM; room <= MOST_ROOM; room *= 4) {
      const packet = encodePacket({ flags: DM_FLAG.uuid, room });
      if (libc().ioctl(fd, dmRequest(DM_COMMAND.list), packet) < 0) return undefined;
      const { flags, version, data } = decodePacket(packet);
      if (version[1] < UUIDS_SINCE) return undefined;
      if ((flags & DM_FLAG.bufferFull) !== 0) continue;
      const minor = (dev: string): number => Number(dev.slice(dev.indexOf(":") + 1));
      return new Map(decodeList(data, true).map(({ dev, uuid = "" }) => [minor(dev), uuid]));
    }
    return undefined;
  } finally {
    closeSync(fd);
  }
}
