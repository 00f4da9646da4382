import { readFileSync } from "node:fs";
import { SECTOR } from "../../base/units.ts";
import { checked, libc } from "../native.ts";

const BLKSSZGET = 0x1268;
const BLKGETSIZE64 = 0x80081272;

/** Size and logical block size of a block device, in bytes. */
export interface BlockGeometry {
  readonly size: number;
  readonly logicalBlockSize: number;
}

/**
 * Asks sysfs about a block device, or the device itself (ioctl) where there is no sysfs.
 * @param rdev st_rdev of its node
 * @param fd it, opened
 */
export function blockGeometry(rdev: number, fd: number): BlockGeometry {
  const directory = sysfsOf(rdev);
  // A partition has no queue of its own: its disk is the directory above.
  const logical =
    readNumber(`${directory}/queue/logical_block_size`) ??
    readNumber(`${directory}/../queue/logical_block_size`);
  const sectors = readNumber(`${directory}/size`);
  return {
    size: sectors === undefined ? ask(fd, BLKGETSIZE64) : sectors * SECTOR,
    logicalBlockSize: logical ?? ask(fd, BLKSSZGET),
  };
}

/** Where sysfs describes the device with this st_rdev; glibc's major and minor. */
export function sysfsOf(rdev: number): string {
  const value = BigInt(rdev);
  const major = ((value >> 8n) & 0xfffn) | ((value >> 32n) & ~0xfffn);
  const minor = (value & 0xffn) | ((value >> 12n) & ~0xffn & 0xffffffffn);
  return `/sys/dev/block/${major}:${minor}`;
}

/** A number in a sysfs attribute, or undefined when there is none. */
export function readNumber(path: string): number | undefined {
  try {
    const value = Number(readFileSync(path, "latin1").trim());
    return Number.isSafeInteger(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function ask(fd: number, request: number): number {
  const answer = Buffer.alloc(8);
  checked("ioctl", libc().ioctl(fd, request, answer));
  return request === BLKSSZGET ? answer.readUInt32LE(0) : Number(answer.readBigUInt64LE(0));
}
