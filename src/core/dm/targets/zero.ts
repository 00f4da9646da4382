import { splitArgs } from "../args.ts";
import { insist, type NoParams, type Target } from "./target.ts";

/** Reads zeroes, forgets writes. Linux Documentation/admin-guide/device-mapper/zero.rst */
export const zero: Target<NoParams> = {
  type: "zero",
  version: [1, 1, 0],
  features: {},
  modules: ["dm-zero"],
  worksAlone: false,
  growsInPlace: true,
  loadsQuietly: true,
  decodeParams(params) {
    insist(splitArgs(params).length === 0, "No arguments required");
    return {};
  },
  encodeParams: () => "",
  devicePositions: () => [],
  check() {},
  areas: () => [],
};
