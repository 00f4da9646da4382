/** What 56-dvm.rules imports, so that udev need not start a program to take a dm name apart. */
import { mkdirSync, unlinkSync, writeFileSync } from "node:fs";
import { errnoOf } from "../base/error.ts";
import { isLvUuid, splitDmName } from "../dm/name.ts";
import { type Nodes, noNodes } from "./dm-nodes.ts";

const DIRECTORY = "/run/dvm/udev";

/**
 * udev's rules make the nodes; they find the names of an LV and of its VG in a file that is named like the device. It
 * follows from its name, so one that is left over does no harm, and without it the rules do the same by a program.
 */
export const udevNames: Nodes = {
  ...noNodes,
  expected(name, uuid) {
    const [vg, lv] = splitDmName(name);
    if (!isLvUuid(uuid) || !vg || !lv) return;
    const text = `DM_VG_NAME=${vg}\nDM_LV_NAME=${lv}\n`;
    if (write(name, text) !== "ENOENT") return;
    mkdirSync(DIRECTORY, { recursive: true, mode: 0o755 });
    write(name, text);
  },
  renamed: (name) => forget(name),
  removed: (name) => forget(name),
};

/** @returns why it was not written: mostly that it is there */
function write(name: string, text: string): string | undefined {
  try {
    writeFileSync(`${DIRECTORY}/${name}`, text, { flag: "wx" });
    return undefined;
  } catch (cause) {
    return errnoOf(cause) ?? "";
  }
}

function forget(name: string): void {
  try {
    unlinkSync(`${DIRECTORY}/${name}`);
  } catch {
    // It was not there, or stays and does no harm.
  }
}
