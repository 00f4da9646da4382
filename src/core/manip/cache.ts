import type { CacheSegment, WritecacheSegment } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { type Extents, formatSize, type Sectors } from "../base/units.ts";
import { allocate } from "../volume/allocate.ts";
import { readAmount } from "../volume/amount.ts";
import { blockBytesOf } from "../volume/blocks.ts";
import { change } from "../volume/change.ts";
import { type Lv, lengthOf, type Segment } from "../volume/model.ts";
import { shapeOfNew } from "../volume/new-shape.ts";
import { amountOptions, extentsOf, oneAmount, readPlacement } from "../volume/placement.ts";
import {
  cacheChunk,
  cacheMeta,
  cacheModes,
  cachePolicies,
  cacheSettings,
  cache as cacheType,
} from "../volume/types/cache.ts";
import { readSettings } from "../volume/types/cache-settings.ts";
import { kindOf, namesWith, typeOf } from "../volume/types/index.ts";
import { writecacheSettings, writecache as writecacheType } from "../volume/types/writecache.ts";
import { refuseInWork } from "../volume/work.ts";
import type { Workspace } from "../volume/workspace.ts";

const kinds = [cacheType.name, writecacheType.name] as const;

export const cache = change({
  name: "cache",
  summary: "Keep a part of an LV on faster PVs, while it is in use",
  description:
    "The size is that of the cache. In mode writethrough all that is written goes to the LV's own PVs as " +
    "well, so that the cache can be lost; in writeback the LV is lost with it. Kind writecache keeps only " +
    "what was written lately, and is always needed. uncache ends both.",
  examples: [
    "--name swap --size 16M --pv fast",
    "--name swap --size 32M --pv fast --mode writeback --chunk-size 128k --set migration_threshold=4096",
    "--name swap --size 16M --pv fast --kind writecache --set high_watermark=60",
  ],
  options: {
    name: { summary: "The LV's name or id", required: true },
    ...amountOptions,
    pv: { summary: "Faster PV, named by id or tag", many: true, names: "pv" },
    kind: {
      summary: `${kinds.join(" or ")}: what is used often (the default), or what was written lately`,
      choices: kinds,
      placeholder: "KIND",
    },
    mode: {
      summary: "Writes go to both (writethrough, the default), to the cache first, or past it",
      choices: cacheModes,
      placeholder: "MODE",
    },
    "chunk-size": {
      summary: "What is cached at a time: a multiple of 32k up to 1G (default: 64k, larger in large caches)",
      type: "size",
      placeholder: "SIZE",
    },
    policy: {
      summary: "What decides on which chunks are cached: smq (the default) or mq",
      choices: cachePolicies,
      placeholder: "POLICY",
    },
    set: { summary: "A setting of the kernel's, as NAME=NUMBER", many: true, placeholder: "SETTING" },
  },
  groups: [oneAmount],
  apply(workspace, options, { tell }) {
    const lv = workspace.lv(options.name);
    refuse(workspace, lv);
    if (options.pv.length === 0)
      throw new DvmError("USAGE", "a cache is of use on PVs that are faster: name them with --pv");
    const kind = options.kind ?? cacheType.name;
    if (kind === cacheType.name) return workspace.putLv(withCache(workspace, lv, options));
    const given = (["mode", "chunk-size", "policy"] as const).find((name) => options[name] !== undefined);
    if (given) throw new DvmError("USAGE", `--${given} does not go with kind ${kind}`);
    workspace.putLv(withWritecache(workspace, lv, options));
    tell(`LV ${lv.name} cannot be used without its ${kind} until that has been flushed`);
  },
});

interface Given {
  readonly size?: string | undefined;
  readonly extents?: string | undefined;
  readonly pv: readonly string[];
  readonly set: readonly string[];
  readonly mode?: CacheSegment["mode"] | undefined;
  readonly policy?: CacheSegment["policy"] | undefined;
  readonly "chunk-size"?: Sectors | undefined;
}

/** @throws DvmError UNSUPPORTED, IN_USE */
function refuse(workspace: Workspace, lv: Lv): void {
  refuseInWork(lv);
  const [first] = lv.segments;
  const committed = workspace.committed(lv.id);
  if (first && typeOf(first)?.caches)
    throw new DvmError(
      "UNSUPPORTED",
      `LV ${lv.name} is cached already: manip uncache --name ${lv.name} ends that`,
    );
  // Its devices would have the names of those that go.
  if (committed && typeOf(committed)?.caches)
    throw new DvmError("IN_USE", `LV ${lv.name} is uncached in the same change: cache it in one of its own`);
  const other = lv.segments.find((segment) => !typeOf(segment)?.traits.includes("origin"));
  if (other)
    throw new DvmError(
      "UNSUPPORTED",
      `LV ${lv.name} is ${kindOf(other)}: only ${namesWith("origin").join(" and ")} LVs are cached`,
    );
}

function withCache(workspace: Workspace, lv: Lv, options: Given): Lv {
  const { extentSize } = workspace.vg;
  const settings = [...readSettings(options.set, cacheSettings)];
  const wanted = wantedExtents(workspace, lv, options);
  const chunkSize = cacheChunk(wanted * extentSize, options["chunk-size"]);
  const what = `the cache of LV ${lv.name}`;
  const metaLength = cacheMeta(wanted * extentSize, chunkSize, extentSize);
  const meta = take(workspace, lv, options, metaLength, `the metadata of ${what}`);
  // Its metadata have taken their part of what is free.
  const length = Math.min(wanted, options.extents ? wantedExtents(workspace, lv, options) : wanted);
  if (length * extentSize < chunkSize)
    throw new DvmError("TOO_SMALL", `${what} would have no room for a chunk of ${formatSize(chunkSize)}`);
  const mode = options.mode ?? cacheModes[0];
  const segment: CacheSegment = {
    type: cacheType.name,
    start: 0,
    length: lengthOf(lv),
    chunkSize,
    mode,
    policy: options.policy ?? cachePolicies[0],
    settings,
    ...(mode === "writeback" && { dirty: true }),
    origin: lv.segments,
    data: take(workspace, lv, options, length, what),
    meta,
  };
  return { ...lv, segments: [segment] };
}

function withWritecache(workspace: Workspace, lv: Lv, options: Given): Lv {
  const settings = [...readSettings(options.set, writecacheSettings)];
  const what = `the writecache of LV ${lv.name}`;
  const segment: WritecacheSegment = {
    type: writecacheType.name,
    start: 0,
    length: lengthOf(lv),
    blockSize: blockBytesOf(lv, workspace.pvs) ?? 0,
    settings,
    origin: lv.segments,
    store: take(workspace, lv, options, wantedExtents(workspace, lv, options), what),
  };
  return { ...lv, segments: [segment] };
}

/** @throws DvmError USAGE, NOT_FOUND */
function wantedExtents(workspace: Workspace, lv: Lv, options: Given): Extents {
  const amount = readAmount(options, workspace.vg.extentSize);
  if (amount.sign !== "") throw new DvmError("USAGE", "the size of a new cache has no sign");
  if ("extents" in amount) return amount.extents;
  const shape = shapeOfNew({}, workspace.vg.extentSize);
  return extentsOf(amount, workspace, shape, readPlacement(workspace, lv, shape, { pv: options.pv }));
}

/** Linear, on PVs of the LV's block size. @throws DvmError NO_SPACE */
function take(workspace: Workspace, lv: Lv, { pv }: Given, length: Extents, what: string): Segment[] {
  const shape = shapeOfNew({}, workspace.vg.extentSize);
  const placement = readPlacement(workspace, lv, shape, { pv });
  if (length === 0) throw new DvmError("TOO_SMALL", `${what} would be empty`);
  return shape.build(allocate(workspace.space, { ...placement, length }, what, workspace.vg));
}
