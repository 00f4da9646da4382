/**
 * Finds free extents for one LV: one track (linear), or several that run in parallel (stripes, legs). A
 * policy allows what the ones before it allow, and more; the first that succeeds is used. The same space and
 * request give the same result, whatever the order of the document.
 *
 *   contiguous  each track is one run; what is added follows right behind what is there
 *   cling       each track stays on one PV; what is added goes on PVs that the track is on
 *   normal      anywhere, but no two areas of one row of stripes on one PV, and no PV in two legs
 *   anywhere    anywhere
 */
import { assert } from "../base/assert.ts";
import { DvmError } from "../base/error.ts";
import { type Bytes, formatSize, type Sectors } from "../base/units.ts";
import { addToTracks } from "./allocate-more.ts";
import { newTracks } from "./allocate-new.ts";
import { type AllocationRequest, policies } from "./allocation.ts";
import { endOf, type Run } from "./runs.ts";
import type { Placed } from "./shape.ts";
import type { FreeSpace, Space } from "./space.ts";
import { Taking, totalOf } from "./taking.ts";

/**
 * Takes the extents out of `space`: spared ones only if there is no other way, and of them as few of the
 * newest as doubling their number tells.
 * @returns what each track got, or undefined when the policy cannot be kept; nothing is taken then
 */
export function tryAllocate(space: Space, request: AllocationRequest): readonly Placed[] | undefined {
  const released: Run[] = [];
  for (;;) {
    const placed = attempt(space, request);
    if (placed) return placed;
    const more = space.release(Math.max(1, released.length), request.pvs);
    if (more.length === 0) break;
    released.push(...more);
  }
  space.spare(released);
  return undefined;
}

function attempt(space: Space, request: AllocationRequest): readonly Placed[] | undefined {
  const attempts = request.tracks.some(({ end }) => end) ? addToTracks : newTracks;
  for (const pvs of byBlocks(request)) {
    for (const policy of policies.slice(0, policies.indexOf(request.policy) + 1)) {
      const free = totalOf(pvs);
      const taking = new Taking(space);
      const placed = attempts[policy]({ ...request, pvs }, taking);
      if (placed) assertPlaced(request, placed);
      else taking.undo();
      const taken = placed ? request.tracks.length * (request.length + request.metaLength) : 0;
      assert(totalOf(pvs) === free - taken, `${free - totalOf(pvs)} extents were taken instead of ${taken}`);
      if (placed) return placed;
    }
  }
  return undefined;
}

/** Each track has what was asked for, and no extent is in two of them. */
function assertPlaced({ tracks, length, metaLength }: AllocationRequest, placed: readonly Placed[]): void {
  assert(placed.length === tracks.length, `${placed.length} of ${tracks.length} tracks were placed`);
  const all = placed.flatMap(({ runs, meta }) => {
    const got = runs.reduce((sum, run) => sum + run.length, 0);
    assert(got === length, `a track got ${got} extents instead of ${length}`);
    assert((meta?.length ?? 0) === metaLength, `a track's metadata got ${meta?.length ?? 0} extents`);
    return meta ? [meta, ...runs] : runs;
  });
  const last = new Map<string, Run>();
  for (const run of [...all].sort((a, b) => a.start - b.start)) {
    const before = last.get(run.pv);
    assert(!before || endOf(before) <= run.start, `extent ${run.start} of PV ${run.pv} was given twice`);
    last.set(run.pv, run);
  }
}

/**
 * The PVs to try at a time: those of the LV's own block size; for a new LV those of each size, the smallest
 * first, since what was made for any disk works there. If it may lie on several, those that do not make it so
 * go first.
 */
function byBlocks({ pvs, blockBytes, mixed }: AllocationRequest): readonly (readonly FreeSpace[])[] {
  const sizes = [...new Set(pvs.map((free) => free.blockBytes))].sort((a, b) => a - b);
  if (sizes.every((size) => size === (blockBytes ?? sizes[0]))) return [pvs];
  const ofSize = (size: Bytes) => pvs.filter((free) => free.blockBytes === size);
  const own = blockBytes === undefined ? [] : [blockBytes];
  if (blockBytes !== undefined && !mixed) return own.map(ofSize);
  const each = [...new Set([...own, ...sizes])].map(ofSize);
  return mixed ? [...each, pvs] : each;
}

/** Gives back what was taken. */
export function giveBack(space: Space, placed: readonly Placed[]): void {
  for (const { runs, meta } of placed) for (const run of meta ? [meta, ...runs] : runs) space.give(run);
}

/**
 * As tryAllocate.
 * @param what for the message, as `LV data`
 * @throws DvmError NO_SPACE saying how much was needed, and how much was free where; BLOCK_SIZE when there is
 *   room for an LV that lies on PVs of several block sizes
 */
export function allocate(
  space: Space,
  request: AllocationRequest,
  what: string,
  { name: vg, extentSize }: { readonly name: string; readonly extentSize: Sectors },
): readonly Placed[] {
  const placed = tryAllocate(space, request);
  if (placed) return placed;
  const { tracks, length, metaLength, policy, pvs } = request;
  space.release(Number.POSITIVE_INFINITY, pvs);
  const each = tracks.length > 1 ? `${tracks.length} times ` : "";
  const meta = metaLength > 0 ? ` and ${metaLength} for its raid metadata` : "";
  const mixed = request.mixed ? undefined : tryAllocate(space, { ...request, mixed: true });
  if (mixed) giveBack(space, mixed);
  throw new DvmError(
    mixed ? "BLOCK_SIZE" : "NO_SPACE",
    `${what} needs ${each}${length} extents (${formatSize(length * extentSize)})${meta}, placed by ` +
      `policy ${policy}${mixed ? onOneSize(request) : ""}; ` +
      `${tooFew(request)}${freeWhere(request, extentSize)}; ` +
      `${moreRoom(vg, request.named)}${mixed ? ", with such blocks" : ""}`,
    {
      details: {
        length,
        tracks: tracks.length,
        policy,
        free: Object.fromEntries(pvs.slice(0, MANY).map(({ pv, total }) => [pv, total])),
      },
    },
  );
}

/** Tracks that have to be apart take as many PVs. */
function tooFew({ tracks, policy, pvs }: AllocationRequest): string {
  const there = pvs.filter(({ total }) => total > 0).length;
  if (policy === "anywhere" || tracks.length < 2 || there >= tracks.length) return "";
  return `${tracks.length} PVs are needed, and ${there} ${there === 1 ? "has" : "have"} room; `;
}

/** Why it does not fit although there is room. */
function onOneSize({ blockBytes, mixed }: AllocationRequest): string {
  const where =
    blockBytes === undefined
      ? "on PVs with logical blocks of one size"
      : `on PVs with logical blocks of ${blockBytes} bytes, as it has`;
  const how =
    mixed === false ? " (--allow-mixed-blocks lets an LV that is not in use lie on others, too)" : "";
  return `, ${where}${how}`;
}

const MANY = 10;

/** What to type where there is too little room. @param named only PVs that somebody has named may be used */
export const moreRoom = (vg: string, named: boolean): string =>
  named
    ? `to have more, name other PVs too: dvm expand ${vg} DEVICE makes one`
    : `to have more: dvm expand ${vg} DEVICE`;

function freeWhere({ pvs, blockBytes }: AllocationRequest, extentSize: Sectors): string {
  const free = pvs.filter(({ total }) => total > 0);
  if (pvs.length === 0) return "nothing is free: there is no PV that it may use";
  if (free.length === 0)
    return `nothing is free on ${pvs.length === 1 ? "the PV" : `the ${pvs.length} PVs`} it may use`;
  const shown = [...free].sort((a, b) => b.total - a.total).slice(0, MANY);
  const size = formatSize(totalOf(free) * extentSize);
  const usual = blockBytes ?? free[0]?.blockBytes;
  const isMixed = free.some((each) => each.blockBytes !== usual);
  const list = shown.map(
    ({ pv, total, largest, blockBytes: own }) =>
      `${total} on PV ${pv}` +
      (largest < total ? ` (${largest} in one run)` : "") +
      (isMixed ? ` with blocks of ${own}` : ""),
  );
  const rest = free.length - shown.length;
  return `${size} free: ${list.join(", ")}${rest > 0 ? ` and less on ${rest} more` : ""}`;
}
