/** Metadata made by verbs, for tests of verbs. */
import { deepStrictEqual } from "node:assert";
import { hostChance } from "../../src/core/host/process/chance.ts";
import { batch } from "../../src/core/manip/batch.ts";
import { createVg } from "../../src/core/manip/create-vg.ts";
import { changes } from "../../src/core/manip/index.ts";
import { makeChange, readOptions } from "../../src/core/volume/change.ts";
import { serialise } from "../../src/core/volume/serialise.ts";
import { type Lv, type Metadata, parseDocument } from "../../src/schema/index.ts";

const chance = hostChance("volumes");

/** What verbs have said. */
export const told: string[] = [];
const tell = (message: string): void => void told.push(message);

/** The id of PV `index`. */
export const pvId = (index: number): string => String(index).padStart(32, "0");

/** A VG whose PVs have so many extents each, of 4 MiB. */
export function vgOf(...extents: readonly number[]): Metadata {
  const options = { name: "vg", id: undefined, discovery: undefined, "extent-size": undefined, tag: [] };
  return {
    ...createVg.create(options, { chance, tell }),
    pvs: extents.map((count, index) => ({
      id: pvId(index),
      extents: count,
      blockBytes: 512,
      tags: [],
      allocatable: true,
    })),
  };
}

/** A VG whose PVs have so many extents each, and logical blocks of so many bytes. */
export function vgWithBlocks(...pvs: readonly (readonly [extents: number, blockBytes: number])[]): Metadata {
  const vg = vgOf(...pvs.map(([extents]) => extents));
  return { ...vg, pvs: vg.pvs.map((pv, index) => ({ ...pv, blockBytes: pvs[index]?.[1] ?? 512 })) };
}

/** Makes one change with options as in a batch. */
export function changed(
  metadata: Metadata,
  verb: string,
  given: Readonly<Record<string, unknown>>,
): Metadata {
  const change = changes.find(({ name }) => name === verb);
  if (!change) throw new Error(`no verb ${verb}`);
  return throughText(makeChange(change, metadata, readOptions(change, given), { chance, tell }));
}

export const batched = (
  metadata: Metadata,
  list: readonly ({ readonly verb: string } & Record<string, unknown>)[],
): Metadata =>
  throughText(batch(metadata, { changes: [...list] } as Parameters<typeof batch>[1], { chance, tell }));

/** What the next process reads of it, which must be what this one goes on with. */
function throughText(metadata: Metadata): Metadata {
  const read = parseDocument("metadata", serialise(metadata), "of the test");
  const plain = ({ vg, pvs, lvs }: Metadata) =>
    JSON.parse(JSON.stringify({ vg, pvs: byId(pvs), lvs: byId(lvs) }));
  deepStrictEqual(plain(read), plain(metadata));
  return read;
}

const byId = <T extends { readonly id: string }>(records: readonly T[]): T[] =>
  [...records].sort((a, b) => (a.id < b.id ? -1 : 1));

export function lvOf({ lvs }: Metadata, name: string): Lv {
  const lv = lvs.find((each) => each.name === name);
  if (!lv) throw new Error(`no LV ${name}`);
  return lv;
}

/**
 * An LV as one line a leg or segment: `raid1 1: rebuild to 5@2 meta 1@2`, extents counted and at which PV.
 */
export function shown(metadata: Metadata, name: string): string[] {
  const places = (segments: Lv["segments"]): string =>
    segments
      .map((segment) =>
        segment.type === "linear"
          ? `${segment.length}@${Number(segment.area.pv)}`
          : segment.type === "striped"
            ? `${segment.length}@${segment.areas.map(({ pv }) => Number(pv)).join("|")}`
            : segment.type,
      )
      .join("+");
  return lvOf(metadata, name).segments.flatMap((segment) =>
    segment.type === "raid"
      ? segment.legs.map(
          ({ state, number, move, image, meta }, index) =>
            `${number ?? index}: ${[state, ...(move ? [move] : [])].join(" ")} ${places(image)} meta ` +
            `${places(meta)}`,
        )
      : [`${segment.type} ${places([segment])}`],
  );
}
