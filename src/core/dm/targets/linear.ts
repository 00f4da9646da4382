import type { Sectors } from "../../base/units.ts";
import { joinArgs, splitArgs } from "../args.ts";
import { insist, readCount, type Target } from "./target.ts";

/** A range of one device: `<device> <offset>`. */
export interface Linear {
  readonly device: string;
  readonly offset: Sectors;
}

/** Linux Documentation/admin-guide/device-mapper/linear.rst */
export const linear: Target<Linear> = {
  type: "linear",
  version: [1, 4, 0],
  features: {},
  decodeParams(params) {
    const [device, offset, ...more] = splitArgs(params);
    insist(device !== undefined && offset !== undefined && more.length === 0, "Invalid argument count");
    return { device, offset: readCount(offset, "Invalid device sector") };
  },
  encodeParams: ({ device, offset }) => joinArgs([device, offset]),
  devicePositions: () => [0],
  check() {},
  areas: ({ device, offset }, { length }) => [{ device, start: offset, length }],
};
