/**
 * What a kernel does by itself as time passes: legs of a raid that cannot be written fail, those that are to
 * be rebuilt get their data from the others. A process that uses the simulator does it for those before it,
 * while no other one can change a table.
 */
import { SECTOR, type Sectors } from "../../base/units.ts";
import { suffices } from "../../dm/targets/raid/redundancy.ts";
import { memberLength, type Raid, raid, redundancyOf } from "../../dm/targets/raid.ts";
import type { SimStore } from "../dm-sim.ts";
import type { SimDevice, SimState, SimTable } from "../dm-state.ts";
import type { LeafIo } from "./leaf-access.ts";
import { type LeafRange, piecesOf } from "./pieces.ts";
import { rebuildRows } from "./raid-rows.ts";
import { forgetFailures, keepFailures, rebuildingIn } from "./raid-superblocks.ts";

const CHUNK: Sectors = 2048;

/**
 * Finishes all rebuilding that a kernel would have finished. What cannot be copied here stays as it is, not
 * in sync: images that are neither linear nor striped, arrays that a kernel has run, disks that give errors.
 */
export function finishRebuilds(store: SimStore, io: LeafIo): void {
  failLegs(store, io);
  const isWaiting = store.read(({ devices }) => devices.some((device) => rebuildingOf(device) !== undefined));
  if (!isWaiting) return;
  store.change((state) => {
    for (const device of state.devices) {
      const { live } = device;
      const params = rebuildingOf(device);
      if (!params || !live) continue;
      if (!tryTo(() => rebuild(state, sound(params, live), live.lines[0]?.length ?? 0, io))) continue;
      live.rebuilt = true;
      forgetFailures(state, params.devices, io);
      device.eventNr += 1;
    }
  });
}

/**
 * As if something had been written since on every raid that is live. As many legs as it needs always stay.
 */
function failLegs(store: SimStore, io: LeafIo): void {
  const found = store.read((state) => state.devices.map((device) => failingOf(state, device)));
  if (found.every((legs) => legs.length === 0)) return;
  store.change((state) => {
    for (const device of state.devices) {
      const failing = failingOf(state, device);
      if (failing.length === 0 || !device.live) continue;
      device.live.failed = [...(device.live.failed ?? []), ...failing];
      keepFailures(state, device.live, failing, io);
      device.eventNr += 1;
    }
  });
}

/** The legs of a live raid that fail by the next write. */
function failingOf(state: SimState, { live, suspended, status }: SimDevice): number[] {
  const [line, ...more] = live?.lines ?? [];
  if (!state.broken?.length || line?.type !== "raid" || more.length > 0 || suspended || status) return [];
  const params = raid.decodeParams(line.params);
  const { devices } = params;
  const length = memberLength(params, line);
  const rebuild = live ? rebuildingIn(live) : [];
  const failed = live?.failed ?? [];
  const isBroken = (token: string | null) =>
    token !== null &&
    (piecesOf(state, token, 0, length) ?? []).some((piece) => state.broken?.includes(piece.token));
  const failing = devices.flatMap(({ data }, leg) => (!failed.includes(leg) && isBroken(data) ? [leg] : []));
  const isLeft = (leg: number): boolean =>
    devices[leg]?.data !== null &&
    ![...failed, ...failing].includes(leg) &&
    (live?.rebuilt || !rebuild.includes(leg));
  return suffices(redundancyOf(params), isLeft) ? failing : [];
}

function rebuildingOf({ live, suspended, status }: SimDevice): Raid | undefined {
  const [line, ...more] = live?.lines ?? [];
  if (!live || line?.type !== "raid" || more.length > 0 || suspended || status) return undefined;
  // Which legs of an array that a kernel has run are good would be for its superblocks to say.
  if (live.learnt?.ran || rebuildingIn(live).length === 0) return undefined;
  return raid.decodeParams(line.params);
}

/** Without legs that have failed, which are neither read nor written. */
const sound = (params: Raid, live: SimTable): Raid => ({
  ...params,
  devices: params.devices.map((each, leg) => (live.failed?.includes(leg) ? { ...each, data: null } : each)),
  rebuild: rebuildingIn(live),
});

/** @returns whether it was done */
function tryTo(act: () => boolean): boolean {
  try {
    return act();
  } catch {
    return false;
  }
}

function rebuild(state: SimState, params: Raid, length: Sectors, io: LeafIo): boolean {
  const { type, devices, rebuild: legs = [] } = params;
  if (type !== "raid1") return rebuildRows(state, params, length, io);
  const source = devices.find(({ data }, leg) => data !== null && !legs.includes(leg))?.data;
  const targets = legs.flatMap((leg) => devices[leg]?.data ?? []);
  const from = source && piecesOf(state, source, 0, length);
  if (!from || targets.length !== legs.length) return false;
  for (const target of targets) {
    const to = piecesOf(state, target, 0, length);
    if (!to) return false;
    copy(from, to, io);
    for (const token of new Set(to.map((piece) => piece.token))) io.flush(token);
  }
  return true;
}

/** Writes only what differs, so that holes in image files stay. */
function copy(from: readonly LeafRange[], to: readonly LeafRange[], io: LeafIo): void {
  const theirs = chunksOf(to);
  let [have, had]: [LeafRange | undefined, Sectors] = [theirs.next().value ?? undefined, 0];
  for (const source of chunksOf(from)) {
    for (let done = 0; done < source.length; ) {
      if (!have) return;
      const length = Math.min(source.length - done, have.length - had);
      const wanted = Buffer.alloc(length * SECTOR);
      const found = Buffer.alloc(length * SECTOR);
      io.read(source.token, source.start + done, wanted);
      io.read(have.token, have.start + had, found);
      if (!wanted.equals(found)) io.write(have.token, have.start + had, wanted);
      done += length;
      had += length;
      if (had === have.length) [have, had] = [theirs.next().value ?? undefined, 0];
    }
  }
}

function* chunksOf(pieces: readonly LeafRange[]): Generator<LeafRange, undefined> {
  for (const { token, start, length } of pieces)
    for (let at = 0; at < length; at += CHUNK)
      yield { token, start: start + at, length: Math.min(CHUNK, length - at) };
  return undefined;
}
