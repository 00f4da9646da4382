import { joinArgs, splitArgs } from "../../dm/args.ts";
import { cache as target } from "../../dm/targets/cache.ts";
import { TargetRefusal } from "../../dm/targets/target.ts";
import { format } from "../format.ts";
import { type CacheRecord, readCacheRecord, writeCacheRecord } from "./cache-record.ts";
import type { Around, SimTarget } from "./target.ts";

const POLICIES = new Set(["smq", "mq", "default", "cleaner"]);

export const cache: SimTarget = {
  measuresAtLoad: true,
  // Prints its options as they were given.
  construct(line, around) {
    const { policy, metadata, blockSize } = target.decodeParams(line.params);
    if (!POLICIES.has(policy)) throw new TargetRefusal("Error creating cache's policy");
    if (formatted(around, metadata, blockSize) !== blockSize)
      throw new TargetRefusal("Error creating metadata object");
    return joinArgs(splitArgs(line.params));
  },
  status(line, around) {
    const { sizeOf } = around;
    const {
      metadata,
      cache: device,
      blockSize,
      metadata2,
      mode,
      noDiscardPassdown,
      policy,
    } = target.decodeParams(line.params);
    const features = [
      ...(metadata2 ? ["metadata2"] : []),
      mode ?? "writeback",
      ...(noDiscardPassdown ? ["no_discard_passdown"] : []),
    ];
    const held = recordOf(around, metadata);
    const used = `${held?.chunks.length ?? 0}/${Math.floor(sizeOf(device) / blockSize)}`;
    const meta = `10/${Math.floor(sizeOf(metadata) / 8)}`;
    const counters = [0, 0, 0, 0, 0, 0, held?.dirty.length ?? 0];
    const core = [2, "migration_threshold", 2048];
    const name = policy === "default" ? "smq" : policy;
    const words = [8, meta, blockSize, used, ...counters, features.length, ...features, ...core];
    return `${joinArgs([...words, name, 0, "rw", "-"])} `;
  },
};

/** What the disks tell; undefined where they cannot be read. */
function recordOf({ state, readLeaf }: Around, metadata: string): CacheRecord | undefined {
  try {
    return readLeaf && readCacheRecord(state, metadata, readLeaf);
  } catch {
    return undefined;
  }
}

/** @returns the size of the chunks that it keeps from now on */
function formatted(around: Around, metadata: string, blockSize: number): number {
  const { state, readLeaf: read, writeLeaf } = around;
  const found = recordOf(around, metadata);
  if (!found || !read || !writeLeaf) return Number(format(around, metadata, target.type, String(blockSize)));
  if (found.blockSize > 0) return found.blockSize;
  const io = { read, write: writeLeaf, flush: () => undefined };
  writeCacheRecord(state, metadata, { ...found, blockSize }, io);
  return blockSize;
}
