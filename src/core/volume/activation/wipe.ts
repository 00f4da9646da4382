/** Zeroes what a new LV, or a new leg's raid metadata, must not find on the disk. */
import type { Metadata, RegionAddress } from "../../../schema/index.ts";
import { alignedBuffer } from "../../base/aligned.ts";
import { DvmError } from "../../base/error.ts";
import { inParallel } from "../../base/in-parallel.ts";
import { type Sectors, sectorsToBytes } from "../../base/units.ts";
import type { Disks } from "../../port/block.ts";
import type { Run } from "../model.ts";
import type { Place } from "./places.ts";
import { type Copy, copiesOf } from "./roles.ts";

/** Beyond every signature that stands at the beginning of something (the farthest, of btrfs, at 64 KiB). */
const HEAD: Sectors = 256;
/** Before every one that is counted from the end (md 0.90 keeps its own at most 128 KiB from there). */
const TAIL: Sectors = 256;
const AT_ONCE: Sectors = 2048;
const DEVICES_IN_PARALLEL = 32;

/**
 * @param taken what the change takes: nothing else is ever wiped
 * @returns ranges in sectors: the head and tail of each area at the beginning and end of a new LV's copies, and
 *   the whole of raid metadata that is new
 */
export function planWipes(
  old: Metadata,
  next: Metadata,
  taken: ReadonlyMap<string, readonly Run[]>,
  places: ReadonlyMap<string, Place>,
): readonly RegionAddress[] {
  const before = new Set(old.lvs.map(({ id }) => id));
  const wipes: RegionAddress[] = [];
  for (const lv of next.lvs) {
    const runs = taken.get(lv.id);
    if (!runs) continue;
    const isTaken = ({ pv, start, length }: Run) =>
      runs.some((run) => run.pv === pv && run.start <= start && start + length <= run.start + run.length);
    const range = ({ pv, start }: Run, offset: Sectors, length: Sectors) => {
      const place = places.get(pv);
      if (place?.path === undefined)
        throw new DvmError("INCOMPLETE", `LV ${lv.name} would get extents of PV ${pv}, which is missing`);
      wipes.push({ path: place.path, offset: place.dataStart + start * next.vg.extentSize + offset, length });
    };
    const copies = copiesOf(lv);
    for (const run of copies.flatMap(({ meta }) => meta).filter(isTaken))
      range(run, 0, run.length * next.vg.extentSize);
    if (before.has(lv.id)) continue;
    const [heads, tails] = [headsOf(copies), tailsOf(copies)];
    for (const run of new Set([...heads, ...tails])) {
      const length = run.length * next.vg.extentSize;
      const head = heads.includes(run) ? Math.min(HEAD, length) : 0;
      const tail = tails.includes(run) ? Math.min(TAIL, length - head) : 0;
      if (head + tail === length) range(run, 0, length);
      else
        for (const [at, part] of [
          [0, head],
          [length - tail, tail],
        ] as const)
          if (part > 0) range(run, at, part);
    }
  }
  return wipes;
}

/** Writes zeroes and flushes, several devices at once. @throws DvmError IO, DEADLINE, READ_ONLY, NOT_FOUND */
export async function wipe(disks: Disks, wipes: readonly RegionAddress[]): Promise<void> {
  const byPath = new Map<string, RegionAddress[]>();
  for (const each of wipes) {
    const ofPath = byPath.get(each.path);
    if (ofPath) ofPath.push(each);
    else byPath.set(each.path, [each]);
  }
  const zeroes = alignedBuffer(byPath.size === 0 ? 0 : sectorsToBytes(AT_ONCE));
  await inParallel([...byPath], DEVICES_IN_PARALLEL, async ([path, ranges]) => {
    const device = await disks.open(path, { write: true });
    try {
      for (const { offset, length } of ranges) {
        for (let at = 0; at < length; at += AT_ONCE) {
          const part = zeroes.subarray(0, sectorsToBytes(Math.min(AT_ONCE, length - at)));
          await device.write(sectorsToBytes(offset + at), part);
        }
      }
      await device.flush();
    } finally {
      await device.close();
    }
  });
}

const headsOf = (copies: readonly Copy[]): readonly Run[] =>
  copies.flatMap(({ pieces }) => pieces[0]?.runs ?? []);
const tailsOf = (copies: readonly Copy[]): readonly Run[] =>
  copies.flatMap(({ pieces }) => pieces.at(-1)?.runs ?? []);
