import { DvmError, toDvmError } from "../../base/error.ts";
import { sectorsToBytes } from "../../base/units.ts";
import { copies, type MappedCopy } from "../copies.ts";
import { insideOf } from "../inside-of.ts";
import type { TargetMapper } from "../layer.ts";
import { Words } from "../words.ts";

/**
 * `<log type> <log words> … <legs> [<device> <start>]… [<features> …]` (drivers/md/dm-raid1.c). The first leg
 * is the source and the only one that is read: whether others have caught up is in a log that only a kernel
 * keeps.
 */
export const mirror: TargetMapper = async (line, stack, where) => {
  const words = new Words(line.params, where);
  words.word("log type");
  words.take(words.count("number of log words"), "log word");
  const count = words.count("number of legs");
  if (count === 0) throw words.refuse("a mirror needs a leg");
  const legs: MappedCopy[] = [];
  for (let index = 0; index < count; index += 1) {
    const token = words.word("device");
    const start = sectorsToBytes(words.count("start"));
    try {
      const below = await stack.open(token);
      insideOf(below, start, sectorsToBytes(line.length), where);
      if (stack.write && !below.complete)
        throw new DvmError(
          "INCOMPLETE",
          `${where}: leg ${index} (${below.path}) has parts that cannot be written`,
        );
      legs.push({ index, below, start });
    } catch (thrown) {
      if (index === 0 || stack.write || toDvmError(thrown).code !== "INCOMPLETE") throw thrown;
      stack.warn(`${where}: goes on without leg ${index}: ${toDvmError(thrown).message}`);
    }
  }
  words.take(words.left > 0 ? words.count("number of features") : 0, "feature");
  words.end();
  return copies({ copies: legs, readable: legs.slice(0, 1) }, stack.warn, where);
};
