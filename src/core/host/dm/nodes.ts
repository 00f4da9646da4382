/** Nodes in /dev/mapper and links in /dev/VG, where no udevd makes them. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
} from "node:fs";
import { dirname } from "node:path";
import { errnoOf } from "../../base/error.ts";
import { parseDmName } from "../../dm/name.ts";
import { isShown } from "../../dm/shown.ts";
import { libc } from "../native.ts";

const DIRECTORY = "/dev/mapper";

/** What is known of a device after an operation. */
export interface NodeInfo {
  readonly uuid: string;
  readonly dev: string;
}

export interface Nodes {
  /** A device of that name will go live. Called while memory may be taken. */
  expected(name: string, uuid: string): void;
  resumed(name: string, info: NodeInfo): void;
  renamed(name: string, newName: string, info: NodeInfo): void;
  removed(name: string): void;
  /** Does what need not be done for each device. */
  tidy(): void;
}

/** What cannot be done is told: the device itself is as it should be. */
export function ownNodes(warn: (message: string) => void): Nodes {
  const attempt = (path: string, work: () => void): void => {
    try {
      work();
    } catch (cause) {
      warn(`${path}: cannot be made or removed: ${errnoOf(cause) ?? cause}`);
    }
  };
  let devtmpfs: boolean | undefined;
  const make = (name: string, { uuid, dev }: NodeInfo): void => {
    devtmpfs ??= isDevtmpfs();
    attempt(nodeOf(name), () => makeDeviceNode(nodeOf(name), dev, devtmpfs ?? false));
    const link = isShown(uuid, name) ? linkOf(name) : undefined;
    if (link !== undefined) attempt(link, () => makeLink(link, name));
  };
  /** Directories that may have become empty. */
  const left = new Set<string>();
  const removeLinkTo = (name: string): void => {
    const link = linkOf(name);
    if (link === undefined) return;
    attempt(link, () => {
      if (removeLink(link, name)) left.add(dirname(link));
    });
  };
  return {
    expected() {},
    resumed: make,
    renamed(name, newName, info) {
      removeLinkTo(name);
      if (existsSync(nodeOf(name))) attempt(nodeOf(newName), () => renameSync(nodeOf(name), nodeOf(newName)));
      make(newName, info);
    },
    removed(name) {
      removeLinkTo(name);
      attempt(nodeOf(name), () => unlinkIfThere(nodeOf(name)));
    },
    tidy() {
      for (const directory of left) attempt(directory, () => removeIfEmpty(directory));
      left.clear();
    },
  };
}

/** udev's rules do all that. */
export const noNodes: Nodes = { expected() {}, resumed() {}, renamed() {}, removed() {}, tidy() {} };

const nodeOf = (name: string): string => `${DIRECTORY}/${name}`;

/** /dev/VG/LV, undefined for a name that is not made of two parts. */
function linkOf(name: string): string | undefined {
  const parts = parseDmName(name);
  return parts && parts.layer === undefined ? `/dev/${parts.vg}/${parts.lv}` : undefined;
}

const targetOf = (name: string): string => `../mapper/${name}`;

/** A link of ours is replaced; anything else that is there stays, and is in the way. */
function makeLink(link: string, name: string): void {
  const failure = tryToLink(targetOf(name), link);
  if (failure === undefined) return;
  if (failure === "ENOENT") mkdirSync(dirname(link), { recursive: true, mode: 0o755 });
  else if (isLink(link)) {
    if (existsSync(link) && realpathSync(link) === realpathSync(nodeOf(name))) return;
    if (readlinkSync(link).startsWith("../mapper/")) unlinkSync(link);
  }
  symlinkSync(targetOf(name), link);
}

/** @returns why it is not made: that something is there, or that the directory is not */
function tryToLink(target: string, path: string): "EEXIST" | "ENOENT" | undefined {
  try {
    symlinkSync(target, path);
    return undefined;
  } catch (cause) {
    const errno = errnoOf(cause);
    if (errno === "EEXIST" || errno === "ENOENT") return errno;
    throw cause;
  }
}

/** @returns whether it was there and ours */
function removeLink(link: string, name: string): boolean {
  try {
    if (readlinkSync(link) !== targetOf(name)) return false;
  } catch (cause) {
    if (["ENOENT", "ENOTDIR", "EINVAL"].includes(errnoOf(cause) ?? "")) return false;
    throw cause;
  }
  unlinkSync(link);
  return true;
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch (cause) {
    if (!["ENOTEMPTY", "EEXIST", "ENOENT"].includes(errnoOf(cause) ?? "")) throw cause;
  }
}

const isLink = (path: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;

/** Whether the kernel itself makes nodes in /dev, before it answers. */
function isDevtmpfs(): boolean {
  try {
    const mounts = readFileSync("/proc/self/mounts", "utf8");
    return [...mounts.matchAll(/^\S+ \/dev (\S+) /gm)].at(-1)?.[1] === "devtmpfs";
  } catch {
    return false; // then each is looked for
  }
}

/** A link to /dev/dm-N as udev makes it where that is, else a block special file. */
function makeDeviceNode(path: string, dev: string, devtmpfs: boolean): void {
  const target = `../dm-${dev.split(":")[1]}`;
  if (!devtmpfs && !existsSync(`${DIRECTORY}/${target}`)) {
    rmSync(path, { force: true });
    makeNode(path, BLOCK | 0o600, dev);
  } else if (tryToLink(target, path) === "EEXIST") {
    if (isLink(path) && readlinkSync(path) === target) return;
    rmSync(path, { force: true });
    symlinkSync(target, path);
  }
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

/** rmSync, which can do more, takes three system calls. */
function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (cause) {
    if (errnoOf(cause) !== "ENOENT") throw cause;
  }
}
