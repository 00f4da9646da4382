import { mkdirSync, writeFileSync } from "node:fs";
import { images } from "../lib/devices.ts";
import { makeVg, type Vg } from "../lib/dvm.ts";
import { median, timed } from "../lib/measure.ts";
import type { Place, Result, Row } from "../lib/row.ts";

const COUNTS = [512, 4096] as const;
/** Times may grow with the devices, and a little for what one core's caches no longer hold. */
const LINEAR = (COUNTS[1] / COUNTS[0]) * 1.25;

const WORK: readonly (readonly [string, (vg: Vg, round: number) => unknown])[] = [
  ["discover find", (vg) => vg.dvm(["discover", "find", vg.name, "-c", vg.config])],
  ["verify", (vg) => vg.dvm(["tm", "verify", "-c", vg.config, "--discovery", found(vg)])],
  ["update", (vg, round) => vg.dvm(["run", vg.name, "--no-activate", "--", "tag", "--add", `t${round}`])],
];

/** The discovery document, found once for each VG. */
const documents = new Map<Vg, string>();

function found(vg: Vg): string {
  const known = documents.get(vg);
  if (known !== undefined) return known;
  const file = `${vg.config}.discovery`;
  writeFileSync(file, vg.dvm(["discover", "find", vg.name, "-c", vg.config], true));
  documents.set(vg, file);
  return file;
}

export const devices: Row = {
  name: "devices",
  work: "4,096 regions, 4,096 devices: discover, verify, update",
  reach: "works; time grows linearly",
  async run(place) {
    const times = new Map<string, number[]>();
    for (const count of COUNTS) {
      const vg = makeVg(sub(place, count), images(place, `of-${count}`, count, 8 * 2 ** 20), [
        "--regions",
        "all",
        "--region-size",
        "1M",
      ]);
      found(vg);
      place.say(`a VG of ${count} devices is there`);
      for (const [what, work] of WORK) {
        const each: number[] = [];
        for (let round = 0; round < 3; round += 1) each.push(await timed(() => work(vg, round)));
        times.set(what, [...(times.get(what) ?? []), median(each)]);
      }
    }
    return [...times].map(
      ([what, [few = 0, many = 0]]): Result => ({
        what,
        measured:
          `${(few / 1000).toFixed(2)} s for ${COUNTS[0]}, ${(many / 1000).toFixed(2)} s for ` +
          `${COUNTS[1]}: ${(many / few).toFixed(1)} × for ${COUNTS[1] / COUNTS[0]} ×`,
        reached: many / few <= LINEAR,
      }),
    );
  },
};

function sub(place: Place, count: number): string {
  const directory = `${place.directory}/vg-${count}`;
  mkdirSync(directory);
  return directory;
}
