/** Linear LVs of dvm's and of lvm2's, in a kernel of their own: what every row of activation shares. */
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { median, timesOf } from "./measure.ts";
import type { Result } from "./row.ts";
import { shownTimes } from "./shown.ts";

const ROUNDS = 3;
/** Of one LV, and of metadata at most, to either side. */
const LV_BYTES = 4 * 2 ** 20;
const METADATA_BYTES = 2 ** 30;

/** For the kernel: prints "NAME SECONDS" for each time. It wants `$DVM`, `$DISK0` and `$DISK1`. */
export const script = readFileSync(new URL("activate-guest.sh", import.meta.url), "utf8");

export const envFor = (lvs: number) => ({ COUNT: String(lvs), ROUNDS: String(ROUNDS) });

/** @returns two empty images */
export const makeDisks = (directory: string, lvs: number): string[] =>
  ["lvm", "dvm"].map((name) => {
    const path = join(directory, name);
    writeFileSync(path, "");
    truncateSync(path, lvs * LV_BYTES + METADATA_BYTES);
    return path;
  });

/** @param output of the script; reach: what to reach for both directions */
export function resultsOf(output: string, reach: { readonly up: number; readonly down: number }): Result[] {
  const times = new Map<string, number[]>();
  for (const line of output.trim().split("\n")) {
    const [name = "", seconds] = line.split(" ");
    times.set(name, [...(times.get(name) ?? []), Number(seconds) * 1000]);
  }
  const of = (name: string): number => median(times.get(name) ?? []);
  const start = `the start alone is ${Math.round(of("dvm-start"))} ms`;
  return [
    shownTimes(`activated, ${start}`, timesOf(of("dvm-on"), of("lvm-on")), reach.up),
    shownTimes("deactivated", timesOf(of("dvm-off"), of("lvm-off")), reach.down),
  ];
}
