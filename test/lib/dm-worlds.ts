/** Random dm states: stacks of devices over a few leaf devices. */
import fc from "fast-check";
import type { DmState, TableLine } from "../../src/schema/index.ts";

type Devices = DmState["devices"];

/** How large a state may get. */
export interface Bounds {
  /** Ids to choose from: two states of one pool share devices. */
  readonly pool: number;
  readonly devices: number;
  readonly depth: number;
}

/** All sizes are multiples of this, so that any two or three devices can be striped. */
const UNIT = 96;

/** Desired devices: named and connected anyhow, with all references inside the devices they refer to. */
export function arbitraryDevices({ pool, devices, depth }: Bounds): fc.Arbitrary<Devices> {
  const ids = Array.from({ length: pool }, (_, index) => index);
  return fc
    .record({
      ids: fc.shuffledSubarray(ids, { minLength: 0, maxLength: devices }),
      names: fc.shuffledSubarray(ids, { minLength: pool, maxLength: pool }),
      keepNames: fc.boolean(),
      dice: fc.infiniteStream(fc.nat({ max: 2 ** 30 })),
    })
    .map(({ ids: chosen, names, keepNames, dice }) => {
      const roll = (sides: number): number => Number(dice.next().value) % sides;
      const made: { readonly device: Devices[number]; readonly level: number; readonly size: number }[] = [];
      for (const id of chosen) {
        const below = made.filter(({ level }) => level < depth - 1);
        const lines: TableLine[] = [];
        let level = 0;
        let start = 0;
        for (let count = 1 + roll(3); count > 0; count -= 1) {
          const picked = pickLine(roll, below, start, id);
          if (picked.line.type === "raid" && count > 1) continue;
          lines.push(picked.line);
          level = Math.max(level, picked.level);
          start += picked.line.length;
        }
        if (lines.length === 0) {
          lines.push({ start: 0, length: UNIT, type: "linear", params: `8:${id} 0` });
          start = UNIT;
        }
        const name = `n${keepNames ? id : names[id]}`;
        made.push({ device: { name, uuid: `DVM-${id}`, table: lines }, level, size: start });
      }
      return made.map(({ device }) => device);
    });
}

interface Below {
  readonly device: Devices[number];
  readonly level: number;
  readonly size: number;
}

function pickLine(
  roll: (sides: number) => number,
  below: readonly Below[],
  start: number,
  id: number,
): { line: TableLine; level: number } {
  const child = (): Below | undefined =>
    below.length > 0 && roll(4) > 0 ? below[roll(below.length)] : undefined;
  const leaf = (length: number) => ({
    token: `8:${roll(4)}`,
    offset: (id * 40 + roll(20)) * UNIT,
    length,
    level: 0,
  });
  const area = (length: number) => {
    const device = child();
    if (!device) return leaf(length);
    const fits = Math.min(length, device.size);
    const offset = roll((device.size - fits) / UNIT + 1) * UNIT;
    return { token: `@${device.device.name}`, offset, length: fits, level: device.level + 1 };
  };
  const wanted = (1 + roll(6)) * UNIT;
  const kind = roll(12);
  if (kind === 0) return { line: { start, length: wanted, type: "error", params: "" }, level: 0 };
  if (kind === 1) return { line: { start, length: wanted, type: "zero", params: "" }, level: 0 };
  if (kind < 5) {
    const areas = Array.from({ length: 1 + roll(3) }, () => area(wanted));
    const each = Math.min(...areas.map(({ length }) => length));
    const level = Math.max(...areas.map((one) => one.level));
    if (kind < 4) {
      const places = areas.map(({ token, offset }) => `${token} ${offset}`).join(" ");
      const params = `${areas.length} 16 ${places}`;
      return { line: { start, length: each * areas.length, type: "striped", params }, level };
    }
    const tokens = new Set(areas.map(({ token }) => token));
    const params = `raid1 1 0 ${tokens.size} ${[...tokens].map((token) => `- ${token}`).join(" ")}`;
    const sizes = below.filter(({ device }) => tokens.has(`@${device.name}`)).map(({ size }) => size);
    return { line: { start, length: Math.min(wanted, ...sizes), type: "raid", params }, level };
  }
  const { token, offset, length, level } = area(wanted);
  return { line: { start, length, type: "linear", params: `${token} ${offset}` }, level };
}
