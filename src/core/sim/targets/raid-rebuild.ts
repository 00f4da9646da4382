/**
 * What a kernel does by itself as time passes: legs of a raid1 that cannot be written fail, those that are to be rebuilt get
 * the data of a good one. A process that uses the simulator does it for those before it, while no other one can change a table.
 */
import type { TableLine } from "../../../schema/index.ts";
import { SECTOR, type Sectors } from "../../base/units.ts";
import { decodeRaidSuperblock, RAID_SUPERBLOCK_BYTES } from "../../dm/raid-superblock.ts";
import { linear } from "../../dm/targets/linear.ts";
import { type Raid, raid } from "../../dm/targets/raid.ts";
import { striped } from "../../dm/targets/striped.ts";
import { deviceOf } from "../dm-devices.ts";
import type { SimStore } from "../dm-sim.ts";
import type { SimDevice, SimState } from "../dm-state.ts";

/** I/O on devices that are none of the simulated ones, by their tokens. Throws what the system throws. */
export interface LeafIo {
  read(token: string, sector: Sectors, buffer: Uint8Array): void;
  write(token: string, sector: Sectors, bytes: Uint8Array): void;
  /** What was written is kept from here on. */
  flush(token: string): void;
}

/** A part of a leaf. */
interface Piece {
  readonly token: string;
  readonly start: Sectors;
  readonly length: Sectors;
}

const CHUNK: Sectors = 2048;

/**
 * Finishes all rebuilding that a kernel would have finished. What cannot be copied here stays as it is, not in sync:
 * arrays other than raid1, images that are neither linear nor striped, arrays that a kernel has run, disks that give errors.
 */
export function finishRebuilds(store: SimStore, io: LeafIo): void {
  failLegs(store);
  const isWaiting = store.read(({ devices }) => devices.some((device) => rebuildingOf(device) !== undefined));
  if (!isWaiting) return;
  store.change((state) => {
    for (const device of state.devices) {
      const params = rebuildingOf(device);
      if (
        !params ||
        !device.live ||
        !tryTo(() => rebuild(state, sound(params, device.live), device.live?.lines[0]?.length ?? 0, io))
      )
        continue;
      device.live.rebuilt = true;
      device.eventNr += 1;
    }
  });
}

/** As if something had been written since on every raid1 that is live. One leg always stays. */
function failLegs(store: SimStore): void {
  const found = store.read((state) => state.devices.map((device) => failingOf(state, device)));
  if (found.every((legs) => legs.length === 0)) return;
  store.change((state) => {
    for (const device of state.devices) {
      const failing = failingOf(state, device);
      if (failing.length === 0 || !device.live) continue;
      device.live.failed = [...(device.live.failed ?? []), ...failing];
      device.eventNr += 1;
    }
  });
}

/** The legs of a live raid1 that fail by the next write. */
function failingOf(state: SimState, { live, suspended, status }: SimDevice): number[] {
  const [line, ...more] = live?.lines ?? [];
  if (!state.broken?.length || line?.type !== "raid" || more.length > 0 || suspended || status) return [];
  const { type, devices, rebuild = [] } = raid.decodeParams(line.params);
  const failed = live?.failed ?? [];
  const isBroken = (token: string | null) =>
    token !== null &&
    (piecesOf(state, token, 0, line.length) ?? []).some((piece) => state.broken?.includes(piece.token));
  const failing = devices.flatMap(({ data }, leg) => (!failed.includes(leg) && isBroken(data) ? [leg] : []));
  const isLeft = devices.some(
    ({ data }, leg) =>
      data !== null && ![...failed, ...failing].includes(leg) && (live?.rebuilt || !rebuild.includes(leg)),
  );
  return type === "raid1" && isLeft ? failing : [];
}

function rebuildingOf({ live, suspended, status }: SimDevice): Raid | undefined {
  const [line, ...more] = live?.lines ?? [];
  if (line?.type !== "raid" || more.length > 0 || live?.rebuilt || suspended || status) return undefined;
  const params = raid.decodeParams(line.params);
  return params.type === "raid1" && sound(params, live).rebuild?.length ? params : undefined;
}

/** Without legs that have failed, which are neither read nor written. */
const sound = (params: Raid, live: SimDevice["live"]): Raid => ({
  ...params,
  devices: params.devices.map((each, leg) => (live?.failed?.includes(leg) ? { ...each, data: null } : each)),
  rebuild: params.rebuild?.filter((leg) => !live?.failed?.includes(leg)) ?? [],
});

/** @returns whether it was done */
function tryTo(act: () => boolean): boolean {
  try {
    return act();
  } catch {
    return false;
  }
}

function rebuild(
  state: SimState,
  { devices, rebuild: legs = [] }: Raid,
  length: Sectors,
  io: LeafIo,
): boolean {
  const source = devices.find(({ data }, leg) => data !== null && !legs.includes(leg))?.data;
  const targets = legs.flatMap((leg) => devices[leg]?.data ?? []);
  // Which legs are good would be for superblocks to say.
  const isNew = devices.every(({ metadata }) => metadata === null || isBlank(state, metadata, io));
  const from = source && piecesOf(state, source, 0, length);
  if (!isNew || !from || targets.length !== legs.length) return false;
  for (const target of targets) {
    const to = piecesOf(state, target, 0, length);
    if (!to) return false;
    copy(from, to, io);
    for (const token of new Set(to.map((piece) => piece.token))) io.flush(token);
  }
  return true;
}

function isBlank(state: SimState, metadata: string, io: LeafIo): boolean {
  const [piece] = piecesOf(state, metadata, 0, 1) ?? [];
  const head = new Uint8Array(RAID_SUPERBLOCK_BYTES);
  if (piece) io.read(piece.token, piece.start, head);
  return piece !== undefined && decodeRaidSuperblock(head, metadata) === null;
}

/** Where a part of a device lies; undefined when not all of it is linear or striped. */
function piecesOf(state: SimState, token: string, start: Sectors, length: Sectors): Piece[] | undefined {
  const device = deviceOf(state, token);
  if (!device) return [{ token, start, length }];
  const pieces: Piece[] = [];
  let covered: Sectors = 0;
  for (const line of device.live?.lines ?? []) {
    const begin = Math.max(start, line.start);
    const end = Math.min(start + length, line.start + line.length);
    if (begin >= end) continue;
    for (const area of areasOf(line, begin - line.start, end - line.start) ?? []) {
      const inner = piecesOf(state, area.token, area.start, area.length);
      if (!inner) return undefined;
      for (const piece of inner) pieces.push(piece);
      covered += area.length;
    }
  }
  return covered === length ? pieces : undefined;
}

/** What the sectors [begin, end) of a line of a table are on the devices below, in order. */
function areasOf({ type, params }: TableLine, begin: Sectors, end: Sectors): Piece[] | undefined {
  if (type === "linear") {
    const { device, offset } = linear.decodeParams(params);
    return [{ token: device, start: offset + begin, length: end - begin }];
  }
  if (type !== "striped") return undefined;
  const { chunkSize, stripes } = striped.decodeParams(params);
  const areas: Piece[] = [];
  for (let at = begin; at < end; ) {
    const chunk = Math.floor(at / chunkSize);
    const stripe = stripes[chunk % stripes.length];
    if (!stripe) return undefined;
    const within = at % chunkSize;
    const length = Math.min(chunkSize - within, end - at);
    const start = stripe.offset + Math.floor(chunk / stripes.length) * chunkSize + within;
    areas.push({ token: stripe.device, start, length });
    at += length;
  }
  return areas;
}

/** Writes only what differs, so that holes in image files stay. */
function copy(from: readonly Piece[], to: readonly Piece[], io: LeafIo): void {
  const theirs = chunksOf(to);
  let [have, had]: [Piece | undefined, Sectors] = [theirs.next().value ?? undefined, 0];
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

function* chunksOf(pieces: readonly Piece[]): Generator<Piece, undefined> {
  for (const { token, start, length } of pieces)
    for (let at = 0; at < length; at += CHUNK)
      yield { token, start: start + at, length: Math.min(CHUNK, length - at) };
  return undefined;
}
