import type { Discovery, Metadata } from "../../schema/index.ts";
import { alignedBuffer } from "../base/aligned.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import { PAGE } from "../base/units.ts";
import type { BlockDevice } from "../port/block.ts";
import type { Sink, Source } from "../port/files.ts";
import type { Sys } from "../port/sys.ts";
import { underLvLocks } from "./lv-locks.ts";
import { type DesiredLv, desiredOf, findLv, openDesired, refuseLive } from "./open-lv.ts";
import { findAnyVg, findVg, readMetadata, type Where } from "./vg.ts";

/** Copied at a time. */
const CHUNK = 1 << 20;

export interface ContentsOptions {
  readonly devices: readonly string[];
  /** vg/lv */
  readonly lv: string;
  readonly file: string;
}

/** Opens what is written to, when it is known what is read. */
export type OpenSink = (read: { readonly size: number; readonly from: Discovery }) => Promise<Sink>;

/** Writes an LV's content to where `openSink` leads, without help of a kernel. @returns bytes copied */
export async function exportLv(sys: Sys, options: ContentsOptions, openSink: OpenSink): Promise<number> {
  return withLv(sys, options, false, async (device, from) => {
    const sink = await openSink({ size: device.size, from });
    const buffer = alignedBuffer(CHUNK);
    try {
      for (let at = 0; at < device.size; at += CHUNK) {
        const part = buffer.subarray(0, Math.min(CHUNK, device.size - at));
        await device.read(at, part);
        await sink.write(part);
        const done = at + part.length;
        sys.terminal.progress(`exporting ${options.lv} (MiB)`, done >> 20, device.size >> 20);
      }
      await sink.finish();
    } catch (error) {
      await sink.abandon();
      throw error;
    }
    return device.size;
  });
}

/** Writes a file or stdin over the beginning of an LV, to all copies, and flushes. @returns bytes copied */
export async function importLv(sys: Sys, options: ContentsOptions): Promise<number> {
  return withLv(sys, options, true, async (device) => {
    const source = await sys.files.openSource(options.file);
    try {
      if (source.size !== undefined && source.size > device.size) throw tooLarge(options, device);
      return await copyOver(sys, options, source, device);
    } finally {
      await source.close();
    }
  });
}

async function copyOver(
  sys: Sys,
  options: ContentsOptions,
  source: Source,
  device: BlockDevice,
): Promise<number> {
  const buffer = alignedBuffer(CHUNK);
  let at = 0;
  try {
    for (;;) {
      const length = await source.read(buffer);
      if (length === 0) break;
      if (at + length > device.size) throw tooLarge(options, device);
      const padded = Math.min(Math.ceil(length / PAGE) * PAGE, device.size - at);
      const part = buffer.subarray(0, padded);
      // What lies behind the end of the source within the last page stays as it was.
      if (padded > length) await fillTail(device, at, part, length);
      await device.write(at, part);
      at += length;
      sys.terminal.progress(`importing ${options.lv} (MiB)`, at >> 20, (source.size ?? at) >> 20);
    }
    await device.flush();
    return at;
  } catch (cause) {
    const { code, message, details } = toDvmError(cause);
    if (code === "BUG" || at === 0) throw cause;
    const now = `the first ${at} bytes of ${options.lv} are overwritten by now`;
    throw new DvmError(code, `${message}; ${now}`, { cause, details });
  }
}

async function fillTail(device: BlockDevice, at: number, part: Buffer, length: number): Promise<void> {
  const old = alignedBuffer(part.length).subarray(0, part.length);
  await device.read(at, old);
  old.copy(part, length, length);
}

async function withLv<T>(
  sys: Sys,
  options: ContentsOptions,
  write: boolean,
  work: (device: BlockDevice, from: Discovery) => Promise<T>,
): Promise<T> {
  const [vg = "", lv = "", more] = options.lv.split("/");
  if (vg === "" || lv === "" || more !== undefined)
    throw new DvmError("USAGE", `"${options.lv}" names no LV: write VG/LV`);
  const where: Where = { vg, devices: options.devices };
  const found = await (write ? findVg : findAnyVg)(sys, where);
  const { opened, release } = await underLvLocks(sys, found, async ({ metadata, discovery, take }) => {
    const wanted = findLv(metadata, lv);
    await take(wanted, write ? "exclusive" : "shared", "content");
    const desired = await desiredOf(sys, { metadata, discovery, lv: wanted, write });
    await refuseLive(sys, desired);
    return { metadata, discovery, desired, device: await openDesired(sys, desired) };
  });
  const { metadata, discovery, desired, device } = opened;
  try {
    const done = await work(device, discovery);
    if (discovery.vg.foreign) await refuseChanged(sys, metadata, discovery, desired);
    return done;
  } finally {
    // Only what has closed it has marked its copies as they were.
    await device.close().finally(release);
  }
}

/** Another volume manager is not kept from its VG for as long as that takes. */
async function refuseChanged(
  sys: Sys,
  { vg: { foreign } }: Metadata,
  discovery: Discovery,
  desired: DesiredLv,
): Promise<void> {
  await refuseLive(sys, { ...desired, stores: [] });
  const now = await readMetadata(sys, discovery);
  if (now.vg.foreign?.seqno !== foreign?.seqno)
    throw new DvmError(
      "STALE",
      `VG ${now.vg.name} was changed while ${desired.shown} was read: read it again`,
    );
}

const tooLarge = ({ file, lv }: ContentsOptions, device: BlockDevice): DvmError =>
  new DvmError("TOO_LARGE", `${file} is larger than ${lv} (${device.size} bytes)`);
