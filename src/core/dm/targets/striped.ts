import type { Sectors } from "../../base/units.ts";
import { joinArgs, splitArgs } from "../args.ts";
import { readNumber, statusWords } from "./status.ts";
import { insist, onceOpened, readCount, readSigned, type Target } from "./target.ts";

/** Data spread over devices in chunks: `<#stripes> <chunk size> (<device> <offset>)…`. */
export interface Striped {
  readonly chunkSize: Sectors;
  readonly stripes: readonly { readonly device: string; readonly offset: Sectors }[];
}

export interface StripedStatus {
  /** A letter a stripe: A alive, D failed. */
  readonly health: string;
}

/** Linux Documentation/admin-guide/device-mapper/striped.rst */
export const striped: Target<Striped, StripedStatus> = {
  type: "striped",
  version: [1, 6, 0],
  features: {},
  worksAlone: false,
  growsInPlace: true,
  loadsQuietly: true,
  readsBelow: true,
  decodeParams(params) {
    const words = splitArgs(params);
    insist(words.length >= 2, "Not enough arguments");
    const count = readSigned(words[0], "Invalid stripe count", 1, 2 ** 32 - 1);
    const chunkSize = readSigned(words[1], "Invalid chunk_size", 1, 2 ** 32 - 1);
    insist(words.length === 2 + 2 * count, "Not enough destinations specified");
    const stripes = Array.from({ length: count }, (_, index) => ({
      device: words[2 + 2 * index] ?? "",
      // Each device is opened when its offset has been read.
      offset: onceOpened(index, () => readCount(words[3 + 2 * index], "Couldn't parse stripe destination")),
    }));
    return { chunkSize, stripes };
  },
  encodeParams: ({ chunkSize, stripes }) =>
    joinArgs([stripes.length, chunkSize, ...stripes.flatMap(({ device, offset }) => [device, offset])]),
  devicePositions: (words) => words.flatMap((_, at) => (at >= 2 && at % 2 === 0 ? [at] : [])),
  check({ chunkSize, stripes }, { length }) {
    insist(length % stripes.length === 0, "Target length not divisible by number of stripes");
    insist((length / stripes.length) % chunkSize === 0, "Target length not divisible by chunk size");
  },
  areas: ({ stripes }, { length }) =>
    stripes.map(({ device, offset }) => ({ device, start: offset, length: length / stripes.length })),
  decodeStatus(text) {
    const words = statusWords(text);
    const count = readNumber(words[0]);
    const health = count === undefined ? undefined : words[2 + count];
    return health !== undefined && health.length === count ? { health } : undefined;
  },
  progress: ({ health }) => ({ health }),
  troubles: (status) => (!status ? ["unreadable"] : /[^A]/.test(status.health) ? ["stripe-failed"] : []),
};
