/**
 * Which states the regions still hold: each root names its parent's, as long as the ring has not come round.
 */
import type { ReplicateHistory } from "../../schema/index.ts";
import type { Bytes, Pages } from "../base/units.ts";
import type { RegionAddress, RegionPlace } from "./disk/place.ts";
import { decodeRoot, type Root, type State, stateHash } from "./disk/root.ts";
import type { PagePointer } from "./disk/superblock.ts";
import { classesOf } from "./set/classes.ts";
import { describeState } from "./set/describe.ts";
import { fetchFromAny } from "./set/fetch.ts";
import { gather } from "./set/gather.ts";
import type { RootHolder } from "./set/holders.ts";
import { type RegionSet, type RegionSys, withRegionSet } from "./set/region-set.ts";
import { isUsable, type Usable } from "./set/set-state.ts";

/** A state of which some region still has the root. */
export interface PastState {
  readonly id: string;
  readonly state: State;
  readonly holders: RootHolder[];
}

/** Damage in many regions must not make a listing endless. */
const TRIED_HOLDERS = 16;

/**
 * Lists them, newest first, from sets that are out of sync too.
 * @param first so many bytes of what each holds are given along
 * @throws DvmError BAD_REGION only
 */
export const history = (
  sys: RegionSys,
  regions: readonly RegionAddress[],
  first: Bytes = 0,
): Promise<ReplicateHistory> =>
  withRegionSet(sys, regions, { write: false, thorough: false }, async (set) => {
    const chains = await chainsOf(set);
    const active = new Set(set.views.flatMap((view) => view.active?.id ?? []));
    const states: ReplicateHistory["states"] = [];
    for (const [index, { id, state, holders }] of chains.entries()) {
      sys.terminal.progress("history", index, chains.length);
      const content = await contentOf(set, holders);
      states.push({
        ...describeState({ id, root: { state } }),
        active: active.has(id),
        readable: content !== undefined,
        ...(first > 0 && content && { first: content.subarray(0, first).toString("base64") }),
        regions: holders.map(({ place }) => place.index),
      });
    }
    return { states };
  });

/** Nothing when a page of it is good nowhere. */
async function contentOf(set: RegionSet, holders: readonly RootHolder[]): Promise<Buffer | undefined> {
  try {
    return await gather(set, holders.slice(0, TRIED_HOLDERS), () => undefined);
  } catch {
    return undefined;
  }
}

/** The active states and their ancestors, newest first; each with the regions that have its root. */
export async function chainsOf(set: RegionSet): Promise<PastState[]> {
  const found = new Map<string, PastState>();
  for (const members of classesOf(set.views.filter(isUsable)).values()) {
    const [first] = members as [Usable];
    const places = members.map(({ place }) => place);
    for await (const { pointer, root } of chainOf(set, places, first.superblock.active)) {
      const id = stateHash(root.state).toString("hex");
      const past = found.get(id) ?? { id, state: root.state, holders: [] };
      past.holders.push(...places.map((place) => ({ place, pointer })));
      found.set(id, past);
    }
  }
  for (const { holders } of found.values()) holders.sort((a, b) => a.place.index - b.place.index);
  return [...found.values()].sort((a, b) => b.state.txid - a.state.txid);
}

/** A chain ends where a root is overwritten, or is not the one that its child was derived from. */
async function* chainOf(
  set: RegionSet,
  places: readonly RegionPlace[],
  start: PagePointer,
): AsyncGenerator<{ pointer: PagePointer; root: Root }> {
  const [{ length }] = places as [RegionPlace];
  let pointer: PagePointer | null = start;
  let child: State | undefined;
  for (let steps: Pages = 0; pointer && steps < length; steps++) {
    const root = await rootAt(set, places, pointer, length);
    if (
      !root ||
      (child && !(child.txid > root.state.txid && stateHash(root.state).equals(child.parentState)))
    )
      return;
    yield { pointer, root };
    child = root.state;
    pointer = root.parent;
  }
}

async function rootAt(
  set: RegionSet,
  places: readonly RegionPlace[],
  pointer: PagePointer,
  length: Pages,
): Promise<Root | undefined> {
  try {
    const found = await fetchFromAny(set, places, () => undefined)([pointer]);
    const page = found.get(pointer.page);
    return page && decodeRoot(page, length);
  } catch {
    return undefined;
  }
}
