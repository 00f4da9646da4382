import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kernelAvailable } from "../../test/lib/kernel.ts";
import { bootUml } from "../../test/lib/uml.ts";
import { executable } from "../lib/dvm.ts";
import { median, timesOf } from "../lib/measure.ts";
import type { Row } from "../lib/row.ts";
import { shownTimes } from "../lib/shown.ts";

const COUNT = 1000;
const ROUNDS = 3;
const DISK_BYTES = 8 * 2 ** 30;

/** On User-Mode Linux: a real kernel, in which system calls are slow and removals do not wait for one another. */
export const activate: Row = {
  name: "activate",
  work: "1,000 linear LVs activated on a real kernel, against `vgchange -ay`; deactivated, against `-an`",
  reach: "≤ 0.7 ×",
  lacks() {
    const available = kernelAvailable();
    return available.ok ? undefined : available.reason;
  },
  async run({ directory }) {
    const disks = ["lvm", "dvm"].map((name) => {
      const path = join(directory, name);
      writeFileSync(path, "");
      truncateSync(path, DISK_BYTES);
      return path;
    });
    const batch = join(directory, "batch.json");
    const changes = Array.from({ length: COUNT }, (_, index) => ({
      verb: "create-lv",
      name: `lv${index}`,
      extents: 1,
    }));
    writeFileSync(batch, JSON.stringify({ changes }));
    const { status, output } = await bootUml({
      disks,
      script: readFileSync(new URL("../lib/activate-guest.sh", import.meta.url), "utf8"),
      env: { DVM: executable, BATCH: batch, COUNT: String(COUNT), ROUNDS: String(ROUNDS) },
      memMb: 1500,
    });
    if (status !== 0) throw new Error(output);
    const times = new Map<string, number[]>();
    for (const line of output.trim().split("\n")) {
      const [name = "", seconds] = line.split(" ");
      times.set(name, [...(times.get(name) ?? []), Number(seconds) * 1000]);
    }
    const of = (name: string): number => median(times.get(name) ?? []);
    return [
      shownTimes("activated", timesOf(of("dvm-on"), of("lvm-on")), 0.7),
      shownTimes("deactivated", timesOf(of("dvm-off"), of("lvm-off")), 0.7),
    ];
  },
};
