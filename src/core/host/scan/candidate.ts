import { constants } from "node:fs";
import { access, realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { DvmError } from "../../base/error.ts";
import { isAbout, PathError } from "../../base/path-error.ts";
import type { Candidate } from "../../port/scanner.ts";
import { diskFailure } from "../disk/disk-failure.ts";
import { readUdevEntry } from "../udev/db.ts";
import { readAwake } from "./awake.ts";
import { loopOver, type ScanContext } from "./context.ts";
import { deviceNumber } from "./mounts.ts";
import { processesWithOpen } from "./openers.ts";
import { kernelNameOf, type SysfsBlock } from "./sysfs-block.ts";

export interface LookedAt {
  /** Equal for two paths to one device. */
  readonly key: string;
  readonly candidate: Candidate;
}

/** @throws DvmError BAD_INPUT for what can be no device, NOT_FOUND, IO */
export async function mustLookAt(context: ScanContext, path: string): Promise<LookedAt> {
  const looked = await lookAt(context, path);
  if (!looked) throw new PathError("BAD_INPUT", path, "is neither a block device nor a file");
  return looked;
}

/** @returns undefined for what can be no device. @throws DvmError NOT_FOUND, IO */
export async function lookAt(context: ScanContext, path: string): Promise<LookedAt | undefined> {
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
    ...(refusal && !isReadOnly ? { unwritable: reasonFor(path, refusal) } : {}),
    holders: [],
    over: () => loopOver(context, real),
  };
  return { key: `file:${found.dev}:${found.ino}`, candidate };
}

/** A block device. @param path the name by which it was reached; left out: one of its own */
export function ofBlock(context: ScanContext, block: SysfsBlock, path?: string): Candidate {
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
    ...(dmName === undefined ? {} : { dmUuid: block.dmUuid ?? "", below: block.below }),
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
export const unlooked = (path: string, cause: unknown): Candidate => ({
  ...plainFacts,
  path,
  dev: null,
  size: 0,
  readOnly: true,
  holders: [],
  unreachable: reasonFor(path, diskFailure(path, cause)),
});

/** The reason alone, for who says the path. */
const reasonFor = (path: string, failure: DvmError): string =>
  isAbout(failure, path) ? failure.reason : failure.message;
