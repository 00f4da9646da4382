/** An initramfs made by hand: the executable with the libraries that it needs, busybox, modules, an init. */
import { execFileSync } from "node:child_process";
import { copyFileSync, linkSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { packaged } from "./dvm.ts";
import { KERNEL } from "./kernel.ts";
import { moduleFiles } from "./uml-modules.ts";

/** Of busybox, by these names. */
const COMMANDS = "sh mount umount switch_root poweroff cat ls ln mkdir rm cp stty sync";

export interface InitramfsOptions {
  /** By name; what they need comes along, and modprobe finds them. */
  readonly modules: readonly string[];
  /** /etc/dvm/config.json */
  readonly config: unknown;
  /** POSIX shell, run as the first process. */
  readonly init: string;
}

/** @param directory an empty one, for what goes in and the image @returns the path of the image */
export function makeInitramfs(directory: string, { modules, config, init }: InitramfsOptions): string {
  const root = join(directory, "initramfs");
  const put = (from: string, to: string) => {
    mkdirSync(dirname(join(root, to)), { recursive: true });
    copyFileSync(from, join(root, to));
  };
  for (const folder of ["bin", "sbin", "dev", "proc", "sys", "run", "tmp", "root", "etc/dvm"])
    mkdirSync(join(root, folder), { recursive: true });
  put(KERNEL.busybox, "bin/busybox");
  for (const command of COMMANDS.split(" ")) symlinkSync("/bin/busybox", join(root, "bin", command));
  symlinkSync("/bin/busybox", join(root, "sbin/modprobe"));
  linkOrCopy(packaged, join(root, "bin/dvm"));
  for (const library of librariesOf(packaged)) put(library, library);
  const version = readdirSync(KERNEL.modules)[0] ?? "";
  const from = join(KERNEL.modules, version);
  for (const file of moduleFiles(modules)) put(file, file.replace(from, `lib/modules/${version}`));
  for (const file of ["modules.dep", "modules.alias", "modules.symbols", "modules.builtin"])
    put(join(from, file), `lib/modules/${version}/${file}`);
  writeFileSync(join(root, "etc/dvm/config.json"), JSON.stringify(config));
  writeFileSync(join(root, "init"), init, { mode: 0o755 });
  const image = join(directory, "initramfs.cpio");
  const pack = `find . | ${KERNEL.busybox} cpio -o -H newc -R 0:0 >"$0"`;
  execFileSync("/bin/sh", ["-c", pack, image], { cwd: root, stdio: ["ignore", "ignore", "ignore"] });
  return image;
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

/** As the loader finds them, itself too. */
function librariesOf(executable: string): string[] {
  const lines = execFileSync("ldd", [executable], { encoding: "utf8" }).split("\n");
  return lines
    .flatMap((line) => /(\/\S+) \(0x/.exec(line)?.[1] ?? [])
    .filter((path) => basename(path) !== "");
}
