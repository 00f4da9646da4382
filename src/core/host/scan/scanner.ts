import { constants, statSync } from "node:fs";
import { access, open, readdir, realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DvmError, errnoOf, toDvmError } from "../../base/error.ts";
import { globMatcher, isGlob } from "../../base/glob.ts";
import type { Candidate, Holder, Scanner } from "../../port/scanner.ts";
import { diskFailure } from "../disk/disk-failure.ts";
import { dmUuids } from "../dm/uuids.ts";
import { inKernelView, NoKernelView } from "../kernel-view.ts";
import { libc } from "../native.ts";
import { wantThreads } from "../process/threads.ts";
import { readUdevEntry } from "../udev/db.ts";
import { readAliases } from "./aliases.ts";
import { deviceNumber, type Mounts, numberOf, readMounts } from "./mounts.ts";
import { processesWithOpen } from "./openers.ts";
import {
  entries,
  kernelNameOf,
  type Roots,
  read,
  readSysfsBlock,
  SUSPENDED,
  type SysfsBlock,
  sysfsNames,
} from "./sysfs-block.ts";

/** Block devices and image files as sysfs, procfs, /dev and the udev database of the machine tell of them. */
export const hostScanner: Scanner = scannerOf({
  sys: "/sys",
  proc: "/proc",
  dev: "/dev",
  udev: "/run/udev/data",
  dmUuids,
});

/**
 * A scanner over other directories. Nothing here opens a device.
 * @param deviceAt the device number that a node has
 */
export function scannerOf(roots: Roots, deviceAt: (path: string) => string | undefined = numberOf): Scanner {
  return {
    async scan(places, absent) {
      // In /dev a path waits for nothing; elsewhere there may be files on what hangs, and very many of them.
      if (places.every((place) => place.startsWith("/dev/"))) wantThreads(threadsFor(roots));
      const context = readContext(roots, deviceAt);
      if (places.length > 0) return scanPlaces(context, places, absent);
      context.requireKernelView();
      const blocks = await Promise.all(sysfsNames(roots).map((name) => readAwake(roots, name)));
      return blocks.filter((block) => block !== undefined).map((block) => ofBlock(context, block, undefined));
    },
    async look(paths) {
      const context = readContext(roots, deviceAt);
      const found: Candidate[] = [];
      for (const path of paths) found.push((await mustLookAt(context, path)).candidate);
      return found;
    },
    nodeOf(dev) {
      const name = kernelNameOf(roots, dev);
      const node = name === undefined ? undefined : readSysfsBlock(roots, name)?.node;
      return node === undefined ? undefined : join(roots.dev, node);
    },
    async rereadPartitions(path) {
      await reread(path);
      const dev = deviceAt(path);
      const name = dev === undefined ? undefined : kernelNameOf(roots, dev);
      return name === undefined || (await readAwake(roots, name))?.partitioned !== true;
    },
  };
}

/** Of dm devices, so many that have a thread each: those that are looked at, or removed at the same time. */
const DM_DEVICES = 32;

function threadsFor(roots: Roots): number {
  const names = entries(join(roots.sys, "class/block"));
  const dm = names.filter((name) => name.startsWith("dm-")).length;
  return names.length - dm + Math.min(dm, DM_DEVICES);
}

const BLKRRPART = 0x125f;

/** What comes of it sysfs tells: the call fails for one that cannot have partitions too. */
async function reread(path: string): Promise<void> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  if (!file) return;
  try {
    const ioctl = libc().declare("int ioctl(int, unsigned long, uint64_t)");
    await new Promise<void>((resolve) => ioctl.async(file.fd, BLKRRPART, 0, () => resolve()));
  } finally {
    await file.close();
  }
}

/**
 * A device that somebody has just suspended to change its table is back within moments: so long it is waited
 * for.
 */
const NAPS = 50;
const NAP_MS = 20;

async function readAwake(roots: Roots, name: string): Promise<SysfsBlock | undefined> {
  for (let nap = 0; ; nap += 1) {
    const block = readSysfsBlock(roots, name);
    if (block?.stopped !== SUSPENDED || nap === NAPS) return block;
    await sleep(NAP_MS);
  }
}

/** What is read once for a scan of many devices. */
interface Context {
  readonly roots: Roots;
  readonly mounts: Mounts;
  /** Device node (/dev/sdb) -> symlinks to it. */
  readonly aliases: ReadonlyMap<string, readonly string[]>;
  /** Names in /dev/mapper: a node or, where udev runs, a link for each dm device. */
  readonly mapped: ReadonlySet<string>;
  /** Backing file -> loop device; read when it is first asked for. */
  readonly loops: () => ReadonlyMap<string, string>;
  /**
   * Asked before anything is said of block devices: what the kernel does not show is not known not to be
   * there, nor not to be in use. @throws DvmError IO
   */
  readonly requireKernelView: () => void;
  readonly deviceAt: (path: string) => string | undefined;
}

function readContext(roots: Roots, deviceAt: Context["deviceAt"]): Context {
  let loops: ReadonlyMap<string, string> | undefined;
  let hasView = false;
  return {
    roots,
    mounts: readMounts(roots),
    aliases: readAliases(roots.dev),
    mapped: new Set(entries(join(roots.dev, "mapper"))),
    loops: () => {
      loops ??= readLoops(roots);
      return loops;
    },
    requireKernelView() {
      const needed = hasView ? [] : [join(roots.sys, "class/block"), join(roots.proc, "self/mountinfo")];
      for (const path of needed) inKernelView(path, () => statSync(path));
      hasView = true;
    },
    deviceAt,
  };
}

const readLoops = (roots: Roots): ReadonlyMap<string, string> =>
  new Map(
    entries(join(roots.sys, "class/block"))
      .filter((name) => name.startsWith("loop"))
      .map((name) => [read(join(roots.sys, "class/block", name, "loop/backing_file")) ?? "", name]),
  );

/** Every device once, under the first name by which it was reached; its other names become aliases. */
async function scanPlaces(
  context: Context,
  places: readonly string[],
  absent?: (path: string) => void,
): Promise<Candidate[]> {
  const found = new Map<string, Candidate>();
  const add = (key: string, candidate: Candidate) => {
    const known = found.get(key);
    const names = new Set([...(known?.aliases ?? []), ...candidate.aliases, candidate.path]);
    const kept = known ?? candidate;
    names.delete(kept.path);
    found.set(key, { ...kept, aliases: [...names] });
  };
  for (const place of places) {
    const plain = !isGlob(place);
    const barred = (path: string, cause: unknown) => add(`path:${path}`, unlooked(path, cause));
    const paths = plain ? [place] : await expand(place, barred);
    for (const path of paths) {
      const kind = await stat(path).catch(() => undefined);
      const within = kind?.isDirectory() ? await namesIn(path) : undefined;
      if (within && !plain) continue;
      for (const each of within?.map((name) => join(path, name)) ?? [path]) {
        const looked =
          plain && !within
            ? await mustLookAt(context, each).catch((error) => {
                if (!absent || toDvmError(error).code !== "NOT_FOUND") throw error;
                absent(each);
                return undefined;
              })
            : await lookAt(context, each).catch((error) => {
                if (error instanceof NoKernelView) throw error;
                if (toDvmError(error).code !== "NOT_FOUND") barred(each, error);
                return undefined;
              });
        if (looked) add(looked.key, looked.candidate);
      }
    }
  }
  return [...found.values()];
}

/** @throws DvmError IO */
async function namesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch((cause) => {
    throw diskFailure(directory, cause);
  });
  return names.filter(isShown).sort();
}

interface Looked {
  /** Equal for two paths to one device. */
  readonly key: string;
  readonly candidate: Candidate;
}

async function mustLookAt(context: Context, path: string): Promise<Looked> {
  const looked = await lookAt(context, path);
  if (!looked) throw new DvmError("BAD_INPUT", `${path}: is neither a block device nor a file`);
  return looked;
}

/** @returns undefined for what can be no device. @throws DvmError NOT_FOUND, IO */
async function lookAt(context: Context, path: string): Promise<Looked | undefined> {
  const found = await stat(path).catch((cause) => {
    throw diskFailure(path, cause);
  });
  if (found.isBlockDevice()) {
    context.requireKernelView();
    const dev = deviceNumber(found.rdev);
    const name = kernelNameOf(context.roots, dev);
    const block = name === undefined ? undefined : await readAwake(context.roots, name);
    return { key: dev, candidate: block ? ofBlock(context, block, path) : withoutDriver(path, dev) };
  }
  if (!found.isFile()) return undefined;
  const real = await realpath(path);
  const refusal = await access(path, constants.W_OK).then(
    () => undefined,
    (cause) => diskFailure(path, cause, { write: true }),
  );
  const isReadOnly = refusal?.code === "READ_ONLY";
  const candidate: Candidate = {
    ...plainFacts,
    path,
    aliases: real === resolve(path) ? [] : [real],
    dev: null,
    size: found.size,
    readOnly: isReadOnly,
    ...(refusal && !isReadOnly ? { unwritable: withoutPath(path, refusal) } : {}),
    holders: [],
    over: () => loopOver(context, real),
  };
  return { key: `file:${found.dev}:${found.ino}`, candidate };
}

function ofBlock(context: Context, block: SysfsBlock, path?: string): Candidate {
  const { roots, mounts, aliases, mapped, deviceAt } = context;
  const node = join(roots.dev, block.node);
  const udev = readUdevEntry(roots.udev, block.dev);
  const { dmName } = block;
  const byName = dmName !== undefined && mapped.has(dmName) ? join(roots.dev, "mapper", dmName) : undefined;
  const names = new Set([
    ...(byName === undefined ? [] : [byName]),
    node,
    ...(aliases.get(node) ?? []),
    ...udev.links.map((link) => join(roots.dev, link)),
  ]);
  // A node may be left over from another device that had its name: then a link may still lead there.
  const right = path ?? [...names].find((name) => deviceAt(name) === block.dev);
  const chosen = right ?? node;
  names.delete(chosen);
  const unreachable = block.stopped ?? (right === undefined ? whyAstray(node, deviceAt(node)) : undefined);
  const mountedOn = mounts.get(block.dev);
  return {
    path: chosen,
    aliases: [...names],
    dev: block.dev,
    size: block.size,
    readOnly: block.readOnly,
    ...(dmName === undefined ? {} : { dmUuid: block.dmUuid ?? "" }),
    holders: block.holders,
    over: () => [...loopOver(context, node), ...block.overPartitions()],
    openedBy: () => processesWithOpen(roots, deviceAt, block.dev),
    partitioned: block.partitioned,
    ...(mountedOn === undefined ? {} : { mountedOn }),
    ...(udev.fsType === undefined ? {} : { fsType: udev.fsType }),
    ...(unreachable === undefined ? {} : { unreachable }),
    optimalIoSize: block.optimalIoSize,
    alignmentOffset: block.alignmentOffset,
  };
}

function loopOver({ loops }: Context, backing: string): Holder[] {
  const name = loops().get(backing);
  return name === undefined ? [] : [{ name }];
}

const whyAstray = (node: string, dev: string | undefined): string =>
  dev === undefined ? `has no node ${node}` : `its node ${node} leads to another device, ${dev}`;

const plainFacts = { aliases: [], partitioned: false, optimalIoSize: 0, alignmentOffset: 0 } as const;

/** A node in /dev that no driver answers to. */
const withoutDriver = (path: string, dev: string): Candidate => ({
  ...plainFacts,
  path,
  dev,
  size: 0,
  readOnly: true,
  holders: [],
});

/** What is there, but may not be looked at. */
const unlooked = (path: string, cause: unknown): Candidate => ({
  ...plainFacts,
  path,
  dev: null,
  size: 0,
  readOnly: true,
  holders: [],
  unreachable: withoutPath(path, diskFailure(path, cause)),
});

/** The reason alone, for who says the path. */
const withoutPath = (path: string, { message }: DvmError): string =>
  message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message;

const isShown = (name: string): boolean => !name.startsWith(".");

/**
 * The paths that a pattern matches, sorted, one directory level per component.
 * @param barred told of directories that could not be read
 */
async function expand(pattern: string, barred: (path: string, cause: unknown) => void): Promise<string[]> {
  const components = pattern.split("/").filter((part) => part !== "");
  let paths = [pattern.startsWith("/") ? "/" : ""];
  for (const part of components) {
    if (!isGlob(part)) {
      paths = paths.map((path) => join(path, part));
      continue;
    }
    const matches = globMatcher(part);
    const lists = await Promise.all(
      paths.map(async (path) => {
        const names = await readdir(path === "" ? resolve(".") : path).catch((cause): string[] => {
          if (!["ENOENT", "ENOTDIR"].includes(errnoOf(cause) ?? "")) barred(path, cause);
          return [];
        });
        return names.filter(matches).map((name) => join(path, name));
      }),
    );
    paths = lists.flat();
  }
  return paths.sort();
}
