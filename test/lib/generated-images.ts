/**
 * Images as generators make them on a machine on which the package is installed: the package's files lie over the
 * host's `/usr`, for the generator alone.
 */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Test } from "tap";
import { KERNEL, requireKernel } from "./kernel.ts";
import { shellQuote } from "./uml-init.ts";

const PACKAGE = fileURLToPath(new URL("../../packaging/package.mjs", import.meta.url));

export interface Generator {
  readonly path: string;
  readonly debianPackage: string;
  /** @param directory an empty one, for what goes in and the image @returns the path of the image */
  readonly make: (directory: string) => string;
}

export const initramfsTools: Generator = {
  path: "/usr/sbin/mkinitramfs",
  debianPackage: "initramfs-tools-core",
  make: mkinitramfs,
};

export const dracut: Generator = {
  path: "/usr/bin/dracut",
  debianPackage: "dracut-core",
  make: makeByDracut,
};

/** As requireKernel, for what that makes. */
export function requireGenerator(t: Test, { path, debianPackage }: Generator): boolean {
  if (!requireKernel(t)) return false;
  if (existsSync(path)) return true;
  const reason = `no ${path} (Debian package ${debianPackage})`;
  if (process.env["DVM_REQUIRE_KERNEL"] === "1") t.fail(reason);
  else t.pass("needs a generator", { skip: reason });
  t.end();
  return false;
}

/** It has no busybox: dvm's scripts may use no more than what every image has. */
function mkinitramfs(directory: string): string {
  // Where the kernel's config says how an image may be packed.
  const boot = join(directory, "boot");
  mkdirSync(boot);
  writeFileSync(join(boot, `config-${version()}`), "CONFIG_RD_GZIP=y\n");
  const settings = join(directory, "settings");
  cpSync("/etc/initramfs-tools", settings, { recursive: true });
  const lines = ["MODULES=list", "BUSYBOX=n", "COMPRESS=gzip", "COMPRESSLEVEL=1", "RESUME=none", ""];
  appendFileSync(join(settings, "initramfs.conf"), lines.join("\n"));
  const image = join(directory, "initramfs.img");
  overPackage(directory, [
    `mount --bind ${shellQuote(boot)} /boot`,
    `exec ${initramfsTools.path} -d ${shellQuote(settings)} -o ${shellQuote(image)} ${version()}`,
  ]);
  return image;
}

/** Without systemd, which wants more of the root file system than busybox is. */
function makeByDracut(directory: string): string {
  const settings = join(directory, "settings");
  mkdirSync(settings);
  const image = join(directory, "initramfs.img");
  const how = [
    "--force --quiet --no-hostonly --no-hostonly-cmdline --no-early-microcode --gzip",
    `--tmpdir ${shellQuote(directory)} --conf /dev/null --confdir ${shellQuote(settings)}`,
    "--modules 'base rootfs-block udev-rules dm dvm shutdown' --filesystems ext4",
  ];
  overPackage(directory, [`exec ${dracut.path} ${how.join(" ")} --kver ${version()} ${shellQuote(image)}`]);
  return image;
}

const version = (): string => readdirSync(KERNEL.modules)[0] ?? "";

/** Runs a script of shell that sees the package installed, and the guest's kernel. */
function overPackage(directory: string, script: readonly string[]): void {
  const usr = join(installedPackage(directory), "usr");
  mkdirSync(join(usr, "lib/modules"));
  symlinkSync(join(KERNEL.modules, version()), join(usr, "lib/modules", version()));
  const all = [`mount -t overlay overlay -o lowerdir=${shellQuote(usr)}:/usr /usr`, ...script];
  execFileSync("unshare", ["--map-root-user", "--mount", "sh", "-ec", all.join("\n")], { stdio: "pipe" });
}

function installedPackage(directory: string): string {
  const how = ["--compress", "none", "--only", "deb", "--output", directory];
  const made = execFileSync(process.execPath, [PACKAGE, ...how], { encoding: "utf8" }).trim();
  const root = join(directory, "installed");
  execFileSync("dpkg-deb", ["--extract", made, root]);
  return root;
}
