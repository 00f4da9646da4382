import { joinArgs, splitArgs } from "../../dm/args.ts";
import { checkMirrorLog, decodeMirrorLog, mirror as target } from "../../dm/targets/mirror.ts";
import { TargetRefusal } from "../../dm/targets/target.ts";
import type { SimTarget } from "./target.ts";

export const mirror: SimTarget = {
  // The log comes first. Whatever is wrong with its device, there is one word for it.
  foresee(line, { open }) {
    const log = decodeMirrorLog(splitArgs(line.params));
    checkMirrorLog(log, line);
    if (log.device === undefined) return;
    try {
      open(log.device);
    } catch {
      throw new TargetRefusal("Error creating mirror dirty log");
    }
  },
  status(line) {
    const { log, legs } = target.decodeParams(line.params);
    const regions = Math.ceil(line.length / log.regionSize);
    const devices = legs.map(({ device }) => device);
    const logWords = log.device === undefined ? [1, log.type] : [3, log.type, log.device, "A"];
    const health = "A".repeat(legs.length);
    return joinArgs([legs.length, ...devices, `${regions}/${regions}`, 1, health, ...logWords]);
  },
};
