/** A root file system on a raid1 LV that no kernel has run, for a machine that boots from it. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "./dvm.ts";
import { emptyDisks } from "./empty-disks.ts";
import { KERNEL } from "./kernel.ts";

const MIB = 2 ** 20;

/** By which the file system can be found. */
export const ROOT_UUID = "11111111-2222-4333-8444-555555555555";

/** Its init: says how it was called, shows a few directories, and ends with status 42. */
const INIT = `#!/bin/busybox sh
exec >/dev/ttyS0 2>&1
echo "root is up: $1"
/bin/busybox ls /
/bin/busybox ls /run/dvm/boot
/bin/busybox ls -l /dev/vg /dev/mapper
/bin/busybox stty raw -echo </dev/ttyS1
echo "status 42" >/dev/ttyS1
/bin/busybox sync
/bin/busybox poweroff -n -f
`;

/** Disks of a VG `vg` with the LV `root`, and one of a VG `two` with the LV `data`. */
export interface BootDisks {
  readonly a: string;
  readonly b: string;
  readonly two: string;
}

/** @param directory an empty one, for images and what comes before them */
export function makeBootDisks(directory: string): BootDisks {
  const [a = "", b = "", two = ""] = emptyDisks(directory, 16 * MIB, "a", "b", "c");
  const config = join(directory, "dvm.json");
  writeFileSync(
    config,
    JSON.stringify({
      discover: { scan: [a, b, two] },
      dm: { backend: "sim", state: join(directory, "dm.json") },
      common: { lockDir: join(directory, "lock") },
    }),
  );
  const dvm = (line: string) => execFileSync(process.execPath, [bundle, "-c", config, ...line.split(" ")]);
  const sizes = "--region-size 1M --extent-size 1M";
  dvm(`init vg ${a} ${b} ${sizes}`);
  dvm(`init two ${two} ${sizes}`);
  dvm("run vg --no-activate -- create-lv --name root --size 8M --mirrors 1");
  dvm("run two --no-activate -- create-lv --name data --size 2M");
  dvm(`import vg/root ${rootImage(directory)}`);
  return { a, b, two };
}

/** @returns an image of a root file system in which busybox is all there is */
function rootImage(directory: string): string {
  const tree = join(directory, "tree");
  for (const folder of ["bin", "sbin", "dev", "proc", "sys", "run"])
    mkdirSync(join(tree, folder), { recursive: true });
  cpSync(KERNEL.busybox, join(tree, "bin/busybox"));
  writeFileSync(join(tree, "sbin/init"), INIT, { mode: 0o755 });
  const image = join(directory, "root.img");
  execFileSync("mke2fs", ["-q", "-t", "ext2", "-U", ROOT_UUID, "-d", tree, image, "8M"]);
  return image;
}
