/** A machine of QEMU's, for what User-Mode Linux does not show: kernels with more than one processor. */
import { spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { run } from "./measure.ts";

const QEMU = "/usr/bin/qemu-system-x86_64";
const BUSYBOX = "/bin/busybox";
const MKE2FS = "/usr/sbin/mke2fs";
/** Where the package of a kernel (linux-image-*-cloud-amd64) is unpacked. */
const PACKAGE = "BENCH_KERNEL";
const ROOT_BYTES = 2 ** 29;
const DEADLINE_MS = 30 * 60_000;

/** In the order in which they are loaded. */
const MODULES = [
  "virtio",
  "virtio_ring",
  "virtio_pci_legacy_dev",
  "virtio_pci_modern_dev",
  "virtio_pci",
].concat(["virtio_blk", "dm-mod"]);

export interface QemuOptions {
  /** POSIX shell, run as root of the machine. Its disks are `$DISK0`, `$DISK1`… */
  readonly script: string;
  /** Image files. */
  readonly disks: readonly string[];
  /** Programs of this machine that it shall have, by path. Those of busybox are there. */
  readonly programs: readonly string[];
  /** Files and directories of this machine that it shall have under the same paths. */
  readonly files: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly processors: number;
  /** For the image of its root. */
  readonly directory: string;
}

/** What is missing for `bootQemu`, in words. */
export function qemuLacks(): string | undefined {
  if (!existsSync(QEMU)) return `no ${QEMU} (Debian package qemu-system-x86)`;
  if (!existsSync(BUSYBOX)) return `no ${BUSYBOX} (Debian package busybox-static)`;
  if (!existsSync(MKE2FS)) return `no ${MKE2FS} (Debian package e2fsprogs)`;
  const at = process.env[PACKAGE];
  if (at === undefined)
    return `no ${PACKAGE}: a directory in which linux-image-VERSION-cloud-amd64 is unpacked (dpkg -x)`;
  return kernelIn(at) === undefined ? `no boot/vmlinuz-* in ${at}` : undefined;
}

/** @returns what the script wrote @throws Error with all that was written when it failed */
export async function bootQemu(options: QemuOptions): Promise<string> {
  const at = process.env[PACKAGE] ?? "";
  const kernel = kernelIn(at) ?? "";
  const root = join(options.directory, "root");
  furnish(root, { ...options, modules: modulesIn(at) });
  const image = join(options.directory, "root.img");
  writeFileSync(image, "");
  truncateSync(image, ROOT_BYTES);
  run([MKE2FS, "-q", "-t", "ext4", "-O", "^has_journal", "-E", "root_owner=0:0", "-d", root, image]);
  rmSync(root, { recursive: true });
  const console = await written([
    ...["-accel", "tcg,thread=multi", "-machine", "q35", "-cpu", "EPYC", "-smp", String(options.processors)],
    ...["-m", "1024", "-nodefaults", "-no-reboot", "-display", "none", "-serial", "stdio"],
    ...["-kernel", kernel, "-append", ARGUMENTS],
    ...["-drive", `if=none,id=root,format=raw,file=${image}`, "-device", "nvme,drive=root,serial=root"],
    ...options.disks.flatMap((disk, index) => [
      ...["-drive", `if=none,id=d${index},format=raw,file=${disk}`],
      ...["-device", `virtio-blk-pci,drive=d${index},serial=disk${index}`],
    ]),
  ]);
  const [, output, status] = /^begin\n(.*)^status (\d+)$/ms.exec(console) ?? [];
  if (output === undefined || status !== "0") throw new Error(`the machine failed:\n${console.slice(-4000)}`);
  return output;
}

const ARGUMENTS =
  "console=ttyS0 quiet cryptomgr.notests mitigations=off nokaslr panic=-1 " +
  "root=/dev/nvme0n1 ro rootfstype=ext4 devtmpfs.mount=1 init=/init";

const kernelIn = (at: string): string | undefined => {
  const boot = join(at, "boot");
  const name = existsSync(boot) ? readdirSync(boot).find((each) => each.startsWith("vmlinuz-")) : undefined;
  return name === undefined ? undefined : join(boot, name);
};

function modulesIn(at: string): string[] {
  const all = readdirSync(join(at, "lib/modules"), { recursive: true, encoding: "utf8" });
  return MODULES.map((name) => {
    const found = all.find((path) => basename(path) === `${name}.ko`);
    if (found === undefined) throw new Error(`no module ${name} in ${at}`);
    return join(at, "lib/modules", found);
  });
}

interface Furniture extends QemuOptions {
  readonly modules: readonly string[];
}

function furnish(root: string, { script, disks, programs, files, env, modules }: Furniture): void {
  for (const name of ["proc", "sys", "dev", "run", "etc", "modules", "usr/bin", "usr/lib", "usr/lib64"])
    mkdirSync(join(root, name), { recursive: true });
  for (const name of ["bin", "lib", "lib64"]) symlinkSync(`usr/${name}`, join(root, name));
  for (const name of ["sbin", "usr/sbin"]) symlinkSync("/usr/bin", join(root, name));
  for (const program of programs) install(root, program);
  copyFileSync(BUSYBOX, join(root, "usr/bin/busybox"));
  for (const name of run([BUSYBOX, "--list"], { keep: true }).trim().split("\n"))
    if (!existsSync(join(root, "usr/bin", name))) symlinkSync("busybox", join(root, "usr/bin", name));
  for (const file of files) cpSync(file, join(root, file), { recursive: true });
  for (const module of modules) copyFileSync(module, join(root, "modules", basename(module)));
  writeFileSync(join(root, "script"), script);
  const lines = [
    "#!/bin/sh",
    "export PATH=/usr/bin HOME=/run TMPDIR=/run LC_ALL=C DM_DISABLE_UDEV=1",
    "mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t tmpfs tmpfs /run",
    // Which of two is to be loaded first differs between versions of the kernel.
    ...modules.map(
      (module) => `insmod /modules/${basename(module)} 2>/dev/null || late="$late ${basename(module)}"`,
    ),
    'for module in $late; do insmod "/modules/$module"; done',
    ...disks.map((_, index) => `export DISK${index}=/dev/vd${"abcdefgh"[index]}`),
    ...Object.entries(env).map(([name, value]) => `export ${name}='${value}'`),
    "echo begin",
    "sh /script",
    'echo "status $?"',
    "poweroff -f",
    "",
  ];
  writeFileSync(join(root, "init"), lines.join("\n"), { mode: 0o755 });
}

/** The program, and the libraries that it loads. */
function install(root: string, program: string): void {
  copyFileSync(program, join(root, "usr/bin", basename(program)));
  const libraries = spawnSync("ldd", [program], { encoding: "utf8" }).stdout;
  for (const [, path = ""] of libraries.matchAll(/(\/\S+) \(0x/g)) {
    const to = join(root, path.replace(/^\/(usr\/)?/, "usr/"));
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(path, to);
  }
}

/** Everything that the machine writes until it is switched off. */
async function written(args: readonly string[]): Promise<string> {
  const child = spawn(QEMU, args, { stdio: ["ignore", "pipe", "inherit"] });
  const timer = setTimeout(() => child.kill("SIGKILL"), DEADLINE_MS);
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += chunk;
  });
  await new Promise((done, fail) => child.on("close", done).on("error", fail));
  clearTimeout(timer);
  return text.replaceAll("\r", "");
}
