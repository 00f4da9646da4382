import { joinArgs, splitArgs } from "../../dm/args.ts";
import { striped as target } from "../../dm/targets/striped.ts";
import type { SimTarget } from "./target.ts";

export const striped: SimTarget = {
  // Whatever else is wrong is found before the first offset is read.
  foresee(line) {
    const isOffset = (at: number) => at >= 3 && at % 2 === 1;
    const words = splitArgs(line.params).map((word, at) => (isOffset(at) ? "0" : word));
    target.check(target.decodeParams(joinArgs(words)), line);
  },
  status(line) {
    const { stripes } = target.decodeParams(line.params);
    const devices = stripes.map(({ device }) => device);
    return joinArgs([devices.length, ...devices, 1, "A".repeat(devices.length)]);
  },
};
