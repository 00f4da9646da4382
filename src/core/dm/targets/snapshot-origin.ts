import { joinArgs, splitArgs } from "../args.ts";
import { insist, type Target } from "./target.ts";

/** A device of which there are snapshots: `<origin>`. Before a write the old content goes to each of them. */
export interface SnapshotOrigin {
  readonly origin: string;
}

/** Linux Documentation/admin-guide/device-mapper/snapshot.rst */
export const snapshotOrigin: Target<SnapshotOrigin> = {
  type: "snapshot-origin",
  version: [1, 9, 0],
  features: {},
  modules: ["dm-snapshot"],
  worksAlone: false,
  growsInPlace: false,
  loadsQuietly: false,
  decodeParams(params) {
    const [origin, ...more] = splitArgs(params);
    insist(origin !== undefined && more.length === 0, "origin: incorrect number of arguments");
    return { origin };
  },
  encodeParams: ({ origin }) => joinArgs([origin]),
  standsForOrigin: true,
  devicePositions: () => [0],
  check() {},
  areas: ({ origin }, { length }) => [{ device: origin, start: 0, length }],
};
