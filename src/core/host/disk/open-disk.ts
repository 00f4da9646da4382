import { type BigIntStats, constants } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { errnoOf } from "../../base/error.ts";
import { PathError } from "../../base/path-error.ts";
import { roundDown, SECTOR } from "../../base/units.ts";
import type { BlockDevice, OpenMode } from "../../port/block.ts";
import { blockGeometry, readNumber, sysfsOf } from "./block-geometry.ts";
import type { Descriptors } from "./descriptors.ts";
import { diskFailure } from "./disk-failure.ts";
import type { Fence } from "./fence.ts";
import { hostDevice } from "./host-device.ts";
import {
  closeFd,
  openFd,
  type RawIo,
  rawIo,
  ringIo,
  statFd,
  typeOfFileSystem,
  type Write,
} from "./raw-io.ts";

/** How identities of block devices begin. */
const BLOCK = "block:";
const NAP_MS = 20;

export interface DiskHost {
  readonly io: RawIo;
  readonly fence: Fence;
  readonly descriptors: Descriptors;
  readonly mayWriteThrough: () => boolean;
  /**
   * Whether the file system with this st_dev is a local one that makes a write durable which is asked to be.
   */
  readonly fileSystems: Map<bigint, Promise<boolean>>;
  /** Directories in which a file of such a file system was opened. */
  readonly localDirectories: Set<string>;
}

export const identityOf = (stats: BigIntStats): string =>
  stats.isBlockDevice() ? `${BLOCK}${stats.rdev}` : `file:${stats.dev}:${stats.ino}`;

interface Opened {
  readonly device: BlockDevice;
  readonly identity: string;
}

/**
 * @param known what the path led to when it was asked; who it is that was opened, the descriptor says. A
 *   device has to be asked for before, since one that is suspended or hung is not opened.
 */
export async function openDisk(
  host: DiskHost,
  path: string,
  mode: OpenMode,
  known?: string,
): Promise<Opened> {
  const { io, fence, descriptors } = host;
  const expected = known ?? `path:${path}`;
  await awake(path, expected, fence);
  const asked: Asked = { path, mode, expected, ...flagsFor(mode, expected) };
  const { fd, direct } = await openDescriptor(host, asked);
  let identity = expected;
  try {
    // What a local file system knows of an open file it knows at once, which is less work than to have a
    // thread ask.
    const stats = host.localDirectories.has(dirname(path))
      ? io.fstatSync(fd, { bigint: true })
      : await fence.run(expected, `${path}: stat`, () => statFd(io, fd));
    identity = identityOf(stats);
    if (stats.isBlockDevice() && !expected.startsWith(BLOCK)) {
      await closeFd(io, fd);
      descriptors.closed();
      return openDisk(host, path, mode, identity);
    }
    // By this path it was not known to be one that is left alone.
    if (fence.isFenced(identity)) await fence.run(identity, `${path}: open`, async () => undefined);
    return { device: await deviceOf(host, asked, { fd, direct, stats, identity }), identity };
  } catch (cause) {
    if (!fence.isFenced(identity) && !fence.isFenced(expected)) {
      await closeFd(io, fd);
      descriptors.closed();
    }
    throw diskFailure(path, cause, mode);
  }
}

/** What is to be opened, and how. */
interface Asked {
  readonly path: string;
  readonly mode: OpenMode;
  /** What the path led to when it was asked. */
  readonly expected: string;
  /** Of open(2), without those that are tried. */
  readonly flags: number;
  readonly exclusive: number;
  /** Writes to an image file end when they are durable. */
  readonly syncs: boolean;
}

function flagsFor(mode: OpenMode, expected: string): Pick<Asked, "flags" | "exclusive" | "syncs"> {
  const syncs = mode.write && mode.through === true && !expected.startsWith(BLOCK);
  // O_NONBLOCK: a FIFO would wait for a writer; it changes nothing for files and block devices.
  const flags =
    (mode.write ? constants.O_RDWR : constants.O_RDONLY) |
    constants.O_NONBLOCK |
    (syncs ? constants.O_DSYNC : 0);
  return { flags, exclusive: mode.exclusive ? constants.O_EXCL : 0, syncs };
}

/** By O_DIRECT where the file system has it. */
async function openDescriptor(
  { io, fence, descriptors }: DiskHost,
  { path, mode, expected, flags, exclusive }: Asked,
): Promise<{ fd: number; direct: boolean }> {
  const open = (extra: number) =>
    descriptors.open(() =>
      fence.run(expected, `${path}: open`, () => openFd(io, path, flags | exclusive | extra)),
    );
  try {
    return { fd: await open(constants.O_DIRECT), direct: true };
  } catch (cause) {
    if (errnoOf(cause) !== "EINVAL") throw diskFailure(path, cause, mode);
  }
  try {
    return { fd: await open(0), direct: false };
  } catch (cause) {
    throw diskFailure(path, cause, mode);
  }
}

interface Found {
  readonly fd: number;
  readonly direct: boolean;
  readonly stats: BigIntStats;
  readonly identity: string;
}

/** @throws DvmError BAD_INPUT, READ_ONLY; the descriptor is left open then */
async function deviceOf(
  host: DiskHost,
  { path, mode, flags, syncs }: Asked,
  { fd, direct, stats, identity }: Found,
): Promise<BlockDevice> {
  const { io, descriptors } = host;
  const geometry = geometryOf(path, stats, fd);
  if (mode.write && stats.isBlockDevice() && readNumber(`${sysfsOf(Number(stats.rdev))}/ro`) === 1)
    throw new PathError("READ_ONLY", path, "is read-only");
  const reopenBuffered = async () => {
    const again = await descriptors.open(() => openFd(io, path, flags));
    if (identityOf(await statFd(io, again)) === identity) return again;
    await closeFd(io, again);
    descriptors.closed();
    throw new PathError("IO", path, "has become another device or file since it was opened");
  };
  // A device that hangs must not hold up the end of this process; see uring.ts.
  const ring = io === rawIo && direct && stats.isBlockDevice() ? ringIo(io) : undefined;
  // A file where a device was asked for has no O_DSYNC: its writes end before they are durable.
  const isLocal = syncs && stats.isFile() && (await isLocalFile(host, identity, stats.dev, fd));
  if (isLocal) host.localDirectories.add(dirname(path));
  const through = mode.write && mode.through === true;
  const mayThrough = through && ring !== undefined && host.mayWriteThrough();
  return hostDevice({
    ...host,
    io: ring ?? io,
    writeThrough: mayThrough ? ring.writeThrough : isLocal ? (io.write as Write) : undefined,
    closesAtOnce: isLocal,
    path,
    identity,
    fd,
    direct,
    reopenBuffered,
    ...geometry,
  });
}

/**
 * Local file systems whose write with O_DSYNC ends as fdatasync does (FUSE leaves that to its server):
 * statfs(2).
 */
const SYNCING: ReadonlySet<number> = new Set([0xef53, 0x58465342, 0x9123683e, 0x01021994]);

/**
 * Whether a file lies on one of those (ext4 and its like, XFS, btrfs, tmpfs), on devices that do not fail it
 * either.
 */
function isLocalFile(
  { io, fence, fileSystems, mayWriteThrough }: DiskHost,
  identity: string,
  dev: bigint,
  fd: number,
) {
  const known = fileSystems.get(dev);
  if (known) return known;
  const asked = fence
    .run(identity, `descriptor ${fd}: statfs`, () => typeOfFileSystem(io, `/proc/self/fd/${fd}`))
    .then(
      (type) => SYNCING.has(type) && mayWriteThrough(),
      () => false,
    );
  fileSystems.set(dev, asked);
  return asked;
}

/**
 * A suspended dm device answers nothing until it is resumed, and whoever has asked it cannot even end before.
 * So it is not asked.
 */
async function awake(path: string, identity: string, fence: Fence): Promise<void> {
  if (!identity.startsWith(BLOCK)) return;
  const suspended = `${sysfsOf(Number(identity.slice(BLOCK.length)))}/dm/suspended`;
  if (readNumber(suspended) !== 1) return;
  let isGivenUp = false;
  const resumed = async () => {
    while (readNumber(suspended) === 1 && !isGivenUp) await sleep(NAP_MS);
  };
  try {
    await fence.run(identity, `${path}: is suspended`, resumed);
  } finally {
    isGivenUp = true;
  }
}

/** @throws DvmError BAD_INPUT for what is neither a block device nor an image file with something in it */
function geometryOf(path: string, stats: BigIntStats, fd: number) {
  const kind = stats.isBlockDevice()
    ? undefined
    : stats.isDirectory()
      ? "a directory"
      : stats.isCharacterDevice()
        ? "a character device"
        : stats.isFIFO()
          ? "a pipe"
          : stats.isSocket()
            ? "a socket"
            : undefined;
  if (kind !== undefined)
    throw new PathError("BAD_INPUT", path, `is ${kind}, not a block device or an image file`);
  const geometry = stats.isBlockDevice()
    ? blockGeometry(Number(stats.rdev), fd)
    : { size: roundDown(Number(stats.size), SECTOR), logicalBlockSize: SECTOR };
  if (geometry.size === 0)
    throw new PathError("BAD_INPUT", path, `is ${stats.size > 0n ? "less than one sector" : "empty"}`);
  return geometry;
}
