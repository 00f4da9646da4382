/** The attempts of each policy to place new tracks. */
import type { Extents } from "../base/units.ts";
import type { AllocationRequest, Policy } from "./allocation.ts";
import type { Placed } from "./shape.ts";
import type { FreeSpace } from "./space.ts";
import { bestRun, type Taking, totalOf } from "./taking.ts";

type Attempt = (request: AllocationRequest, taking: Taking) => readonly Placed[] | undefined;

export const newTracks: Readonly<Record<Policy, Attempt>> = {
  contiguous: (request, taking) => onOnePvEach(request, taking, false),
  cling: (request, taking) => onOnePvEach(request, taking, true),
  normal: (request, taking) =>
    request.apart === "rows" && request.metaLength === 0
      ? wrapAround(request, taking)
      : divide(request, taking),
  anywhere: ({ tracks, length, metaLength, pvs }, taking) => {
    const placed: Placed[] = [];
    for (const _ of tracks) {
      const track = oneRun(pvs, length, metaLength, taking) ?? pieces(pvs, length, metaLength, taking);
      if (!track) return undefined;
      placed.push(track);
    }
    return placed;
  },
};

/** Each track on a PV of its own: in one run, or if `scattered` is allowed in several. */
function onOnePvEach(
  { tracks, length, metaLength, pvs }: AllocationRequest,
  taking: Taking,
  scattered: boolean,
): readonly Placed[] | undefined {
  const need = length + metaLength;
  const ranked: { readonly free: FreeSpace; readonly rank: Extents }[] = [];
  for (const free of pvs) {
    const rank =
      rankOf(free, length, metaLength) ??
      (scattered && free.total >= need ? SCATTERED + free.total : undefined);
    if (rank !== undefined && free.largest >= metaLength) ranked.push({ free, rank });
  }
  if (ranked.length < tracks.length) return undefined;
  const chosen = smallest(ranked, tracks.length);
  const placed: Placed[] = [];
  for (const { free } of chosen) {
    const track = oneRun([free], length, metaLength, taking) ?? pieces([free], length, metaLength, taking);
    if (!track) return undefined;
    placed.push(track);
  }
  return placed;
}

/** Ranks PVs without a fitting run behind those with one. */
const SCATTERED = 2 ** 52;

/** The length of the run that a track would be cut from; undefined when it does not fit one run. */
function rankOf(free: FreeSpace, length: Extents, metaLength: Extents): Extents | undefined {
  const both = bestRun(free, length + metaLength);
  if (both) return both.length;
  if (metaLength === 0) return undefined;
  const image = bestRun(free, length);
  return image && bestRun(free, metaLength, image.start) ? image.length : undefined;
}

/** The first `count` by rank; those of equal rank in their order. */
function smallest<T extends { readonly rank: number }>(items: readonly T[], count: number): readonly T[] {
  if (count > 1) return [...items].sort((a, b) => a.rank - b.rank).slice(0, count);
  return items
    .slice(0, 1)
    .map((first) => items.reduce((best, item) => (item.rank < best.rank ? item : best), first));
}

/**
 * A track in one run of the PV whose run is left smallest, its meta in front of it or in another run there.
 */
export function oneRun(
  pvs: readonly FreeSpace[],
  length: Extents,
  metaLength: Extents,
  taking: Taking,
): Placed | undefined {
  let best: { readonly free: FreeSpace; readonly rank: Extents } | undefined;
  for (const free of pvs) {
    const rank = rankOf(free, length, metaLength);
    if (rank !== undefined && (!best || rank < best.rank)) best = { free, rank };
  }
  if (!best) return undefined;
  const { pv } = best.free;
  const both = bestRun(best.free, length + metaLength);
  if (metaLength === 0) return both && { runs: [taking.take({ pv, start: both.start, length })] };
  if (both) {
    const meta = taking.take({ pv, start: both.start, length: metaLength });
    return { runs: [taking.take({ pv, start: both.start + metaLength, length })], meta };
  }
  const image = bestRun(best.free, length);
  const other = bestRun(best.free, metaLength, image?.start);
  if (!image || !other) return undefined;
  const meta = taking.take({ pv, start: other.start, length: metaLength });
  return { runs: [taking.take({ pv, start: image.start, length })], meta };
}

/** A track in as few runs as there can be, its meta on the PV of the first of them. */
function pieces(
  pvs: readonly FreeSpace[],
  length: Extents,
  metaLength: Extents,
  taking: Taking,
): Placed | undefined {
  if (totalOf(pvs) < length + metaLength) return undefined;
  if (metaLength === 0) return { runs: taking.gather(pvs, length) };
  for (const free of [...pvs].sort((a, b) => b.total - a.total)) {
    const run = bestRun(free, metaLength);
    if (!run || free.total === metaLength) continue;
    const meta = taking.take({ pv: free.pv, start: run.start, length: metaLength });
    const here = Math.min(free.total, length);
    const first = taking.gather([free], here);
    return { runs: [...first, ...taking.gather(pvs, length - here)], meta };
  }
  return undefined;
}

/**
 * Stripes over PVs of unequal room: McNaughton's wrap-around rule. Laid end to end, each PV's share no longer
 * than a track, the shares fill one track after the other; a PV that goes on in the next track is there in
 * other rows. It succeeds whenever it is possible at all.
 */
function wrapAround(
  { tracks, length, pvs }: AllocationRequest,
  taking: Taking,
): readonly Placed[] | undefined {
  const byRoom = [...pvs].sort((a, b) => b.total - a.total);
  const placed = tracks.map((): { runs: Placed["runs"][number][] } => ({ runs: [] }));
  let track = 0;
  let row = 0;
  for (const free of byRoom) {
    let share = Math.min(free.total, length);
    while (share > 0 && track < tracks.length) {
      const part = Math.min(share, length - row);
      placed[track]?.runs.push(...taking.gather([free], part));
      share -= part;
      row += part;
      if (row === length) {
        track += 1;
        row = 0;
      }
    }
  }
  return track === tracks.length ? placed : undefined;
}

/** Legs over several PVs: each PV, the roomiest first, goes to the leg that still lacks most. */
function divide(
  { tracks, length, metaLength, pvs }: AllocationRequest,
  taking: Taking,
): readonly Placed[] | undefined {
  const legs = tracks.map(() => ({ pvs: [] as FreeSpace[], missing: length + metaLength }));
  for (const free of [...pvs].sort((a, b) => b.total - a.total)) {
    const [leg] = legs
      .filter((each) => each.missing > 0 && (each.pvs.length > 0 || free.largest >= metaLength))
      .sort((a, b) => b.missing - a.missing);
    if (!leg || free.total === 0) continue;
    leg.pvs.push(free);
    leg.missing -= free.total;
  }
  const placed: Placed[] = [];
  for (const leg of legs) {
    const track = leg.missing <= 0 ? pieces(leg.pvs, length, metaLength, taking) : undefined;
    if (!track) return undefined;
    placed.push(track);
  }
  return placed;
}
