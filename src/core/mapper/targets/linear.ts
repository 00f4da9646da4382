import { sectorsToBytes } from "../../base/units.ts";
import { linear as linearTarget } from "../../dm/targets/linear.ts";
import { decode } from "../decode.ts";
import { insideOf } from "../inside-of.ts";
import type { TargetMapper } from "../layer.ts";

/** `<device> <start>`: one range of one device (Documentation/admin-guide/device-mapper/linear.rst). */
export const linear: TargetMapper = async (line, stack, where) => {
  const { device, offset } = decode(linearTarget, line, where);
  const start = sectorsToBytes(offset);
  const below = await stack.open(device);
  insideOf(below, start, sectorsToBytes(line.length), where);
  const { runAt } = below;
  return {
    complete: below.complete,
    logicalBlockSize: below.logicalBlockSize,
    read: (at, buffer) => below.read(start + at, buffer),
    write: (at, buffer) => below.write(start + at, buffer),
    discard: (at, length) => below.discard(start + at, length),
    ...(runAt && { runAt: (at, length) => runAt(start + at, length) }),
  };
};
