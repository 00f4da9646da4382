/** Gives a region that has lost its superblock a new one, for the newest whole root that is found in it. */
import { sha256 } from "../base/bytes.ts";
import { DvmError } from "../base/error.ts";
import type { Pages } from "../base/units.ts";
import { failureIn, type RegionAddress, type RegionPlace } from "./disk/place.ts";
import { readPages } from "./disk/region-io.ts";
import { decodeRoot, type Root, stateHash } from "./disk/root.ts";
import type { PagePointer } from "./disk/superblock.ts";
import { superblockSteps } from "./disk/superblock-write.ts";
import { badPages, hashesOf } from "./set/bad-pages.ts";
import { write } from "./set/each-region.ts";
import { treeOf } from "./set/gather.ts";
import { doneWith, emptyTally, type RegionsDone } from "./set/outcome.ts";
import { type RegionSet, type RegionSys, withRegionSet } from "./set/region-set.ts";
import type { RegionView } from "./set/region-view.ts";
import { requireWritable } from "./set/require-state.ts";
import { setStateOf } from "./set/set-state.ts";

interface Candidate {
  readonly pointer: PagePointer;
  readonly root: Root;
  readonly id: string;
}

/**
 * What the other regions agree on is taken when this one has it whole; else the newest state, which may be
 * one that was prepared and never committed: no region but this one remembers it.
 * @param index of the region in the region file
 * @throws DvmError NOT_FOUND (no such region), EXISTS (its superblock is good), READ_ONLY, UNSUPPORTED,
 *   CORRUPT (no whole root), IO, DEADLINE
 */
export const rebuild = (
  sys: RegionSys,
  regions: readonly RegionAddress[],
  index: number,
): Promise<RegionsDone> =>
  withRegionSet(sys, regions, { write: true, thorough: true }, async (set) => {
    const view = set.views[index];
    if (!view) throw new DvmError("NOT_FOUND", `there is no region ${index} of ${regions.length}`);
    checkLost(view);
    requireWritable([view]);
    const candidates = await findRoots(set, view.place);
    const chosen = await choose(set, view.place, candidates);
    const others = set.views.filter((each) => each !== view);
    const seen = [
      ...candidates.map(({ root }) => root.state.txid),
      ...others.map(({ superblock }) => superblock?.highestTxid ?? 0),
    ];
    const superblock = {
      regionId: sys.chance.id(),
      length: view.place.length,
      sequence: 1,
      highestTxid: seen.reduce((a, b) => Math.max(a, b), 0),
      active: chosen.pointer,
      shadow: null,
    };
    const tally = emptyTally();
    await write(set, view.place, superblockSteps(superblock, view.blockSize), tally);
    return doneWith(chosen, 1, tally);
  });

function checkLost({ failure, superblock, place }: RegionView): void {
  if (superblock && !failure)
    throw new DvmError("EXISTS", `${place.name} has a good superblock: nothing is lost`);
  if (failure && failure.code !== "CORRUPT" && failure.code !== "IO") throw failureIn(place, failure);
}

/** Every page that is a root, newest first. */
async function findRoots(set: RegionSet, place: RegionPlace): Promise<Candidate[]> {
  const found: Candidate[] = [];
  const SCANNED: Pages = 4096;
  for (let first = 1; first < place.length; first += SCANNED) {
    const pages = Array.from({ length: Math.min(SCANNED, place.length - first) }, (_, n) => first + n);
    await set.with(place, (device) =>
      readPages(device, place, pages, (page, bytes) => {
        const root = bytes && asRoot(bytes, place.length);
        if (!root) return;
        const pointer = { page, hash: sha256(bytes) };
        found.push({ pointer, root, id: stateHash(root.state).toString("hex") });
      }),
    );
    set.sys.terminal.progress("rebuild", first, place.length);
  }
  return found.sort((a, b) => b.root.state.txid - a.root.state.txid);
}

function asRoot(bytes: Buffer, length: Pages): Root | null {
  try {
    return decodeRoot(bytes, length);
  } catch {
    return null;
  }
}

async function choose(
  set: RegionSet,
  place: RegionPlace,
  candidates: readonly Candidate[],
): Promise<Candidate> {
  const state = setStateOf(set.views.filter((view) => view.place !== place));
  const agreed = "content" in state ? state.content.id : undefined;
  const inOrder = [
    ...candidates.filter(({ id }) => id === agreed),
    ...candidates.filter(({ id }) => id !== agreed),
  ];
  for (const candidate of inOrder) if (await isWhole(set, place, candidate)) return candidate;
  throw new DvmError("CORRUPT", `${place.name} holds no state that is whole (of ${candidates.length} roots)`);
}

async function isWhole(set: RegionSet, place: RegionPlace, { pointer }: Candidate): Promise<boolean> {
  try {
    const tree = await treeOf(set, { place, pointer }, [], () => undefined);
    return (await badPages(set, place, hashesOf(tree))).size === 0;
  } catch (error) {
    if (error instanceof DvmError && error.code === "CORRUPT") return false;
    throw error;
  }
}
