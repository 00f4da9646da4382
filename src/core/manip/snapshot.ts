import type { SnapshotSegment } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { formatSize, roundUp, type Sectors } from "../base/units.ts";
import { allocate } from "../volume/allocate.ts";
import { readAmount } from "../volume/amount.ts";
import { change } from "../volume/change.ts";
import { type Lv, lengthOf } from "../volume/model.ts";
import { newLv } from "../volume/new-lv.ts";
import { shapeOfNew } from "../volume/new-shape.ts";
import { amountOptions, extentsOf, oneAmount, placementOptions, readPlacement } from "../volume/placement.ts";
import { kindOf, namesWith, typeOf } from "../volume/types/index.ts";
import {
  DEFAULT_CHUNK,
  isChunk,
  leastStore,
  snapshotIn,
  snapshot as type,
  usefulStore,
} from "../volume/types/snapshot.ts";
import { stripeOptions } from "../volume/types/stripe-options.ts";
import { thinIn } from "../volume/types/thin.ts";
import { refuseInWork } from "../volume/work.ts";
import type { Workspace } from "../volume/workspace.ts";
import { snapshotThin } from "./snapshot-thin.ts";

/** Of the store. Only types know what they are, and their values. */
const storeOptions: Readonly<Record<never, never>> = stripeOptions;

export const snapshot = change({
  name: "snapshot",
  summary: "Keep what an LV holds now, as an LV of its own",
  description:
    "The size is that of the store, which holds what differs from then on, whichever of the two is " +
    "written. When it is full the snapshot is lost, and the origin goes on; a store of the largest useful " +
    "size is never full. A snapshot of a thin LV is a thin LV of the same pool, without a store. Snapshots " +
    "in one batch are taken at one instant, if all of them have stores or all are of one pool.",
  examples: [
    "--origin root --name friday --size 16M",
    "--origin swap --name monday --extents 4 --chunk-size 64k --read-only",
    "--origin docs --name docs-then",
  ],
  options: {
    origin: { summary: "The LV that it is of, by name or id", required: true, placeholder: "LV" },
    name: { summary: "The snapshot's name", required: true },
    ...amountOptions,
    "chunk-size": {
      summary: "What is copied at a time: 4k (the default) to 512k, a power of two",
      type: "size",
      placeholder: "SIZE",
    },
    ...storeOptions,
    ...placementOptions,
    tag: { summary: "Tag of the LV", many: true },
    "read-only": { summary: "Make it read-only", type: "flag" },
  },
  groups: [{ ...oneAmount, give: "at-most-one" }],
  apply(workspace, options, { chance, tell }) {
    const { extentSize } = workspace.vg;
    const origin = workspace.lv(options.origin);
    refuseInWork(origin);
    if (thinIn(origin.segments)) {
      refuseStore(options);
      return snapshotThin(workspace, origin, newLv(workspace, options, chance));
    }
    refuseOrigin(origin);
    if (options.size === undefined && options.extents === undefined)
      throw new DvmError("USAGE", "one of --size, --extents is needed: it is the size of the store");
    refuseMerging(workspace, origin);
    const made = newLv(workspace, options, chance);
    const chunkSize = readChunk(options["chunk-size"]);
    const amount = readAmount(options, extentSize);
    if (amount.sign !== "") throw new DvmError("USAGE", "the size of a new store has no sign");
    const shape = shapeOfNew(options, extentSize);
    const placement = readPlacement(workspace, origin, shape, options);
    const wanted = extentsOf(amount, workspace, shape, placement);
    const most = usefulStore(lengthOf(origin), chunkSize, extentSize);
    const extents = roundUp(Math.min(wanted, most), shape.width);
    if (extents < leastStore(chunkSize, extentSize))
      throw new DvmError("TOO_SMALL", `the store of LV ${made.name} would be too small for a single chunk`);
    if (wanted > most)
      tell(
        `the store of LV ${made.name} gets ${extents} extents (${formatSize(extents * extentSize)}) ` +
          `instead of ${wanted}: more is of no use`,
      );
    const request = { ...placement, length: extents / shape.width };
    const store = shape.build(
      allocate(workspace.space, request, `the store of LV ${made.name}`, workspace.vg),
    );
    const segment: SnapshotSegment = {
      type: type.name,
      start: 0,
      length: lengthOf(origin),
      origin: origin.id,
      chunkSize,
      store,
    };
    workspace.putLv({ ...made, segments: [segment] });
  },
});

/** Options of a store. @throws DvmError USAGE for a snapshot that has none */
function refuseStore(options: Readonly<Record<string, unknown>>): void {
  const own = ["size", "extents", "chunk-size", "policy", "pv", ...Object.keys(storeOptions)];
  const given = own.find((name) => {
    const value = options[name];
    return value !== undefined && !(Array.isArray(value) && value.length === 0);
  });
  if (given !== undefined)
    throw new DvmError(
      "USAGE",
      `--${given} is of a store, and a snapshot of a thin LV has none: leave it out`,
    );
}

/** @throws DvmError USAGE */
function readChunk(size: Sectors = DEFAULT_CHUNK): Sectors {
  if (isChunk(size)) return size;
  throw new DvmError("USAGE", `--chunk-size ${formatSize(size)} is no power of two from 4k to 512k`);
}

/** What it holds is in the store of another as well, which the kernel empties. @throws DvmError IN_USE */
function refuseMerging(workspace: Workspace, origin: Lv): void {
  const merging = workspace.wrappersOf(origin).find((each) => snapshotIn(each)?.merge === "begun");
  if (merging)
    throw new DvmError(
      "IN_USE",
      `LV ${merging.name} is being merged into LV ${origin.name}: there are no new snapshots before ` +
        "that ends",
    );
}

/** @throws DvmError UNSUPPORTED */
function refuseOrigin({ name, segments }: Lv): void {
  const accepts = type.wraps?.accepts ?? "origin";
  const other = segments.find((segment) => !typeOf(segment)?.traits.includes(accepts));
  if (other)
    throw new DvmError(
      "UNSUPPORTED",
      `LV ${name} is ${kindOf(other)}: there are snapshots of ${namesWith(accepts).join(" and ")} LVs only`,
    );
}
