/**
 * Whose word counts when regions do not agree. Regions know nothing of members and replicate refuses sets
 * that differ, yet a VG whose own regions agree is whole, whatever a device holds that is not its member: one
 * that is just being added, or has left, or comes back from afar.
 *
 * A state is a candidate when the envelope in it is this VG's. It is whole when the regions of the members
 * that this envelope names agree on it. Never is an older state taken while a newer one is there: where one
 * state comes after all others only it can be the VG's; where no such state is, the one that is whole, and if
 * several are, the one that comes after the others. Two that are whole and know nothing of each other are a
 * split brain, which somebody has to settle.
 */
import type { Discovery } from "../../schema/index.ts";
import { toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { among } from "./among.ts";
import type { Envelope } from "./envelope.ts";
import { type Region, regionsAt, regionsOf, type SetStatus, type StateId } from "./regions.ts";

/** The VG's state is known. */
export interface Agreed {
  readonly kind: "agreed";
  /** Members only. */
  readonly discovery: Discovery;
  /** Of the members' regions. */
  readonly set: SetStatus;
  /** Undefined when nothing was written yet. */
  readonly envelope: Envelope | undefined;
}

/** It is not. */
export interface Divergent {
  readonly kind: "divergent";
  readonly set: SetStatus;
  readonly held: readonly Held[];
}

/** A state that some regions hold. */
export interface Held extends StateId {
  readonly regions: readonly Region[];
  /** Ids of the devices that these are on. */
  readonly devices: readonly string[];
  /** It comes after every other one. */
  readonly newest: boolean;
  /** Undefined when it cannot be read, or is empty, or is another VG's. */
  readonly envelope: Envelope | undefined;
  /** Regions of its members agree on it. */
  readonly whole: boolean;
}

/** More states than this that know nothing of each other are not told apart. */
const MAX_CANDIDATES = 16;

/** @throws DvmError CORRUPT when the regions agree on what is no envelope; as replicate */
export async function classify(sys: Sys, discovery: Discovery): Promise<Agreed | Divergent> {
  const set = await regionsOf(sys, discovery).state();
  if (set.state === "unformatted") return { kind: "agreed", discovery, set, envelope: undefined };
  if (set.state !== "out-of-sync") {
    const envelope = await regionsOf(sys, discovery).read();
    const members = envelope?.vgId === discovery.vg.id ? among(discovery, envelope.members) : discovery;
    if (members.regions.length === discovery.regions.length)
      return { kind: "agreed", discovery: members, set, envelope };
  }
  const held = await heldBy(sys, discovery, set);
  const newest = held.find((each) => each.newest);
  const whole = newest ? [newest].filter((each) => each.whole) : held.filter((each) => each.whole);
  const winner = whole.length > 1 ? await latest(sys, whole) : whole[0];
  if (!winner?.envelope) return { kind: "divergent", set, held };
  const members = among(discovery, winner.envelope.members);
  const own = await regionsOf(sys, members).state();
  if (own.active?.contentHash === winner.contentHash)
    return { kind: "agreed", discovery: members, set: own, envelope: winner.envelope };
  // What could be read a moment ago cannot any more.
  const now = await regionsOf(sys, discovery).state();
  return { kind: "divergent", set: now, held: await heldBy(sys, discovery, now) };
}

/** Every state that is some region's active one. */
export async function heldBy(sys: Sys, discovery: Discovery, set: SetStatus): Promise<readonly Held[]> {
  const held: Held[] = [];
  for (const state of statesIn(set)) held.push(await heldAs(sys, discovery, set, state));
  return held;
}

/** Each state once, in the order of regions. */
function statesIn({ active, regions }: SetStatus): readonly StateId[] {
  const states = new Map<string, StateId>();
  for (const region of regions) if (region.active) states.set(region.active.contentHash, region.active);
  if (active) states.set(active.contentHash, active);
  return [...states.values()].slice(0, MAX_CANDIDATES);
}

async function heldAs(sys: Sys, discovery: Discovery, set: SetStatus, state: StateId): Promise<Held> {
  const isHere = (index: number) => set.regions[index]?.active?.contentHash === state.contentHash;
  const regions = discovery.regions.filter((_, index) => isHere(index));
  const paths = new Set(regions.map(({ path }) => path));
  const envelope = await readHeld(sys, regions, discovery.vg.id);
  const own = envelope && among(discovery, envelope.members);
  const agreement = own && own.regions.length > 0 ? await regionsOf(sys, own).state() : undefined;
  return {
    txid: state.txid,
    contentHash: state.contentHash,
    regions,
    devices: discovery.devices.filter(({ path }) => paths.has(path)).map(({ id }) => id),
    newest: set.active?.contentHash === state.contentHash,
    envelope,
    whole:
      agreement !== undefined &&
      agreement.state !== "out-of-sync" &&
      agreement.active?.contentHash === state.contentHash,
  };
}

/** A state that cannot be read is nobody's word; the set is out of sync anyway. */
async function readHeld(sys: Sys, regions: readonly Region[], vgId: string): Promise<Envelope | undefined> {
  try {
    const envelope = await regionsAt(sys, regions).read();
    return envelope?.vgId === vgId ? envelope : undefined;
  } catch (thrown) {
    const { code } = toDvmError(thrown);
    if (code === "CORRUPT" || code === "OUT_OF_SYNC") return undefined;
    throw thrown;
  }
}

/** The one that comes after each of the others, if there is one. */
async function latest(sys: Sys, candidates: readonly Held[]): Promise<Held | undefined> {
  for (const one of candidates) {
    let isLatest = true;
    for (const other of candidates) {
      if (other === one) continue;
      const { active } = await regionsAt(sys, [...one.regions, ...other.regions]).state();
      if (active?.contentHash !== one.contentHash) isLatest = false;
    }
    if (isLatest) return one;
  }
  return undefined;
}
