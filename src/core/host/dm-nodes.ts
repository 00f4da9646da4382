/**
 * The nodes /dev/mapper/NAME. With a running udevd its rules make them, from the flags that an ioctl carries;
 * without one this process makes them after the ioctl.
 */
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import type { DmInfo } from "../port/dm.ts";
import { libc } from "./native.ts";

const DIRECTORY = "/dev/mapper";

/** Flags of libdevmapper for udev's rules, which stand in the upper half of a cookie. */
const UDEV = { disableSubsystem: 0x02, disableDisk: 0x04, disableOther: 0x08, primary: 0x40 } as const;

export interface Nodes {
  /** cookie() must be given the device's uuid. */
  readonly needUuid: boolean;
  /** The event_nr for an ioctl that makes the kernel send a uevent. */
  cookie(uuid: string): number;
  resumed(name: string, info: DmInfo): void;
  renamed(name: string, newName: string, dev: string): void;
  removed(name: string): void;
}

export function openNodes(): Nodes {
  return existsSync("/run/udev/control") ? udevNodes : ownNodes;
}

/** udev's rules do it: a cookie without semaphore, so nobody waits for them. */
const udevNodes: Nodes = {
  needUuid: true,
  cookie: (uuid) => (udevFlags(uuid) * 0x10000) >>> 0,
  resumed() {},
  renamed() {},
  removed() {},
};

const ownNodes: Nodes = {
  needUuid: false,
  cookie: () => 0,
  resumed: (name, { dev }) => make(name, dev),
  renamed(name, newName, dev) {
    if (existsSync(join(name))) renameSync(join(name), join(newName));
    else make(newName, dev);
  },
  removed: (name) => rmSync(join(name), { force: true }),
};

/** A hidden layer (its uuid has a suffix) is nothing for udev's other rules: nobody scans or mounts it. */
export const udevFlags = (uuid: string): number =>
  UDEV.primary |
  (/^DVM-[0-9a-f]{64}-/.test(uuid) ? UDEV.disableSubsystem | UDEV.disableDisk | UDEV.disableOther : 0);

const join = (name: string): string => `${DIRECTORY}/${name}`;

/** A link to /dev/dm-N as udev makes it where devtmpfs has that, else a block special file. */
function make(name: string, dev: string): void {
  const path = join(name);
  const minor = Number(dev.split(":")[1]);
  rmSync(path, { force: true });
  if (existsSync(`/dev/dm-${minor}`)) symlinkSync(`../dm-${minor}`, path);
  else makeNode(path, BLOCK | 0o600, dev);
}

const BLOCK = 0o060000;
const CHARACTER = 0o020000;
const MISC_MAJOR = 10;

/** Makes /dev/mapper/control where neither udev nor devtmpfs has. */
export function makeControlNode(path: string, minor: number | undefined): void {
  if (minor === undefined || existsSync(path)) return;
  mkdirSync(DIRECTORY, { recursive: true });
  makeNode(path, CHARACTER | 0o600, `${MISC_MAJOR}:${minor}`);
}

/** mknod(2). That it fails is seen by who opens the node. */
function makeNode(path: string, mode: number, dev: string): void {
  const [major = 0, minor = 0] = dev.split(":").map(Number);
  // makedev(3) of glibc and musl alike.
  const number = (minor & 0xff) + ((major & 0xfff) << 8) + (minor >>> 8) * 2 ** 20 + (major >>> 12) * 2 ** 44;
  libc().declare("int mknod(const char *, unsigned int, unsigned long)")(path, mode, number);
}
