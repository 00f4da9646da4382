/**
 * Random changes as administrators make them: LVs that grow, move, gain and lose copies and layers, swap
 * names.
 */
import fc from "fast-check";
import type { DmState, TableLine } from "../../src/schema/index.ts";

type Devices = DmState["devices"];
type Roll = (sides: number) => number;

/** All sizes are multiples of this. */
const UNIT = 96;
/** Room for each leg, in sectors: as much as it may ever grow. */
const ROOM = 32 * UNIT;

interface Leg {
  readonly key: number;
  readonly disk: number;
  readonly offset: number;
}

interface Lv {
  readonly id: number;
  /** Names derive from it, and may change hands. */
  readonly name: number;
  readonly legs: readonly Leg[];
  /** A raid1 over its legs, or their only leg itself. */
  readonly raid: boolean;
  /** Linear layers above. */
  readonly layers: number;
  readonly size: number;
  /** In how many pieces each leg's table is. */
  readonly pieces: number;
}

/**
 * @param lvs how many there are at most
 * @param depth of the highest stack, at least 3
 * @returns a state, and what it shall become
 */
export function arbitraryChange(lvs: number, depth: number): fc.Arbitrary<[Devices, Devices]> {
  return fc
    .record({
      count: fc.integer({ min: 1, max: lvs }),
      /** How many of eight LVs change. */
      zeal: fc.integer({ min: 1, max: 8 }),
      dice: fc.infiniteStream(fc.nat({ max: 2 ** 30 })),
    })
    .map(({ count, zeal, dice }) => {
      const roll: Roll = (sides) => Number(dice.next().value) % sides;
      const place = placer(roll);
      const ids = Array.from({ length: count }, (_, id) => id);
      const before = ids.map((id) => newLv(id, roll, place, depth));
      const changed = before.flatMap((lv) => (roll(8) < zeal ? change(lv, roll, place, depth) : [lv]));
      const added = ids.filter(() => roll(6) === 0).map((id) => newLv(count + id, roll, place, depth));
      const after = swapNames([...changed, ...added], roll);
      return [before.flatMap(devicesOf), after.flatMap(devicesOf)];
    });
}

/** Disjoint places, so that nothing is ever mapped twice. */
function placer(roll: Roll): () => Leg {
  let key = 0;
  return () => {
    key += 1;
    return { key, disk: roll(4), offset: key * ROOM };
  };
}

function newLv(id: number, roll: Roll, place: () => Leg, depth: number): Lv {
  const raid = roll(2) === 0;
  return {
    id,
    name: id,
    legs: Array.from({ length: raid ? 1 + roll(3) : 1 }, place),
    raid,
    layers: roll(depth - 1),
    size: (2 + roll(8)) * UNIT,
    pieces: 1 + roll(2),
  };
}

function change(lv: Lv, roll: Roll, place: () => Leg, depth: number): Lv[] {
  switch (roll(10)) {
    case 0:
      return [];
    case 1:
    case 2:
    case 3:
      return [{ ...lv, size: lv.size + (1 + roll(4)) * UNIT }];
    case 4:
      return [{ ...lv, size: UNIT * (1 + roll(lv.size / UNIT)) }];
    case 5: {
      const at = roll(lv.legs.length);
      return [
        { ...lv, legs: lv.legs.map((leg, index) => (index === at ? { ...place(), key: leg.key } : leg)) },
      ];
    }
    case 6:
      return [lv.raid ? { ...lv, legs: [...lv.legs, place()] } : { ...lv, raid: true }];
    case 7:
      return [lv.legs.length > 1 ? { ...lv, legs: lv.legs.slice(1) } : { ...lv, raid: false }];
    case 8:
      return [{ ...lv, layers: roll(depth - 1) }];
    default:
      return [...(change(lv, roll, place, depth).flatMap((once) => change(once, roll, place, depth)) ?? [])];
  }
}

function swapNames(lvs: readonly Lv[], roll: Roll): Lv[] {
  const names = lvs.map(({ name }) => name);
  for (let times = roll(4); times > 0 && names.length > 0; times -= 1) {
    const [a, b] = [roll(names.length), roll(names.length)];
    [names[a], names[b]] = [names[b] ?? 0, names[a] ?? 0];
  }
  return lvs.map((lv, index) => ({ ...lv, name: names[index] ?? lv.name }));
}

function devicesOf({ id, name, legs, raid, layers, size, pieces }: Lv): Devices {
  const top = `v${name}`;
  const devices: Devices = [];
  const add = (role: string, table: TableLine[]): string => {
    devices.push({ name: `${top}${role}`, uuid: `DVM-${id}${role}`, table });
    return `@${top}${role}`;
  };
  const line = (type: string, params: string): TableLine => ({ start: 0, length: size, type, params });
  const leaf = ({ disk, offset }: Leg): TableLine[] => {
    const half = pieces === 1 ? size : UNIT;
    const second = size - half;
    const lines = [{ start: 0, length: half, type: "linear", params: `8:${disk} ${offset}` }];
    // Behind a hole, so that the kernel has two targets to keep apart.
    if (second > 0)
      lines.push({ start: half, length: second, type: "linear", params: `8:${disk} ${offset + half + 8}` });
    return lines;
  };
  const [first] = legs;
  const inner = (): TableLine[] => {
    if (!raid) return first ? leaf(first) : [];
    const members = legs.map((leg) => `- ${add(`-c${leg.key}`, leaf(leg))}`);
    return [line("raid", `raid1 1 0 ${members.length} ${members.join(" ")}`)];
  };
  let table = inner();
  for (let layer = 0; layer < layers; layer += 1) {
    const below = add(`-l${layer}`, table);
    table = [line("linear", `${below} 0`)];
  }
  add("", table);
  return devices;
}
