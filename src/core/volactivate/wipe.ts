/** Zeroes what a new LV, or a new leg's raid metadata, must not find on the disk. */
import type { Lv, RegionAddress, Vg } from "../../schema/index.ts";
import { alignedBuffer } from "../base/aligned.ts";
import { DvmError } from "../base/error.ts";
import { inParallel } from "../base/in-parallel.ts";
import { type Sectors, sectorsToBytes } from "../base/units.ts";
import type { Disks } from "../port/block.ts";
import { type Copy, contentsOf, copiesOf, type Piece } from "../volume/roles.ts";
import type { Run } from "../volume/runs.ts";
import type { Places } from "./places.ts";
import type { TakenExtents } from "./taken.ts";

/** Beyond every signature that stands at the beginning of something (the farthest, of btrfs, at 64 KiB). */
const HEAD: Sectors = 256;
/** Before every one that is counted from the end (md 0.90 keeps its own at most 128 KiB from there). */
const TAIL: Sectors = 256;
const AT_ONCE: Sectors = 2048;
const DEVICES_IN_PARALLEL = 32;

/**
 * @param taken what the change takes: nothing else is ever wiped
 * @param wipe as partsToWipe has it
 * @returns ranges in sectors: the head and tail of each area near the beginning and the end of a new LV's
 *   copies, all of raid metadata that is new, the head of what begins with nothing, and what a new leg has
 *   beyond the end of its LV
 */
export function planWipes(
  { extentSize }: Vg,
  taken: readonly TakenExtents[],
  wipe: boolean,
  { of, whyNot }: Places,
): readonly RegionAddress[] {
  return partsToWipe(taken, { wipe, extentSize }).map(({ lv, run, at, length }) => {
    const place = of.get(run.pv);
    if (place?.path === undefined)
      throw new DvmError(
        "INCOMPLETE",
        `LV ${lv.name} would get extents of PV ${run.pv}, which ${whyNot.get(run.pv)}`,
      );
    return { path: place.path, offset: place.dataStart + run.start * extentSize + at, length };
  });
}

/**
 * @param wipe false: new LVs come back with what they had, raid metadata too, but for that of legs that are
 *   rebuilt
 */
export const partsToWipe = (
  taken: readonly TakenExtents[],
  { wipe, extentSize }: { readonly wipe: boolean; readonly extentSize: Sectors },
): readonly (Part & { readonly lv: Lv })[] =>
  taken.flatMap(({ lv, isNew, runs }) => {
    const comesBack = isNew && !wipe;
    const copies = copiesOf(lv);
    const metas = copies
      .filter(({ state }) => !comesBack || state === "rebuild")
      .flatMap(({ meta, wiped }) => meta.map((run): Part => ({ run, at: 0, length: wiped })))
      .filter(({ run }) => isWithin(run, runs));
    const ends = isNew && wipe ? endsOf(copies, extentSize) : [];
    const beyond = copies
      .flatMap((copy) => lastRowOf(copy, extentSize))
      .filter(({ run }) => isWithin(run, runs));
    const heads = freshHeadsOf(lv).filter(({ run }) => isWithin(run, runs));
    return [...metas, ...heads, ...beyond, ...ends].map((part) => ({ ...part, lv }));
  });

const freshHeadsOf = (lv: Lv): Part[] =>
  contentsOf(lv).flatMap(({ fresh = 0, pieces: [first] }) => {
    const [run] = first?.runs ?? [];
    return run && fresh > 0 ? [{ run, at: 0, length: fresh }] : [];
  });

/** A part of a run, in sectors. */
interface Part {
  readonly run: Run;
  readonly at: Sectors;
  readonly length: Sectors;
}

const isWithin = ({ pv, start, length }: Run, runs: readonly Run[]): boolean =>
  runs.some((run) => run.pv === pv && run.start <= start && start + length <= run.start + run.length);

/** What becomes the end of the LV when it gets whole rows of stripes, which nobody has written. */
function lastRowOf({ isLonger, state, pieces }: Copy, extentSize: Sectors): Part[] {
  if (!isLonger || state !== "rebuild") return [];
  const runs = pieces.at(-1)?.runs ?? [];
  return runs.map((run) => ({ run, at: (run.length - 1) * extentSize, length: extentSize }));
}

function endsOf(copies: readonly Copy[], extentSize: Sectors): Part[] {
  const runsOf = (copy: Copy, isWanted: (piece: Piece) => boolean) =>
    copy.pieces.filter(isWanted).flatMap(({ runs }) => runs);
  const heads = copies.flatMap((copy) => runsOf(copy, ({ start }) => start * extentSize < HEAD));
  const tails = copies.flatMap((copy) => {
    const last = copy.pieces.at(-1)?.end ?? 0;
    return runsOf(copy, ({ end }) => (last - end) * extentSize < TAIL);
  });
  return [...new Set([...heads, ...tails])].flatMap((run): Part[] => {
    const length = run.length * extentSize;
    const head = heads.includes(run) ? Math.min(HEAD, length) : 0;
    const tail = tails.includes(run) ? Math.min(TAIL, length - head) : 0;
    if (head + tail === length) return [{ run, at: 0, length }];
    const parts = [
      { run, at: 0, length: head },
      { run, at: length - tail, length: tail },
    ];
    return parts.filter((part) => part.length > 0);
  });
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
