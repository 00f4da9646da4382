/**
 * Random changes of a small VG as the layers of LVs have them: arrays with metadata whose legs grow, shrink,
 * move, come and go below the LV; pools with thin LVs, snapshots and external origins, whose legs grow below
 * them.
 */
import fc from "fast-check";
import type { SimState } from "../../src/core/sim/dm-state.ts";
import type { DmState, TableLine } from "../../src/schema/index.ts";

type Devices = DmState["devices"];
type Roll = (sides: number) => number;
type Thins = NonNullable<Devices[number]["thins"]>;

export interface Scene {
  readonly from: Devices;
  /** Pools whose ids change have `thins`. */
  readonly to: Devices;
  /** What the pools' metadata hold before, by the uuid of their device. */
  readonly pools: SimState["pools"];
  /** And afterwards. */
  readonly wanted: SimState["pools"];
}

/** All sizes are multiples of this, and it is a pool's block. */
export const UNIT = 128;
/** Room for each leg: as much as it may ever grow. */
const ROOM = 16 * UNIT;
/** The metadata of a leg, or of a mirror's log. */
const META = 8 * UNIT;
/** The transaction that a pool is at before. */
export const TRANSACTION = 7;

type Kind = "linear" | "striped" | "raid1" | "raid5_ls" | "mirror";

interface Place {
  readonly disk: number;
  readonly offset: number;
}

interface Leg {
  readonly key: number;
  readonly data: Place;
  readonly meta: Place;
  /** Where its metadata are before. */
  readonly home: Place;
  /** Not there before, and to be made equal to the others. */
  readonly fresh?: true;
}

interface Lv {
  readonly id: number;
  /** Names derive from it, and may change hands. */
  readonly name: number;
  readonly kind: Kind;
  readonly legs: readonly Leg[];
  /** Linear layers above the array; a pool has none. */
  readonly layers: number;
  readonly size: number;
  /** In how many pieces the table of a leg is. */
  readonly pieces: number;
  readonly pool?: Pool;
  /** Devices of legs that stay behind as LVs of their own. */
  readonly split: readonly Leg[];
}

interface Pool {
  readonly meta: Place;
  readonly metaSize: number;
  readonly thins: readonly Thin[];
  /** All ids that there are, active or not. */
  readonly ids: readonly number[];
  readonly change?: Required<Thins>;
}

interface Thin {
  readonly id: number;
  readonly size: number;
  readonly layers: number;
  /** The place of what it reads where it has nothing of its own. */
  readonly external?: Place;
}

const KINDS: readonly Kind[] = ["linear", "striped", "raid1", "raid1", "raid5_ls", "mirror"];

/**
 * @param lvs how many there are at most
 * @param asleep some are not live before
 */
export function arbitraryScene(lvs: number, asleep = true): fc.Arbitrary<Scene> {
  return fc
    .record({
      count: fc.integer({ min: 1, max: lvs }),
      dice: fc.infiniteStream(fc.nat({ max: 2 ** 30 })),
    })
    .map(({ count, dice }) => {
      const roll: Roll = (sides) => Number(dice.next().value) % sides;
      const place = placer(roll);
      const before = Array.from({ length: count }, (_, id) => newLv(id, roll, place));
      const after = before.flatMap((lv) => (roll(4) === 0 ? [lv] : changed(lv, roll, place)));
      const up = before.filter(() => roll(8) > 0 || !asleep);
      return {
        from: up.flatMap((lv) => devicesOf(lv)),
        to: swapNames(after, roll).flatMap((lv) => devicesOf(lv)),
        pools: poolsOf(before),
        wanted: { ...poolsOf(before), ...poolsOf(after) },
      };
    });
}

/** Disjoint places, so that nothing is ever mapped twice. */
function placer(roll: Roll): () => Place {
  let next = 0;
  return () => {
    next += 1;
    return { disk: roll(4), offset: next * ROOM };
  };
}

function newLeg(place: () => Place): Leg {
  const data = place();
  const meta = place();
  return { key: data.offset / ROOM, data, meta, home: meta };
}

function newLv(id: number, roll: Roll, place: () => Place): Lv {
  const isPool = roll(2) === 0;
  const kind = KINDS[roll(isPool ? 3 : KINDS.length)] ?? "linear";
  const count = { linear: 1, striped: 2, raid1: 1 + roll(3), raid5_ls: 3, mirror: 2 }[kind];
  return {
    id,
    name: id,
    kind,
    legs: Array.from({ length: count }, () => newLeg(place)),
    layers: isPool ? 0 : roll(3),
    size: 2 * (1 + roll(4)) * UNIT,
    pieces: 1 + roll(2),
    split: [],
    ...(isPool && { pool: newPool(roll, place) }),
  };
}

function newPool(roll: Roll, place: () => Place): Pool {
  const ids = [0, 1, 2, 3].filter(() => roll(2) === 0);
  return {
    meta: place(),
    metaSize: META,
    ids,
    thins: ids.filter(() => roll(3) > 0).map((id) => newThin(id, roll, place)),
  };
}

const newThin = (id: number, roll: Roll, place: () => Place): Thin => ({
  id,
  size: (1 + roll(20)) * UNIT,
  layers: roll(3),
  ...(roll(4) === 0 && { external: place() }),
});

function changed(lv: Lv, roll: Roll, place: () => Place): Lv[] {
  let all = [lv];
  for (let times = 1 + roll(3); times > 0; times -= 1)
    all = all.flatMap((each) =>
      each.pool ? changePool(each, each.pool, roll, place) : change(each, roll, place),
    );
  return all;
}

const largest = (lv: Lv): number =>
  (lv.kind === "raid5_ls" || lv.kind === "striped" ? 2 * ROOM : ROOM) - 16 * UNIT;

const grown = (lv: Lv, roll: Roll): Lv => ({
  ...lv,
  size: Math.max(lv.size, Math.min(lv.size + 2 * (1 + roll(2)) * UNIT, largest(lv) + 12 * UNIT)),
});

const isArray = ({ kind }: Lv): boolean => kind === "raid1" || kind === "raid5_ls";

function change(lv: Lv, roll: Roll, place: () => Place): Lv[] {
  if (lv.legs.length === 0) return [lv];
  switch (roll(12)) {
    case 0:
      return [];
    case 1:
    case 2:
    case 3:
    case 4:
      return [grown(lv, roll)];
    case 5:
    case 6:
      return [{ ...lv, size: 2 * (1 + roll(lv.size / (2 * UNIT))) * UNIT }];
    case 7:
      // The array keeps its device.
      return [lv.layers > 0 ? { ...lv, layers: 1 + roll(3) } : lv];
    case 8:
      return [changeLegs(lv, roll, place)];
    case 9: {
      const at = roll(lv.legs.length);
      const moved = (leg: Leg): Leg => ({ ...leg, data: place(), ...(roll(2) && { meta: place() }) });
      return [{ ...lv, legs: lv.legs.map((leg, index) => (index === at ? moved(leg) : leg)) }];
    }
    case 10:
      return [flat(lv, roll, place)];
    default:
      // The array goes, and what it stood on stays.
      if (lv.kind === "linear") return [];
      return [{ ...lv, legs: [], split: lv.legs.map((leg) => left(leg, roll, place)) }];
  }
}

/** What lies above stays, the array goes, and its legs or their metadata serve something else. */
const flat = (lv: Lv, roll: Roll, place: () => Place): Lv =>
  lv.kind === "linear"
    ? lv
    : {
        ...lv,
        kind: "linear",
        legs: [newLeg(place)],
        split: lv.legs.map((leg) => left(leg, roll, place)),
      };

/**
 * An LV by itself, perhaps elsewhere. Its metadata stay: dmactivate refuses to move them in the same change.
 */
const left = (leg: Leg, roll: Roll, place: () => Place): Leg => ({
  ...leg,
  meta: leg.home,
  ...(roll(2) && { data: place() }),
});

function changeLegs(lv: Lv, roll: Roll, place: () => Place): Lv {
  if (lv.kind !== "raid1" && lv.kind !== "mirror") return lv;
  const least = lv.kind === "mirror" ? 2 : 1;
  if (roll(2) && lv.legs.length > least) return { ...lv, legs: lv.legs.slice(0, -1) };
  if (lv.legs.length > 3) return lv;
  return { ...lv, legs: [...lv.legs, { ...newLeg(place), fresh: true }] };
}

function changePool(lv: Lv, pool: Pool, roll: Roll, place: () => Place): Lv[] {
  const withPool = (change: Partial<Pool>): Lv[] => [{ ...lv, pool: { ...pool, ...change } }];
  const at = roll(Math.max(1, pool.thins.length));
  const one = pool.thins[at];
  const others = pool.thins.filter((thin) => thin !== one);
  switch (roll(12)) {
    case 0:
      return roll(3) === 0 ? [] : [{ ...lv, pool: { ...pool, thins: [] } }];
    case 1:
    case 2:
      return [grown(lv, roll)];
    case 3:
      return withPool({ metaSize: Math.min(ROOM, pool.metaSize + 2 * UNIT) });
    case 4:
      return [lv.kind === "raid1" ? changeLegs(lv, roll, place) : grown(lv, roll)];
    case 5:
      return one ? withPool({ thins: [...others, { ...one, size: (1 + roll(24)) * UNIT }] }) : [lv];
    case 6:
      return one ? withPool({ thins: [...others, { ...one, layers: roll(3) }] }) : [lv];
    case 7: {
      const asleep = pool.ids.filter((id) => !pool.thins.some((thin) => thin.id === id));
      if (roll(2) || asleep.length === 0) return withPool({ thins: others });
      return withPool({ thins: [...pool.thins, newThin(asleep[0] ?? 0, roll, place)] });
    }
    case 8: {
      const id = pool.ids[roll(Math.max(1, pool.ids.length))];
      return id === undefined ? [lv] : withPool(without(pool, id));
    }
    default:
      return withPool(added(pool, roll, place));
  }
}

const nothing: Required<Thins> = { transactionId: TRANSACTION + 1, create: [], delete: [] };

function without(pool: Pool, id: number): Partial<Pool> {
  const { create, ...rest } = pool.change ?? nothing;
  // What is new and somebody's origin must be made all the same.
  if (create.some((each) => each.id === id || each.origin === id)) return {};
  return {
    ids: pool.ids.filter((each) => each !== id),
    thins: pool.thins.filter((thin) => thin.id !== id),
    change: { ...rest, create, delete: [...rest.delete, id] },
  };
}

function added(pool: Pool, roll: Roll, place: () => Place): Partial<Pool> {
  const change = pool.change ?? nothing;
  const id = 10 + change.create.length;
  const origin = roll(2) ? pool.ids[roll(Math.max(1, pool.ids.length))] : undefined;
  return {
    ids: [...pool.ids, id],
    thins: roll(4) ? [...pool.thins, newThin(id, roll, place)] : pool.thins,
    change: { ...change, create: [...change.create, origin === undefined ? { id } : { id, origin }] },
  };
}

function swapNames(lvs: readonly Lv[], roll: Roll): Lv[] {
  const names = lvs.map(({ name }) => name);
  if (names.length > 1 && roll(3) === 0) names.reverse();
  return lvs.map((lv, index) => ({ ...lv, name: names[index] ?? lv.name }));
}

function poolsOf(lvs: readonly Lv[]): SimState["pools"] {
  const found: SimState["pools"] = {};
  for (const { id, pool } of lvs) {
    if (!pool) continue;
    const created = new Map(pool.change?.create.map((each) => [each.id, each.origin ?? null]));
    const thins = Object.fromEntries(
      pool.ids.map((each) => {
        const origin = created.get(each);
        return [
          each,
          origin === undefined ? { origin: null, transactionId: 1 } : { origin, transactionId: TRANSACTION },
        ];
      }),
    );
    const transactionId = pool.change ? lastOf(pool.change) : TRANSACTION;
    found[`DVM-${id}-tmeta`] = { transactionId, thins, blockSize: UNIT, blocks: 0 };
  }
  return found;
}

/** Deletions are a transaction of their own. */
const lastOf = ({ transactionId, delete: gone }: Required<Thins>): number =>
  transactionId + (gone.length > 0 ? 1 : 0);

class Stack {
  readonly devices: Devices = [];
  readonly #lv: Lv;

  constructor(lv: Lv) {
    this.#lv = lv;
  }

  /** @returns the token of the new device */
  add(role: string, table: TableLine[], thins?: Thins): string {
    const name = `v${this.#lv.name}${role}`;
    this.devices.push({ name, uuid: `DVM-${this.#lv.id}${role}`, table, ...(thins && { thins }) });
    return `@${name}`;
  }

  /** Layers of linear devices, the last one under the name itself. */
  above(role: string, layers: number, table: TableLine[], size: number): void {
    let top = table;
    for (let layer = 0; layer < layers; layer += 1)
      top = [{ start: 0, length: size, type: "linear", params: `${this.add(`${role}-l${layer}`, top)} 0` }];
    this.add(role, top);
  }
}

const piece = (start: number, length: number, { disk, offset }: Place, shift = 0): TableLine => ({
  start,
  length,
  type: "linear",
  params: `8:${disk} ${offset + start + shift}`,
});

/** In two pieces with a hole between them, so that the kernel has two targets to keep apart. */
function legTable(place: Place, size: number, pieces: number): TableLine[] {
  if (pieces === 1 || size <= UNIT) return [piece(0, size, place)];
  return [piece(0, UNIT, place), piece(UNIT, size - UNIT, place, 8)];
}

function devicesOf(lv: Lv): Devices {
  const stack = new Stack(lv);
  const split = (leg: Leg): void => {
    stack.add(`-c${leg.key}`, legTable(leg.data, 4 * UNIT, lv.pieces));
    if (isArray(lv) || lv.kind === "linear") stack.add(`-m${leg.key}`, [piece(0, META, leg.meta)]);
  };
  for (const leg of lv.split) split(leg);
  if (lv.legs.length === 0) return stack.devices;
  const table = arrayTable(lv, stack);
  if (lv.pool) addPool(lv, lv.pool, table, stack);
  else if (lv.layers === 0) stack.add("", table);
  else {
    // The array keeps its device, however many layers there are above.
    const array = stack.add("-a", table);
    stack.above(
      "",
      lv.layers - 1,
      [{ start: 0, length: lv.size, type: "linear", params: `${array} 0` }],
      lv.size,
    );
  }
  return stack.devices;
}

function arrayTable({ kind, legs, size, pieces }: Lv, stack: Stack): TableLine[] {
  const [first] = legs;
  if (kind === "linear") return first ? legTable(first.data, size, pieces) : [];
  const each = kind === "raid5_ls" || kind === "striped" ? size / 2 : size;
  const data = (leg: Leg): string => stack.add(`-c${leg.key}`, legTable(leg.data, each, pieces));
  const line = (type: string, params: string): TableLine[] => [{ start: 0, length: size, type, params }];
  if (kind === "striped") return line("striped", `2 16 ${legs.map((leg) => `${data(leg)} 0`).join(" ")}`);
  if (kind === "mirror")
    return line("mirror", `core 2 64 nosync ${legs.length} ${legs.map((leg) => `${data(leg)} 0`).join(" ")}`);
  const members = legs.map((leg) => `${stack.add(`-m${leg.key}`, [piece(0, META, leg.meta)])} ${data(leg)}`);
  const options = legs.flatMap(({ fresh }, index) => (fresh ? [`rebuild ${index}`] : []));
  // Legs that are made equal to each other while they come and go are more than Linux 6.1 can always take.
  const words = [kind === "raid1" ? "0" : "16", "nosync", ...options];
  const count = 2 + 2 * options.length;
  return line("raid", `${kind} ${count} ${words.join(" ")} ${legs.length} ${members.join(" ")}`);
}

function addPool(
  { size }: Lv,
  { meta, metaSize, thins, change }: Pool,
  table: TableLine[],
  stack: Stack,
): void {
  const data = stack.add("-tdata", table);
  const metadata = stack.add("-tmeta", [piece(0, metaSize, meta)]);
  const params = `${metadata} ${data} ${UNIT} 0 0`;
  const pool = stack.add("-tpool", [{ start: 0, length: size, type: "thin-pool", params }], change);
  for (const thin of thins) {
    const origin = thin.external && stack.add(`-t${thin.id}-o`, [piece(0, 4 * UNIT, thin.external)]);
    const line = {
      start: 0,
      length: thin.size,
      type: "thin",
      params: `${pool} ${thin.id}${origin ? ` ${origin}` : ""}`,
    };
    stack.above(`-t${thin.id}`, thin.layers, [line], thin.size);
  }
}
