import { images } from "../lib/devices.ts";
import { createLvs, makeVg } from "../lib/dvm.ts";
import { median } from "../lib/measure.ts";
import type { Row } from "../lib/row.ts";
import { traced } from "../lib/traced.ts";

const LVS = 10_000;
const REACH = 12;

const CHANGES: readonly (readonly [string, (round: number) => readonly string[]])[] = [
  ["create-lv", (round) => ["create-lv", "--name", `new${round}`, "--extents", "1"]],
  ["extend-lv", (round) => ["extend-lv", "--name", `lv${round * 777}`, "--extents", "+1"]],
  ["rename-lv", (round) => ["rename-lv", "--name", `lv${round * 991 + 1}`, "--to", `renamed${round}`]],
  ["remove-lv", (round) => ["remove-lv", "--name", `lv${round * 883 + 2}`]],
];

export const pages: Row = {
  name: "pages",
  work: "pages written by an update that changes one LV of 10,000",
  reach: `≤ ${REACH} a region`,
  async run(place) {
    const vg = makeVg(place.directory, images(place, "dvm", 4, 12 * 2 ** 30), ["--region-size", "20M"]);
    createLvs(place.directory, vg, LVS);
    return CHANGES.map(([what, change]) => {
      const written = Array.from({ length: 10 }, (_, round) => {
        const { prepare, commit } = traced(place.directory, vg, change(round));
        if (prepare.regions !== 4 || commit.regions !== 4) throw new Error("not all regions were written");
        return {
          // The two superblocks count as a page each, though they are written as one logical block.
          pages: prepare.pagesWritten / 4 + 2,
          bytes: (prepare.bytesWritten + commit.bytesWritten) / 4,
          flushes: (prepare.flushes + commit.flushes) / 4,
        };
      });
      const most = Math.max(...written.map(({ pages }) => pages));
      return {
        what,
        measured:
          `at most ${most}, median ${median(written.map(({ pages }) => pages))}; median ` +
          `${median(written.map(({ bytes }) => bytes))} bytes and ` +
          `${median(written.map(({ flushes }) => flushes))} flushes a region`,
        reached: most <= REACH,
      };
    });
  },
};
