import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { executable } from "../lib/dvm.ts";
import { median, run, timed } from "../lib/measure.ts";
import type { Row } from "../lib/row.ts";

/** At least 10,000, a multiple of three. */
const DEVICES = 10_002;
const REACH_MS = 1000;
const ROUNDS = 5;
/** 4 MiB, in sectors. */
const LENGTH = 8192;
const VG = "1".padStart(32, "0");

interface Device {
  readonly name: string;
  readonly uuid: string;
  readonly table: readonly object[];
}

const device = (
  index: number,
  type: string,
  params: string,
  { layer = "", length = LENGTH } = {},
): Device => ({
  name: `vg-lv${index}${layer}`,
  uuid: `DVM-${VG}${String(index).padStart(32, "0")}${layer}`,
  table: [{ start: 0, length, type, params }],
});

/** So many devices, each by itself. @param from where they begin on their disk, in devices */
const linear = (from: number): Device[] =>
  Array.from({ length: DEVICES }, (_, index) => device(index, "linear", `8:0 ${LENGTH * (from + index)}`));

/** As many, of which each third one is an array of two others. @param length of each, in sectors */
const raid1 = (length: number): Device[] =>
  Array.from({ length: DEVICES / 3 }, (_, index) => {
    const legs = [0, 1].map((leg) =>
      device(index, "linear", `8:${16 * leg} ${2 * LENGTH * index}`, { layer: `-rimage_${leg}`, length }),
    );
    const params = `raid1 1 0 2 ${legs.map(({ name }) => `- @${name}`).join(" ")}`;
    return [...legs, device(index, "raid", params, { length })];
  }).flat();

const CHANGES: readonly (readonly [what: string, current: readonly Device[], desired: readonly Device[]])[] =
  [
    ["linear, made", [], linear(0)],
    ["linear, moved", linear(0), linear(DEVICES)],
    ["linear, removed", linear(0), []],
    ["raid1 and its legs, made", [], raid1(LENGTH)],
    ["raid1 and its legs, grown", raid1(LENGTH), raid1(2 * LENGTH)],
    ["raid1 and its legs, removed", raid1(LENGTH), []],
  ];

/** Two documents in, three programs out. */
export const plan: Row = {
  name: "plan",
  work: "10,000 devices planned by `dmactivate plan`, a process of its own",
  reach: "< 1 s",
  async run({ directory }) {
    const results = [];
    for (const [what, current, desired] of CHANGES) {
      const [from, to] = [join(directory, "current.json"), join(directory, "desired.json")];
      writeFileSync(from, JSON.stringify({ devices: current }));
      writeFileSync(to, JSON.stringify({ scope: [`DVM-${VG}`], devices: desired }));
      const times = [];
      for (let round = 0; round < ROUNDS; round += 1)
        times.push(
          await timed(() => run([executable, "dmactivate", "plan", "--current", from, "--desired", to])),
        );
      const ms = median(times);
      results.push({ what, measured: `${(ms / 1000).toFixed(2)} s`, reached: ms < REACH_MS });
    }
    return results;
  },
};
