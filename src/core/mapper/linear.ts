import { sectorsToBytes } from "../base/units.ts";
import { insideOf } from "./inside-of.ts";
import type { TargetMapper } from "./layer.ts";
import { Words } from "./words.ts";

/** `<device> <start>`: one range of one device (Documentation/admin-guide/device-mapper/linear.rst). */
export const linear: TargetMapper = async (line, stack, where) => {
  const words = new Words(line.params, where);
  const token = words.word("device");
  const start = sectorsToBytes(words.count("start"));
  words.end();
  const below = await stack.open(token);
  insideOf(below, start, sectorsToBytes(line.length), where);
  return {
    complete: below.complete,
    logicalBlockSize: below.logicalBlockSize,
    read: (offset, buffer) => below.read(start + offset, buffer),
    write: (offset, buffer) => below.write(start + offset, buffer),
    discard: (offset, length) => below.discard(start + offset, length),
  };
};
