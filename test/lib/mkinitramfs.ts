/**
 * An image as initramfs-tools makes it on a machine on which the package is installed: the package's files lie over
 * the host's `/usr`, for mkinitramfs alone.
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

const MKINITRAMFS = "/usr/sbin/mkinitramfs";
const PACKAGE = fileURLToPath(new URL("../../packaging/package.mjs", import.meta.url));

/** As requireKernel, for what mkinitramfs makes. */
export function requireMkinitramfs(t: Test): boolean {
  if (!requireKernel(t)) return false;
  if (existsSync(MKINITRAMFS)) return true;
  const reason = `no ${MKINITRAMFS} (Debian package initramfs-tools-core)`;
  if (process.env["DVM_REQUIRE_KERNEL"] === "1") t.fail(reason);
  else t.pass("needs mkinitramfs", { skip: reason });
  t.end();
  return false;
}

/**
 * The image has no busybox: dvm's scripts may use no more than what every image has.
 *
 * @param directory an empty one, for what goes in and the image
 * @returns the path of the image
 */
export function mkinitramfs(directory: string): string {
  const installed = installedPackage(directory);
  const version = readdirSync(KERNEL.modules)[0] ?? "";
  mkdirSync(join(installed, "usr/lib/modules"));
  symlinkSync(join(KERNEL.modules, version), join(installed, "usr/lib/modules", version));
  // Where the kernel's config says how an image may be packed.
  const boot = join(directory, "boot");
  mkdirSync(boot);
  writeFileSync(join(boot, `config-${version}`), "CONFIG_RD_GZIP=y\n");
  const settings = join(directory, "settings");
  cpSync("/etc/initramfs-tools", settings, { recursive: true });
  const lines = ["MODULES=list", "BUSYBOX=n", "COMPRESS=gzip", "COMPRESSLEVEL=1", "RESUME=none", ""];
  appendFileSync(join(settings, "initramfs.conf"), lines.join("\n"));
  const image = join(directory, "initramfs.img");
  const script = `
    mount -t overlay overlay -o lowerdir=${shellQuote(join(installed, "usr"))}:/usr /usr
    mount --bind ${shellQuote(boot)} /boot
    exec ${MKINITRAMFS} -d ${shellQuote(settings)} -o ${shellQuote(image)} ${version}
  `;
  execFileSync("unshare", ["--map-root-user", "--mount", "sh", "-ec", script], { stdio: "pipe" });
  return image;
}

function installedPackage(directory: string): string {
  const how = ["--compress", "none", "--only", "deb", "--output", directory];
  const made = execFileSync(process.execPath, [PACKAGE, ...how], { encoding: "utf8" }).trim();
  const root = join(directory, "installed");
  execFileSync("dpkg-deb", ["--extract", made, root]);
  return root;
}
