/** The attempts of each policy to add to tracks that are there. */
import type { Extents } from "../base/units.ts";
import { newTracks, oneRun } from "./allocate-new.ts";
import type { AllocationRequest, Policy } from "./allocation.ts";
import type { Placed, Track } from "./shape.ts";
import type { FreeSpace } from "./space.ts";
import { type Taking, totalOf } from "./taking.ts";

type Attempt = (request: AllocationRequest, taking: Taking) => readonly Placed[] | undefined;

export const addToTracks: Readonly<Record<Policy, Attempt>> = {
  contiguous: (request, taking) =>
    each(request, (track) => behind(track, request.pvs, request.length, taking)),
  cling: (request, taking) => each(request, (track) => clinging(track, request, taking)),
  normal: (request, taking) =>
    request.apart === "rows"
      ? newTracks.normal(withoutPast(request), taking)
      : each(request, (track, index, placed) => {
          const others = pvsOfOthers(request.tracks, index, placed);
          const pvs = request.pvs.filter(({ pv }) => !others.has(pv));
          return clinging(track, { ...request, pvs }, taking) ?? somewhere(pvs, request.length, taking);
        }),
  anywhere: (request, taking) => each(request, () => somewhere(request.pvs, request.length, taking)),
};

function each(
  { tracks }: AllocationRequest,
  place: (track: Track, index: number, placed: readonly Placed[]) => Placed | undefined,
): readonly Placed[] | undefined {
  const placed: Placed[] = [];
  for (const [index, track] of tracks.entries()) {
    const one = place(track, index, placed);
    if (!one) return undefined;
    placed.push(one);
  }
  return placed;
}

/** Right behind the track's last run. */
function behind(
  { end }: Track,
  pvs: readonly FreeSpace[],
  length: Extents,
  taking: Taking,
): Placed | undefined {
  const free = pvs.find(({ pv }) => pv === end?.pv);
  if (!end || !free || free.freeAt(end.start) < length) return undefined;
  return { runs: [taking.take({ ...end, length })] };
}

/**
 * On PVs that the track is on; of stripes only the last PV, since an earlier one may be another track's now.
 */
function clinging(
  track: Track,
  { pvs, length, apart, tracks }: AllocationRequest,
  taking: Taking,
): Placed | undefined {
  const allowed = new Set(apart === "rows" && tracks.length > 1 ? track.pvs.slice(0, 1) : track.pvs);
  const own = pvs.filter(({ pv }) => allowed.has(pv));
  return behind(track, own, length, taking) ?? somewhere(own, length, taking);
}

function somewhere(pvs: readonly FreeSpace[], length: Extents, taking: Taking): Placed | undefined {
  const one = oneRun(pvs, length, 0, taking);
  if (one) return one;
  return totalOf(pvs) >= length ? { runs: taking.gather(pvs, length) } : undefined;
}

const withoutPast = (request: AllocationRequest): AllocationRequest => ({
  ...request,
  tracks: request.tracks.map(() => ({ pvs: [] })),
});

const pvsOfOthers = (tracks: readonly Track[], index: number, placed: readonly Placed[]): Set<string> =>
  new Set([
    ...tracks.flatMap(({ pvs }, other) => (other === index ? [] : pvs)),
    ...placed.flatMap(({ runs }) => runs.map(({ pv }) => pv)),
  ]);
