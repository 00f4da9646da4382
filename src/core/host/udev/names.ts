/** What 56-dvm.rules imports, so that udev need not start a program to take a dm name apart. */
import { unlinkSync, writeFileSync } from "node:fs";
import { errnoOf } from "../../base/error.ts";
import { type DmName, parseDmName } from "../../dm/name.ts";
import { isShown } from "../../dm/shown.ts";
import { type Nodes, noNodes } from "../dm/nodes.ts";
import { makeOwnDirectory } from "../lock/own-directory.ts";

const DIRECTORY = "/run/dvm/udev";
/** What names of VGs and LVs are made of. */
const PLAIN = /^[A-Za-z0-9+_.-]+$/;

/**
 * udev's rules make the nodes; they find the names of an LV and of its VG in a file that is named like the
 * device. It follows from its name, so one that is left over does no harm, and without it the rules do the
 * same by a program.
 */
export const udevNames: Nodes = {
  ...noNodes,
  expected(name, uuid) {
    const parts = parseDmName(name);
    // A program may name a device anything, and udev takes blanks, quotes and ends of lines for more than a
    // name.
    if (!isShown(uuid, name) || !parts || parts.layer !== undefined || !PLAIN.test(name)) return;
    const write = (): void => writeFileSync(`${DIRECTORY}/${name}`, textOf(parts), { flag: "wx" });
    if (tried(write) !== "ENOENT") return;
    if (makeOwnDirectory("/run", ["dvm", "udev"], 0o755) === undefined) tried(write);
  },
  renamed: (name) => forget(name),
  removed: (name) => forget(name),
};

const textOf = ({ vg, lv }: DmName): string => `DM_VG_NAME=${vg}\nDM_LV_NAME=${lv}\n`;

const forget = (name: string): void => void tried(() => unlinkSync(`${DIRECTORY}/${name}`));

/** @returns why it failed, mostly since it is done, and which is nobody's trouble */
function tried(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (cause) {
    return errnoOf(cause) ?? "";
  }
}
