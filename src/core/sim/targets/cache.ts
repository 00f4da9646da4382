import { joinArgs, splitArgs } from "../../dm/args.ts";
import { cache as target } from "../../dm/targets/cache.ts";
import { TargetRefusal } from "../../dm/targets/target.ts";
import { format } from "../format.ts";
import type { SimTarget } from "./target.ts";

const POLICIES = new Set(["smq", "mq", "default", "cleaner"]);

export const cache: SimTarget = {
  measuresAtLoad: true,
  // Prints its options as they were given.
  construct(line, around) {
    const { policy, metadata, blockSize } = target.decodeParams(line.params);
    if (!POLICIES.has(policy)) throw new TargetRefusal("Error creating cache's policy");
    if (format(around, metadata, target.type, String(blockSize)) !== String(blockSize))
      throw new TargetRefusal("Error creating metadata object");
    return joinArgs(splitArgs(line.params));
  },
  status(line, { sizeOf }) {
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
    const used = `0/${Math.floor(sizeOf(device) / blockSize)}`;
    const meta = `10/${Math.floor(sizeOf(metadata) / 8)}`;
    const counters = [0, 0, 0, 0, 0, 0, 0];
    const core = [2, "migration_threshold", 2048];
    const name = policy === "default" ? "smq" : policy;
    const words = [8, meta, blockSize, used, ...counters, features.length, ...features, ...core];
    return `${joinArgs([...words, name, 0, "rw", "-"])} `;
  },
};
