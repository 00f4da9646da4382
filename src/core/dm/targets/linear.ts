import type { Sectors } from "../../base/units.ts";
import { joinArgs, splitArgs } from "../args.ts";
import { insist, readCount, type Target } from "./target.ts";

/** A range of one device: `<device> <offset>`. */
export interface Linear {
  readonly device: string;
  readonly offset: Sectors;
}

const FIRST: readonly number[] = [0];

/** Linux Documentation/admin-guide/device-mapper/linear.rst */
export const linear: Target<Linear> = {
  type: "linear",
  version: [1, 4, 0],
  features: {},
  worksAlone: false,
  growsInPlace: true,
  loadsQuietly: true,
  readsBelow: true,
  decodeParams(params) {
    const words = splitArgs(params);
    const device = words[0];
    const offset = words[1];
    insist(device !== undefined && offset !== undefined && words.length === 2, "Invalid argument count");
    return { device, offset: readCount(offset, "Invalid device sector") };
  },
  encodeParams: ({ device, offset }) => joinArgs([device, offset]),
  devicePositions: () => FIRST,
  check() {},
  areas: ({ device, offset }, { length }) => [{ device, start: offset, length }],
};
