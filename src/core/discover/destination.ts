/**
 * Where bytes go that a person asked for: the content of an LV, or that of regions. A block device is opened
 * for this alone and is refused as `discover add` refuses it. A file is replaced as a whole by one that is
 * complete, so that what it held is no reason to refuse; that a VG or a loop device lives on it is.
 */

import type { LabelVg } from "../../schema/index.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import { type Bytes, roundDown, sectorsToBytes } from "../base/units.ts";
import { isOurs, parseDmUuid } from "../dm/uuid.ts";
import type { BlockDevice } from "../port/block.ts";
import type { Sink } from "../port/files.ts";
import type { Candidate } from "../port/scanner.ts";
import type { Sys } from "../port/sys.ts";
import { contentOf, refuseContent } from "./content.ts";
import { compileFilter } from "./filter.ts";
import { RESERVED } from "./layout.ts";
import { documentAt, refuseOwnFile } from "./own-files.ts";
import { planClear, stretchesOf } from "./plan-clear.ts";
import type { Found } from "./probe.ts";
import { performSteps } from "./steps.ts";
import { checkUnused } from "./target.ts";
import { useOf } from "./users.ts";
import { askWipefs } from "./wipefs.ts";

export type DestinationSys = Pick<
  Sys,
  "scanner" | "disks" | "files" | "terminal" | "config" | "processes" | "ownFiles"
>;

export interface DestinationRequest {
  /** A block device, a file that is there or not, a pipe or character device, or - for stdout. */
  readonly path: string;
  /** How much is going to be written. */
  readonly size: Bytes;
  /** Over what the destination holds, unless it is in use. */
  readonly force: boolean;
  /** The VG that is read: none of its devices is ever written over. */
  readonly vg?: Pick<LabelVg, "id" | "name">;
  /** Devices and files that are read. */
  readonly sources: readonly string[];
  /** Where devices are looked for: files there are disks. */
  readonly scanned: readonly string[];
}

/** @throws DvmError IN_USE, SIGNATURE, READ_ONLY, TOO_LARGE, BAD_INPUT, IO, with nothing written */
export async function openDestination(sys: DestinationSys, request: DestinationRequest): Promise<Sink> {
  const { path } = request;
  if (path === "-") return sys.files.openSink(path);
  await sys.files.checkLinks(path);
  const candidate = await lookAt(sys, path);
  if (candidate && candidate.dev !== null) return openDevice(sys, candidate, request);
  const refuse = async (there: Candidate | undefined) => {
    if (there) await refuseFile(sys, there, request);
  };
  await refuse(candidate);
  const sink = await sys.files.openSink(path);
  return {
    ...sink,
    async finish() {
      // The copy may have taken long: somebody may have made a disk of the file meanwhile.
      await refuse(await lookAt(sys, path)).catch(async (refusal) => {
        await sink.abandon();
        throw refusal;
      });
      await sink.finish();
    },
  };
}

/** Writes all of something. @throws DvmError as openDestination, and as the destination fails */
export async function writeDestination(
  sys: DestinationSys,
  request: Omit<DestinationRequest, "size">,
  bytes: Uint8Array,
): Promise<void> {
  const sink = await openDestination(sys, { ...request, size: bytes.length });
  try {
    await sink.write(bytes);
  } catch (failure) {
    await sink.abandon();
    throw failure;
  }
  await sink.finish();
}

/** A mistyped name of a disk is no name of a new file, which would be in memory. */
const isOfDevice = (path: string): boolean => path.startsWith("/dev/") && !path.startsWith("/dev/shm/");

/**
 * @returns undefined for what is not there, and for what is neither a block device nor a regular file
 * @throws DvmError NOT_FOUND for a device that is not there
 */
async function lookAt(sys: DestinationSys, path: string): Promise<Candidate | undefined> {
  try {
    const [candidate] = await sys.scanner.look([path]);
    return candidate;
  } catch (thrown) {
    const { code } = toDvmError(thrown);
    if (code === "NOT_FOUND" && isOfDevice(path)) throw thrown;
    if (code === "NOT_FOUND" || code === "BAD_INPUT") return undefined;
    throw thrown;
  }
}

async function openDevice(
  sys: DestinationSys,
  candidate: Candidate,
  request: DestinationRequest,
): Promise<Sink> {
  const { path, force } = request;
  await refuseSources(sys, request);
  checkUnused(candidate, undefined, force);
  const { dmUuid = "" } = candidate;
  if (!force && (isOurs(dmUuid) || parseDmUuid(dmUuid) !== undefined))
    throw inUse(path, "is a live LV; --force writes over what it holds");
  // Opened and looked at before other tools are asked: those have no deadlines.
  await (await openUnused(sys, request, [])).device.close();
  const seen = (await askWipefs(sys, [path])).get(path) ?? [];
  const { device, found } = await openUnused(sys, request, seen);
  try {
    await performSteps(device, planClear(stretchesOf(found, device)));
  } catch (refusal) {
    await device.close();
    throw refusal;
  }
  return deviceSink(device, async () => void (await sys.scanner.rereadPartitions(path)));
}

/** Opens a device for this alone. @throws DvmError when what is on it is not to be written over */
async function openUnused(
  sys: DestinationSys,
  { path, size, force, vg }: DestinationRequest,
  seen: readonly Found[],
): Promise<{ readonly device: BlockDevice; readonly found: readonly Found[] }> {
  const device = await sys.disks.open(path, { write: true, exclusive: true });
  try {
    const content = await contentOf(device, seen);
    if (vg && content.label?.vg.id === vg.id) throw inUse(path, `belongs to VG ${vg.name}, which is read`);
    if (!force) refuseContent(path, content);
    if (size > device.size)
      throw new DvmError(
        "TOO_LARGE",
        `${path}: has ${device.size} bytes, fewer than the ${size} that are written`,
      );
    return { device, found: content.found };
  } catch (refusal) {
    await device.close();
    throw refusal;
  }
}

/** What is written from the beginning on, in whole blocks; what lies behind it in the last block stays. */
function deviceSink(device: BlockDevice, closed: () => Promise<void>): Sink {
  const { logicalBlockSize } = device;
  let at = 0;
  return {
    async write(bytes) {
      const whole = roundDown(bytes.length, logicalBlockSize);
      if (whole > 0) await device.write(at, bytes.subarray(0, whole));
      if (whole < bytes.length) {
        const block = Buffer.alloc(logicalBlockSize);
        await device.read(at + whole, block);
        block.set(bytes.subarray(whole));
        await device.write(at + whole, block);
      }
      at += bytes.length;
    },
    async finish() {
      await device.flush();
      await device.close();
      await closed();
    },
    abandon: () => device.close(),
  };
}

async function refuseFile(
  sys: DestinationSys,
  candidate: Candidate,
  request: DestinationRequest,
): Promise<void> {
  const { path, force, vg } = request;
  await refuseSources(sys, request);
  const use = useOf(candidate);
  if (use !== undefined) throw inUse(path, use);
  if (candidate.size >= sectorsToBytes(RESERVED)) {
    const device = await sys.disks.open(path, { write: false });
    try {
      const { label, names } = await contentOf(device, []);
      if (vg && label?.vg.id === vg.id) throw inUse(path, `belongs to VG ${vg.name}, which is read`);
      if (!force) refuseContent(path, { names: names.filter((name) => name.includes("dvm label")) });
    } finally {
      await device.close();
    }
  }
  if (force) return;
  if (await isScanned(sys, request))
    throw inUse(path, "is among the disks that are looked at; --force replaces it");
  const document = await documentAt(sys, candidate);
  if (document !== undefined) throw inUse(path, `is ${document}; --force replaces it`);
}

/** Nothing that is read is written over, and no file of ours. */
async function refuseSources(sys: DestinationSys, { path, sources }: DestinationRequest): Promise<void> {
  await refuseOwnFile(sys, path);
  const identityOf = (each: string) => sys.disks.identity(each).catch(() => undefined);
  const own = await identityOf(path);
  if (own === undefined) return;
  for (const source of sources)
    if ((await identityOf(source)) === own)
      throw inUse(path, `is one of the devices that are read${source === path ? "" : `, ${source}`}`);
}

/** Whether dvm takes this file for a disk. */
async function isScanned(sys: DestinationSys, { path, scanned }: DestinationRequest): Promise<boolean> {
  const own = await sys.disks.identity(path);
  const passes = compileFilter(sys.config.discover?.filter ?? []);
  for (const place of scanned) {
    const candidates = await sys.scanner.scan([place], () => undefined);
    for (const candidate of candidates)
      if (candidate.dev === null && passes(candidate) && (await isAt(sys, candidate.path, own))) return true;
  }
  return false;
}

const isAt = async (sys: DestinationSys, path: string, identity: string): Promise<boolean> =>
  identity === (await sys.disks.identity(path).catch(() => undefined));

const inUse = (path: string, why: string): DvmError =>
  new DvmError("IN_USE", `${path}: ${why}`, { details: { path } });
