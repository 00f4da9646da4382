/** Arrays of every type and layout of dm-raid, small ones in which every kind of row comes several times. */

import { dataLegs } from "../../src/core/dm/targets/raid/redundancy.ts";
import { raid, redundancyOf } from "../../src/core/dm/targets/raid.ts";
import type { DmState } from "../../src/schema/index.ts";

export interface SmallArray {
  readonly name: string;
  readonly type: string;
  readonly words: string;
  readonly legs: number;
}

/** Sectors. */
export const CHUNK = 8;
const META = 128;
const IMAGE = 480;

const parity = (type: string, legs: number): SmallArray => ({
  name: type,
  type,
  words: "region_size 64",
  legs,
});
const tens = (name: string, words: string, legs: number): SmallArray => ({
  name,
  type: "raid10",
  words: `region_size 64 ${words}`,
  legs,
});

export const smallArrays: readonly SmallArray[] = [
  { name: "raid0", type: "raid0", words: "", legs: 3 },
  { name: "raid1", type: "raid1", words: "region_size 64", legs: 3 },
  ...["raid4", "raid5_n", "raid5_la", "raid5_ra", "raid5_ls", "raid5_rs"].map((type) => parity(type, 4)),
  ...["raid6_zr", "raid6_nr", "raid6_nc", "raid6_n_6"].map((type) => parity(type, 5)),
  ...["raid6_la_6", "raid6_ra_6", "raid6_ls_6", "raid6_rs_6"].map((type) => parity(type, 6)),
  tens("raid10", "raid10_copies 2", 4),
  tens("raid10-three", "raid10_copies 3", 6),
  tens("raid10-offset", "raid10_copies 2 raid10_format offset", 4),
  tens("raid10-far", "raid10_copies 2 raid10_format far", 4),
];

/** The words of its table. @param token of leg n: metadata, or image */
export function paramsOf(
  { type, words, legs }: SmallArray,
  token: (leg: number, what: "rmeta" | "rimage") => string,
  isAway: (leg: number) => boolean = () => false,
): string {
  const options = words === "" ? [] : words.split(" ");
  const meta = (leg: number) => (type === "raid0" ? "-" : token(leg, "rmeta"));
  const members = Array.from({ length: legs }, (_, leg) =>
    isAway(leg) ? "- -" : `${meta(leg)} ${token(leg, "rimage")}`,
  );
  const chunk = type === "raid1" ? 0 : CHUNK;
  return `${type} ${options.length + 1} ${chunk} ${[...options, legs].join(" ")} ${members.join(" ")}`;
}

export const lengthOfArray = (array: SmallArray): number =>
  dataLegs(redundancyOf(raid.decodeParams(paramsOf(array, (leg, what) => `@${what}${leg}`)))) * IMAGE;

/** Where its legs lie on a disk on which arrays stand one behind the other. */
export const legsOn = (first: number, { legs }: SmallArray) =>
  Array.from({ length: legs }, (_, leg) => {
    const start = first + leg * (META + IMAGE);
    return { rmeta: { start, length: META }, rimage: { start: start + META, length: IMAGE } };
  });

/** The first sector of each array on the disk. */
export const startOf = (index: number): number =>
  smallArrays.slice(0, index).reduce((sum, { legs }) => sum + legs * (META + IMAGE), 0);

export const SECTORS = startOf(smallArrays.length);

/**
 * Its devices over an image file of the disk; those of legs that are lost lie on a file that is not there.
 */
export function stateOf(index: number, path: string, lost: readonly number[] = []): DmState {
  const array = smallArrays[index] as SmallArray;
  const devices = legsOn(startOf(index), array).flatMap((leg, number) =>
    (["rmeta", "rimage"] as const).map((what) => ({
      name: `${what}${number}`,
      uuid: `DVM-${what}${number}`,
      table: [
        {
          start: 0,
          length: leg[what].length,
          type: "linear",
          params: `${lost.includes(number) ? `${path}.gone` : path} ${leg[what].start}`,
        },
      ],
    })),
  );
  const params = paramsOf(array, (leg, what) => `@${what}${leg}`);
  const top = { start: 0, length: lengthOfArray(array), type: "raid", params };
  return { devices: [...devices, { name: "array", uuid: "DVM-array", table: [top] }] };
}
