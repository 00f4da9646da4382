import type { ThinPoolSegment } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { type Extents, formatSize, roundDown, roundUp, type Sectors } from "../base/units.ts";
import { allocate, moreRoom } from "../volume/allocate.ts";
import { readAmount } from "../volume/amount.ts";
import { blockBytesOf, saysBlocks } from "../volume/blocks.ts";
import { change } from "../volume/change.ts";
import type { Lv, Segment } from "../volume/model.ts";
import { newLv } from "../volume/new-lv.ts";
import { shapeOfNew } from "../volume/new-shape.ts";
import {
  amountOptions,
  extentsOf,
  oneAmount,
  type Placement,
  placementOptions,
  readPlacement,
} from "../volume/placement.ts";
import { wholeRowsOf } from "../volume/shape.ts";
import { stripeOptions } from "../volume/types/stripe-options.ts";
import {
  discardModes,
  fullModes,
  isPoolChunk,
  metaFor,
  thinPool,
  usualChunk,
} from "../volume/types/thin-pool.ts";
import type { Workspace } from "../volume/workspace.ts";

/** Of the data. Only types know what they are, and their values. */
const dataOptions: Readonly<Record<never, never>> = stripeOptions;

export const createPool = change({
  name: "create-pool",
  summary: "Create a pool, from which thin LVs get their room",
  description:
    "The size is that of its data. Beside it there is metadata, in which the kernel keeps which chunk is " +
    "whose: 64 bytes for each chunk unless --meta-size says otherwise, and at least 2 MiB. A pool whose " +
    "data or metadata are full takes nothing new: extend-lv makes both longer.",
  examples: [
    "--name pool --size 64M",
    "--name fast --size 32M --pv fast --meta-size 4M --chunk-size 128k --when-full error",
    "--name wide --extents 50%FREE --stripes 2 --no-zero",
  ],
  options: {
    name: { summary: "The pool's name", required: true },
    ...amountOptions,
    "meta-size": { summary: "Size of its metadata", type: "size", placeholder: "SIZE" },
    "chunk-size": {
      summary:
        "What a thin LV gets at a time: a multiple of 64k up to 1G (default: 64k, larger in large pools)",
      type: "size",
      placeholder: "SIZE",
    },
    "no-zero": { summary: "Chunks may show what an earlier LV had in them", type: "flag" },
    discards: {
      summary: "Discards free chunks, and disks are told of it (the default), or are not, or are ignored",
      choices: discardModes,
      placeholder: "WHAT",
    },
    "when-full": {
      summary: "Writes that find no room wait for a minute (queue, the default), or fail at once",
      choices: fullModes,
      placeholder: "WHAT",
    },
    ...dataOptions,
    ...placementOptions,
    "meta-pv": { summary: "PV for its metadata, named by id or tag", many: true, names: "pv" },
    tag: { summary: "Tag of the LV", many: true },
    inactive: { summary: "Activate it only when it, or a thin LV of it, is named", type: "flag" },
  },
  groups: [oneAmount],
  apply(workspace, options, { chance, tell }) {
    const { extentSize, name: vg } = workspace.vg;
    const { name } = options;
    const made = newLv(workspace, options, chance);
    const amount = readAmount(options, extentSize);
    if (amount.sign !== "") throw new DvmError("USAGE", "the size of a new pool has no sign");
    const shape = shapeOfNew(options, extentSize);
    const placement = readPlacement(workspace, undefined, shape, options);
    const wanted = extentsOf(amount, workspace, shape, placement);
    const chunkSize = readChunk(options["chunk-size"], wanted * extentSize);
    const asked = options["meta-size"];
    const metaLength = metaFor(wanted * extentSize, chunkSize, extentSize, asked);
    if (asked !== undefined && asked < (metaLength - 1) * extentSize)
      tell(`the metadata of pool ${name} get ${formatSize(metaLength * extentSize)}: no pool has less`);
    const meta = allocateMeta(workspace, options, metaLength);
    // Its metadata have taken their part of what is free.
    const share =
      "percent" in amount ? Math.min(wanted, extentsOf(amount, workspace, shape, placement)) : wanted;
    const extents = ("percent" in amount ? roundDown : roundUp)(share, shape.width);
    if (extents * extentSize < chunkSize)
      throw new DvmError(
        "TOO_SMALL",
        `pool ${name} would have no room for a chunk of ${formatSize(chunkSize)}`,
      );
    if (extents > share) tell(wholeRowsOf(name, share, extents, shape.width));
    const request = { ...placement, ...sameBlocks(workspace, meta), length: extents / shape.width };
    const data = shape.build(allocate(workspace.space, request, `the data of pool ${name}`, workspace.vg));
    const segment: ThinPoolSegment = {
      type: thinPool.name,
      start: 0,
      length: extents,
      chunkSize,
      transactionId: 0,
      nextId: 1,
      create: [],
      delete: [],
      zero: !options["no-zero"],
      discards: options.discards ?? discardModes[0],
      whenFull: options["when-full"] ?? fullModes[0],
      data,
      meta,
    };
    if (extents === 0) throw new DvmError("NO_SPACE", moreRoom(vg, placement.named));
    const lv: Lv = { ...made, segments: [segment] };
    workspace.putLv(lv);
    if (workspace.hasMixedBlocks) tell(saysBlocks(name, lv, workspace.pvs));
  },
});

/** @throws DvmError USAGE */
function readChunk(size: Sectors | undefined, data: Sectors): Sectors {
  if (size === undefined) return usualChunk(data);
  if (isPoolChunk(size)) return size;
  throw new DvmError("USAGE", `--chunk-size ${formatSize(size)} is no multiple of 64k up to 1G`);
}

/** Blocks of one size, as every LV. */
const sameBlocks = ({ pvs }: Workspace, segments: readonly Segment[]): Pick<Placement, "blockBytes"> => ({
  blockBytes: blockBytesOf({ segments: [...segments] }, pvs),
});

function allocateMeta(
  workspace: Workspace,
  options: { readonly name: string; readonly pv: readonly string[]; readonly "meta-pv": readonly string[] },
  length: Extents,
): Segment[] {
  const shape = shapeOfNew({}, workspace.vg.extentSize);
  const { "meta-pv": own, pv } = options;
  const placement = readPlacement(workspace, undefined, shape, { pv: own.length > 0 ? own : pv });
  const what = `the metadata of pool ${options.name}`;
  return shape.build(allocate(workspace.space, { ...placement, length }, what, workspace.vg));
}
