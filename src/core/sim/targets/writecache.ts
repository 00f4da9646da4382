import { joinArgs } from "../../dm/args.ts";
import { TargetRefusal } from "../../dm/targets/target.ts";
import { writecache as target } from "../../dm/targets/writecache.ts";
import { format } from "../format.ts";
import type { SimTarget } from "./target.ts";

export const writecache: SimTarget = {
  construct(line, around) {
    const params = target.decodeParams(line.params);
    const blockSize = String(params.blockSize);
    if (format(around, params.cache, target.type, blockSize) !== blockSize)
      throw new TargetRefusal("Block size in the superblock doesn't match");
    return target.encodeParams(params);
  },
  status(line, { sizeOf }) {
    const { cache: device, blockSize } = target.decodeParams(line.params);
    // Each block has an entry of 16 bytes, beside a header.
    const blocks = Math.floor((sizeOf(device) * 512 - 4096) / (blockSize + 16));
    return joinArgs([0, blocks, blocks, 0]);
  },
};
