/**
 * Random VGs by number, made by the verbs that everybody uses: LVs of every type that stands on PVs, in
 * random shapes, some longer than they were made, some in work. Their PVs lie side by side on the same disks.
 */
import { hostChance } from "../../src/core/host/process/chance.ts";
import { createVg } from "../../src/core/manip/create-vg.ts";
import type { Discovery, Metadata } from "../../src/schema/index.ts";
import { random } from "./random.ts";
import { changed } from "./volumes.ts";

export const DISKS = 7;
/** Sectors. */
const EXTENT = 128;
/** Of each PV. */
const EXTENTS = 26;
const FIRST = 2048;
export const sectorsFor = (vgs: number): number => FIRST + vgs * EXTENTS * EXTENT;

export interface RandomVg {
  readonly seed: string;
  readonly metadata: Metadata;
  /** Its devices in the order of the disks; whose paths are for the caller to say. */
  readonly discovery: Discovery;
  /** Sets of disks that are away. */
  readonly away: readonly ReadonlySet<number>[];
}

type Words = Readonly<Record<string, unknown>>;

const KINDS: readonly ((pick: (least: number, most: number) => number) => Words)[] = [
  (pick) => ({ type: "raid5", stripes: pick(2, 5) }),
  (pick) => ({ type: "raid6", stripes: pick(3, 5) }),
  (pick) => ({ type: "raid1", mirrors: pick(1, 3) }),
  (pick) => ({ type: "raid10", stripes: pick(2, 3), mirrors: 1 }),
  (pick) => ({ type: "raid4", stripes: pick(2, 4) }),
  () => ({ type: "raid10", stripes: 2, mirrors: 2 }),
  (pick) => ({ type: "raid0", stripes: pick(2, 6) }),
  (pick) => ({ type: "striped", stripes: pick(2, 6) }),
  () => ({ type: "linear" }),
];

export const pathsAway = (away: ReadonlySet<number>): string => `disks ${[...away].join(" and ")}`;

export function randomVg(index: number): RandomVg {
  const seed = `VG ${index}`;
  const next = random(seed);
  const pick = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  const discovery = discoveryOf(index);
  const options = { discovery, name: `vg${index}`, id: discovery.vg.id, "extent-size": EXTENT, tag: [] };
  let metadata = createVg.create(options, { chance: hostChance(seed), tell: () => undefined });
  const tryTo = (verb: string, words: Words): void => {
    try {
      metadata = changed(metadata, verb, words);
    } catch (thrown) {
      if ((thrown as { code?: string }).code !== "NO_SPACE") throw thrown;
    }
  };
  // Of each kind there are as many; what else there is comes by chance.
  const kinds = [index % KINDS.length, pick(0, KINDS.length - 1)].slice(0, next() < 0.25 ? 2 : 1);
  for (const [at, kind] of kinds.entries()) {
    const name = `lv${at}`;
    const shape = KINDS[kind]?.(pick) ?? {};
    const isStriped = "stripes" in shape;
    const stripe = 2 ** pick(3, 7);
    const hasRegions = /raid[14-6]/.test(String(shape["type"]));
    tryTo("create-lv", {
      name,
      extents: String(pick(2, 8)),
      ...shape,
      ...(isStriped && { "stripe-size": stripe }),
      ...(hasRegions && { "region-size": 2 ** pick(isStriped ? Math.log2(stripe) : 3, 9) }),
    });
    if (next() < 0.4) tryTo("extend-lv", { name, extents: `+${pick(1, 4)}` });
    if (next() < 0.6 && shape["type"] === "linear") tryTo("convert", { name, type: "raid5", stripes: 2 });
  }
  const away = Array.from(
    { length: 3 },
    (_, more) => new Set([pick(0, DISKS - 1), ...(more > 0 ? [pick(0, DISKS - 1)] : [])]),
  );
  return { seed, metadata, discovery, away };
}

function discoveryOf(index: number): Discovery {
  const id = (part: number): string => (index * 256 + part + 1).toString(16).padStart(32, "0");
  return {
    vg: { id: id(255), name: `vg${index}`, generation: 1 },
    devices: Array.from({ length: DISKS }, (_, disk) => ({
      id: id(disk),
      path: `/dev/disk${disk}`,
      dev: null,
      size: sectorsFor(index + 1),
      blockBytes: 512,
      dataStart: sectorsFor(index),
      dataLength: EXTENTS * EXTENT,
      regions: [],
    })),
    regions: [],
    missing: { count: 0 },
    duplicates: [],
  };
}
