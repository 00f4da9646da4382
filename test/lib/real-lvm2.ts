/** LVM2 itself, as far as it works without device-mapper: on loop devices over images. */
import { spawnSync } from "node:child_process";
import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

export interface RealLvm2 {
  /** Puts these bytes on the devices, in order. */
  load(disks: readonly Buffer[]): void;
  /** Runs one command. @returns its status, and what it says */
  run(command: string, ...args: readonly string[]): { readonly status: number | null; readonly said: string };
  close(): void;
}

/** @returns why there is none, in words */
export function openLvm2(directory: string, sizes: readonly number[]): RealLvm2 | string {
  if (process.getuid?.() !== 0) return "loop devices need root";
  if (spawnSync("lvm", ["version"]).error) return "no lvm (Debian package lvm2)";
  mkdirSync(directory, { recursive: true });
  const images = sizes.map((size, index) => {
    const path = join(directory, `loop${index}`);
    const fd = openSync(path, "w+");
    ftruncateSync(fd, size);
    return { path, fd };
  });
  const devices: string[] = [];
  const close = () => {
    for (const device of devices) spawnSync("losetup", ["-d", device]);
    for (const { fd } of images) closeSync(fd);
  };
  for (const { path } of images) {
    const { status, stdout } = spawnSync("losetup", ["-f", "--show", path], { encoding: "utf8" });
    if (status !== 0) {
      close();
      return "no loop devices";
    }
    devices.push(stdout.trim());
  }
  writeConf(directory, devices);
  const env = { ...process.env, LVM_SYSTEM_DIR: directory, LVM_SUPPRESS_FD_WARNINGS: "1" };
  return {
    load: (disks) => {
      for (const [index, bytes] of disks.entries()) {
        writeSync(images[index]?.fd ?? -1, bytes, 0, bytes.length, 0);
        spawnSync("blockdev", ["--flushbufs", devices[index] ?? ""]);
      }
    },
    run: (command, ...args) => {
      const ran = spawnSync("lvm", [command, "--driverloaded", "n", ...args], { env, encoding: "utf8" });
      return { status: ran.status, said: `${ran.stdout}${ran.stderr}` };
    },
    close,
  };
}

/** Its configuration: these devices, and nothing of the machine's. */
function writeConf(directory: string, devices: readonly string[]): void {
  const filter = [...devices.map((device) => `"a|^${device}$|"`), '"r|.*|"'].join(", ");
  writeFileSync(
    join(directory, "lvm.conf"),
    `devices { filter = [ ${filter} ] use_devicesfile = 0 hints = "none" external_device_info_source = ` +
      `"none" ` +
      `obtain_device_list_from_udev = 0 md_component_detection = 0 multipath_component_detection = 0 }
activation { udev_sync = 0 udev_rules = 0 monitoring = 0 }
backup { backup = 0 archive = 0 }
global { use_lvmpolld = 0 locking_dir = "${directory}/lock" event_activation = 0 }
`,
  );
}
