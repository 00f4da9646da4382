/** Runs the device-mapper contract on the kernel below. One line on stdout for each case; ends with 0 if all hold. */
import { closeSync, openSync, readFileSync, statSync } from "node:fs";
import { openKernelDm } from "../../src/core/host/dm-kernel.ts";
import { type DmWorld, dmCases, removeAll } from "../contract/dm.ts";

const dm = openKernelDm();
const numberOf = (path = ""): string => {
  const { rdev } = statSync(path);
  return `${rdev >> 8}:${rdev & 0xff}`;
};
const [first = "", second = "", third = ""] = process.argv.slice(2).map(numberOf);
const world: DmWorld = {
  dm,
  disks: [first, second, third],
  hold: (name) => {
    const fd = openSync(`/dev/mapper/${name}`, "r");
    return { release: () => closeSync(fd) };
  },
};
let status = 0;
for (const { name, run } of dmCases) {
  try {
    run(world);
    console.log(`ok ${name}`);
  } catch (error) {
    status = 1;
    console.log(`not ok ${name}: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
  }
  try {
    removeAll(dm);
  } catch (error) {
    console.log(`cannot clean up after ${name}: ${error}\n${readFileSync("/proc/misc", "utf8")}`);
    process.exit(2);
  }
}
dm.close();
process.exit(status);
