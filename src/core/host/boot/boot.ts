import { lstat, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DvmError, errnoOf } from "../../base/error.ts";
import { steadyMs } from "../../base/steady-ms.ts";
import { reasonOf } from "../../base/system-failure.ts";
import type { Boot } from "../../port/boot.ts";
import { makeOwnDirectory } from "../lock/own-directory.ts";
import { hostProcesses } from "../process/processes.ts";

/** Survives the switch from the initramfs to the root file system, and no more. */
const NOTES = "/run/dvm/boot";

const MAX_OUTPUT = 1 << 16;

/** This machine. @param notes where notes are kept instead */
export const hostBoot = (notes = NOTES): Boot => ({
  commandLine: async () => await readFile("/proc/cmdline", "utf8").catch(() => ""),
  inInitramfs,
  afterCrash: () => exists("/proc/vmcore"),
  uptimeMs: steadyMs,
  exists,
  numberOf: async (path) => {
    const found = await stat(path).catch(() => undefined);
    return found?.isBlockDevice() ? numberIn(found.rdev) : undefined;
  },
  read,
  readNote: async (name) => await readFile(join(notes, name), "utf8").catch(() => undefined),
  async writeNote(name, text) {
    const path = join(notes, name);
    if (text === undefined) return await rm(path, { force: true });
    const wrong = makeOwnDirectory(dirname(dirname(notes)), notes.split("/").slice(-2), 0o755);
    if (wrong) throw new DvmError("IO", `no note can be kept: ${wrong}`);
    // Read by nobody before it is whole: all who read or write them hold the VG's lock.
    await writeFile(path, text, { mode: 0o644 }).catch((cause) => {
      throw new DvmError("IO", `${path}: ${reasonOf(errnoOf(cause) ?? String(cause))}`, { cause });
    });
  },
  async loadModules(names) {
    await succeeds("modprobe", "-qa", ...names);
  },
  async lookAgainAfter(seconds) {
    if (!(await exists("/run/systemd/system"))) return true;
    return await succeeds("systemctl", "--no-block", "--quiet", "restart", `dvm-grace@${seconds}.timer`);
  },
});

const exists = async (path: string): Promise<boolean> =>
  (await lstat(path).catch(() => undefined)) !== undefined;

/** Dracut and mkinitcpio leave a file; of any initramfs the root is still the kernel's own. */
async function inInitramfs(): Promise<boolean> {
  if (await exists("/etc/initrd-release")) return true;
  const mounts = await readFile("/proc/mounts", "utf8").catch(() => "");
  const roots = mounts.split("\n").flatMap((line) => {
    const [, where, type] = line.split(" ");
    return where === "/" && type !== undefined ? [type] : [];
  });
  const last = roots.at(-1);
  // With a tmpfs as root it is a live system at most, in which the same care is right.
  return last === "rootfs" || last === "ramfs" || last === "tmpfs";
}

async function read(path: string, offset: number, length: number): Promise<Uint8Array> {
  const file = await open(path, "r").catch(() => undefined);
  if (!file) return Buffer.alloc(0);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } catch {
    return Buffer.alloc(0);
  } finally {
    await file.close();
  }
}

/** As the kernel splits it (makedev(3)). */
function numberIn(rdev: number): string {
  const device = BigInt(rdev);
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn);
  const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn);
  return `${major}:${minor}`;
}

async function succeeds(...command: readonly string[]): Promise<boolean> {
  try {
    return (await hostProcesses.run(command, Buffer.alloc(0), MAX_OUTPUT)).status === 0;
  } catch {
    return false;
  }
}
