/** Sparse image files, and loop devices over them where there is a root. */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { run } from "./measure.ts";
import type { Place } from "./row.ts";

export function images(place: Place, name: string, count: number, bytes: number): string[] {
  const directory = join(place.directory, name);
  mkdirSync(directory, { recursive: true });
  return Array.from({ length: count }, (_, index) => {
    const path = join(directory, `${index}.img`);
    writeFileSync(path, "");
    truncateSync(path, bytes);
    return path;
  });
}

export function loops(place: Place, name: string, count: number, bytes: number): string[] {
  const devices: string[] = [];
  const made: string[] = [];
  place.atEnd(() => {
    for (const device of devices) run(["losetup", "-d", device]);
    for (const node of made) rmSync(node);
  });
  for (const image of images(place, name, count, bytes)) {
    const device = freeLoop();
    if (makeNode(device)) made.push(device);
    run(["losetup", device, image]);
    devices.push(device);
  }
  return devices;
}

const BLOCK = "/sys/class/block";

/**
 * losetup asks the kernel for a loop device, and gives up when its node is not there: sysfs has it all the
 * same.
 */
function freeLoop(): string {
  const find = () =>
    readdirSync(BLOCK)
      .filter((name) => /^loop\d+$/.test(name))
      .find((name) => !existsSync(join(BLOCK, name, "loop/backing_file")));
  let name = find();
  if (name === undefined) {
    spawnSync("losetup", ["-f"]);
    name = find();
  }
  if (name === undefined) throw new Error("the kernel gives no loop device");
  return `/dev/${name}`;
}

/** Makes the node of a device where nobody else does. @returns whether there was none */
function makeNode(path: string): boolean {
  if (existsSync(path)) return false;
  const [major = "", minor = ""] = readFileSync(join(BLOCK, basename(path), "dev"), "utf8")
    .trim()
    .split(":");
  run(["mknod", "-m", "600", path, "b", major, minor]);
  return true;
}
