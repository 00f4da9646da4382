/**
 * Logical block sizes. device-mapper gives a device the largest that a device below it has. A file system,
 * partition table or LUKS header made for one size is of no use with another, so an LV keeps the size that it
 * was made with: by itself no change of it takes a PV of other blocks. Its raid metadata does not count,
 * since only dm-raid reads it.
 */

import type { Pv } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { type Bytes, bytesToSectors, formatSize, type Sectors, sectorsToBytes } from "../base/units.ts";
import { contentParts, type Leg, type Lv, ownLegsOf, runsOf, type Segment } from "./model.ts";
import type { Run } from "./runs.ts";
import { typeOf } from "./types/index.ts";
import type { Part } from "./types/type.ts";

/** What each PV has, by id. */
export type PvBlocks = { get(pv: string): Pick<Pv, "blockBytes"> | undefined };

/** The block size of the LV: the largest of its PVs; undefined when nothing is known of where it lies. */
export function blockBytesOf({ segments }: Pick<Lv, "segments">, pvs: PvBlocks): Bytes | undefined {
  let largest: Bytes | undefined;
  eachPvUnder(segments, (id) => {
    const { blockBytes } = pvs.get(id) ?? {};
    if (blockBytes !== undefined) largest = Math.max(largest ?? 0, blockBytes);
  });
  return largest;
}

/** Said of a new LV where the PVs have blocks of several sizes. @param on what has its content */
export const saysBlocks = (name: string, on: Pick<Lv, "segments">, pvs: PvBlocks): string =>
  `LV ${name} has logical blocks of ${blockBytesOf(on, pvs)} bytes`;

/** Those of the PVs that the content lies on, each once, the smallest first. */
export function blockSizesOf(segments: readonly Segment[], pvs: PvBlocks): readonly Bytes[] {
  const sizes = new Set<Bytes>();
  eachPvUnder(segments, (id) => {
    const pv = pvs.get(id);
    if (pv) sizes.add(pv.blockBytes);
  });
  return [...sizes].sort((a, b) => a - b);
}

/** Calls `visit` with the PVs that the content lies on, more than once with some of them. */
function eachPvUnder(segments: readonly Segment[], visit: (pv: string) => void): void {
  for (let index = 0; index < segments.length; index += 1) {
    const segment = segments[index] as Segment;
    const runs = runsOf(segment);
    for (let run = 0; run < runs.length; run += 1) visit((runs[run] as Run).pv);
    const parts = contentParts(segment);
    for (let part = 0; part < parts.length; part += 1) eachPvUnder((parts[part] as Part).segments, visit);
  }
}

/** Says what it means that these PVs have blocks of several sizes. */
export function mixedBlocks(vg: string, pvs: Iterable<Pick<Pv, "blockBytes">>): string {
  const sizes = [...new Set([...pvs].map(({ blockBytes }) => blockBytes))].sort((a, b) => a - b);
  return (
    `the PVs of VG ${vg} have logical blocks of ${sizes.join(" and ")} bytes: an LV keeps to PVs ` +
    "of one size, and does not grow or move to others"
  );
}

/** An LV before and after, each with the PVs of its time. */
export interface BlockChange {
  readonly lv: Lv;
  readonly pvs: PvBlocks;
  /** undefined: it is new. */
  readonly was: { readonly lv: Lv; readonly pvs: PvBlocks } | undefined;
}

/**
 * What the change does to the LV's blocks, for people, or undefined: they stay as they are, and on PVs of
 * their size.
 */
export function blockChange({ lv, pvs, was }: BlockChange): string | undefined {
  const now = blockSizesOf(lv.segments, pvs);
  const before = was ? blockSizesOf(was.lv.segments, was.pvs) : now.slice(-1);
  if (now.length <= 1 && now[0] === before[0] && before.length <= 1) return undefined;
  const [size, old] = [now.at(-1), before.at(-1)];
  if (size !== old && size !== undefined && old !== undefined)
    return `LV ${lv.name} has blocks of ${old} bytes and would get ${size}`;
  const added = now.filter((each) => !before.includes(each));
  return added.length > 0
    ? `LV ${lv.name} has blocks of ${old} bytes and would lie on a PV of ${added[0]}, too`
    : undefined;
}

/**
 * @param mixed told by whoever changes it that the LV's blocks may change; that it is not in use, volactivate
 *   proves
 * @throws DvmError BLOCK_SIZE naming the LV and both sizes, USAGE for a new LV whose stripes are too small
 */
export function refuseBlockChange(change: BlockChange, mixed: boolean): void {
  const { lv, pvs, was } = change;
  const narrow = was && narrowStripes(was.lv, was.pvs) ? undefined : narrowStripes(lv, pvs);
  // Of a new LV it is the request that is wrong: --stripe-size says it otherwise.
  if (narrow !== undefined && !was) throw new DvmError("USAGE", narrow, { details: { lv: lv.name } });
  const what =
    narrow ??
    (was && unequalLegs(was.lv, was.pvs) ? undefined : unequalLegs(lv, pvs)) ??
    (mixed ? undefined : blockChange(change));
  if (what !== undefined) throw new DvmError("BLOCK_SIZE", what, { details: { lv: lv.name } });
}

/** The device would cut each block of the LV into stripes, and a disk takes no part of a block. */
function narrowStripes({ name, segments }: Lv, pvs: PvBlocks): string | undefined {
  for (const { stripeSize, pv } of stripesOf(segments)) {
    const { blockBytes = 0 } = pvs.get(pv) ?? {};
    if (sectorsToBytes(stripeSize) < blockBytes)
      return (
        `LV ${name} with stripes of ${formatSize(stripeSize)} cannot lie on PV ${pv}, which has ` +
        `logical blocks of ${formatSize(bytesToSectors(blockBytes))}: a stripe is at least one block`
      );
  }
  return undefined;
}

const stripesOf = (segments: readonly Segment[]): readonly { stripeSize: Sectors; pv: string }[] =>
  segments.flatMap((segment) => {
    const stripeSize = typeOf(segment)?.stripeSize(segment) ?? null;
    const own: { stripeSize: Sectors; pv: string }[] = [];
    if (stripeSize !== null) eachPvUnder([segment], (pv) => own.push({ stripeSize, pv }));
    return [...own, ...contentParts(segment).flatMap((part) => stripesOf(part.segments))];
  });

/**
 * A leg that comes or goes must not change the LV's blocks. Only the two ends of a move may differ, and then
 * the new one has the larger: a move is finished while the LV is in use.
 */
function unequalLegs(lv: Lv, pvs: PvBlocks): string | undefined {
  const legs = ownLegsOf(lv);
  const sizeOf = ({ image }: Leg) => blockBytesOf({ segments: image }, pvs) ?? 0;
  const staying = legs.find(({ move }) => move !== "to");
  const size = staying ? sizeOf(staying) : 0;
  const other = legs.find((leg) => sizeOf(leg) !== size && !(leg.move === "to" && sizeOf(leg) > size));
  if (!other) return undefined;
  const why =
    other.move === "to"
      ? "its blocks would get smaller when the move ends, and it is in use then"
      : "legs come and go while it is in use, so all of them have blocks of one size";
  return (
    `LV ${lv.name} has blocks of ${size} bytes and would get a leg with blocks of ` +
    `${sizeOf(other)}: ${why}`
  );
}
