/** Linear LVs of dvm's and of lvm2's, in a kernel of their own: what every row of activation shares. */
import { existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median, timesOf } from "./measure.ts";
import type { Result } from "./row.ts";
import { shownTimes } from "./shown.ts";

export const UDEVD = "/lib/systemd/systemd-udevd";
/** What dvm gives udevd. */
export const RULES = fileURLToPath(new URL("../../packaging/udev", import.meta.url));
/** Of one LV, and of metadata at most, to either side. */
const LV_BYTES = 4 * 2 ** 20;
const METADATA_BYTES = 2 ** 30;

/** For the kernel: prints "NAME SECONDS" for each time. It wants `$DVM`, `$DISK0` and `$DISK1`. */
export const script = readFileSync(new URL("activate-guest.sh", import.meta.url), "utf8");

/** What a row measures. */
export interface Activation {
  readonly lvs: number;
  readonly rounds: number;
  /** With a systemd-udevd, for which both sides wait. */
  readonly udevd: boolean;
}

/** @param programs paths in the guest */
export const envFor = (
  { lvs, rounds, udevd }: Activation,
  programs: { readonly dvm: string; readonly udevd: string },
) => ({
  COUNT: String(lvs),
  ROUNDS: String(rounds),
  DVM: programs.dvm,
  ...(udevd ? { UDEVD: programs.udevd, RULES } : {}),
});

/** What is missing for it beside a kernel, in words. */
export const udevdLacks = ({ udevd }: Activation): string | undefined =>
  udevd && !existsSync(UDEVD) ? `no ${UDEVD} (Debian package udev)` : undefined;

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
