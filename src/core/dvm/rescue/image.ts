/**
 * An initramfs of what runs here: the executable, its loader and libraries, busybox, modules. It starts a
 * shell on a machine of which nothing else works.
 */
import { DvmError } from "../../base/error.ts";
import { kernelModules } from "../../dm/modules.ts";
import type { Installed } from "../../port/installed.ts";
import type { Sys } from "../../port/sys.ts";
import { type ArchiveEntry, encodeArchive } from "./cpio.ts";
import { RESCUE_INIT, RESCUE_TEXT } from "./init.ts";
import { interpreterOf } from "./interpreter.ts";
import { pickModules } from "./pick-modules.ts";

export interface RescueOptions {
  /** Release of the kernel that is going to run it; that of the running one if not given. */
  readonly kernel: string | undefined;
  /** Where its modules are; /lib/modules/RELEASE if not given. */
  readonly modules: string | undefined;
  /** More files of this machine, absolute; of programs their libraries come along. */
  readonly with: readonly string[];
}

type RescueSys = Pick<Sys, "files" | "processes" | "openInstalled">;

const MAX_FILE = 2 ** 30;
const MAX_LISTED = 2 ** 20;

/** Directories that mounts need, and those that programs take for granted. */
const EMPTY = [
  "/dev",
  "/proc",
  "/sys",
  "/run",
  "/tmp",
  "/mnt",
  "/root",
  "/bin",
  "/sbin",
  "/usr/bin",
  "/usr/sbin",
];

/**
 * @returns the archive, not packed
 * @throws DvmError UNSUPPORTED when this process is not the packaged executable, NOT_FOUND without busybox or
 *   modules, BAD_INPUT for a file that cannot be read
 */
export async function rescueImage(sys: RescueSys, options: RescueOptions): Promise<Buffer> {
  const installed = await sys.openInstalled();
  const program = installed.program();
  if (!program)
    throw new DvmError("UNSUPPORTED", "only the packaged executable can put itself into an image: run that");
  const busybox = await installed.commandAt("busybox");
  if (!busybox)
    throw new DvmError(
      "NOT_FOUND",
      "busybox: no such command, and an image needs its shell: install busybox",
    );
  const modprobe = await installed.commandAt("modprobe");
  for (const path of options.with)
    if (!/^\/[^/]/.test(path)) throw new DvmError("USAGE", `--with ${path} is no absolute path`);
  const programs = [
    { from: program, to: "/sbin/dvm" },
    { from: busybox, to: "/bin/busybox" },
    // Of modules that are packed, busybox reads not every kind.
    ...(modprobe ? [{ from: modprobe, to: "/sbin/modprobe" }] : []),
    ...options.with.map((path) => ({ from: path, to: path })),
  ];
  const entries: ArchiveEntry[] = EMPTY.map((path) => ({ path, content: { type: "directory" } }));
  for (const { from, to } of programs) {
    entries.push(await fileAt(sys, from, to));
    for (const library of await librariesOf(sys, from)) entries.push(await fileAt(sys, library, library));
  }
  entries.push(...(await modulesFor(sys, installed, options)));
  entries.push(textAt("/init", RESCUE_INIT, true), textAt("/etc/rescue", RESCUE_TEXT, false));
  entries.push(textAt("/etc/dvm/config.json", `${JSON.stringify({ boot: { rescue: true } })}\n`, false));
  return encodeArchive(entries);
}

async function fileAt({ files }: RescueSys, from: string, to: string): Promise<ArchiveEntry> {
  const bytes = await files.read(from, MAX_FILE);
  const isRun = isElf(bytes) || bytes.subarray(0, 2).toString() === "#!";
  return { path: to, content: { type: "file", bytes, isRun } };
}

const isElf = (bytes: Buffer): boolean => bytes.subarray(0, 4).toString("latin1") === "\x7fELF";

const textAt = (path: string, text: string, isRun: boolean): ArchiveEntry => ({
  path,
  content: { type: "file", bytes: Buffer.from(text), isRun },
});

/**
 * By its loader's word, as ldd(1) has it, the loader too. That looks at the program and does not run it.
 * @throws DvmError NOT_FOUND for one that is not there
 */
async function librariesOf(sys: RescueSys, path: string): Promise<readonly string[]> {
  const loader = interpreterOf(await sys.files.read(path, MAX_FILE));
  if (loader === undefined) return [];
  const asked = await sys.processes.run([loader, "--list", path], new Uint8Array(), MAX_LISTED);
  const listed = asked.stdout.toString();
  const missing = /^\s*(\S+) => not found$/m.exec(listed)?.[1];
  if (missing !== undefined) throw new DvmError("NOT_FOUND", `${path}: its library ${missing} is not there`);
  return [loader, ...[...listed.matchAll(/=> (\/\S+) \(0x/g)].map(([, library = ""]) => library)];
}

async function modulesFor(
  sys: RescueSys,
  installed: Installed,
  { kernel, modules }: RescueOptions,
): Promise<readonly ArchiveEntry[]> {
  const release = kernel ?? installed.kernelRelease();
  const directory = modules ?? `/lib/modules/${release}`;
  const files = await installed.filesBelow(directory);
  if (!files.includes("modules.dep"))
    throw new DvmError(
      "NOT_FOUND",
      `${directory}/modules.dep is not there: --modules DIR says where the modules of ${release} are`,
    );
  const dependencies = (await sys.files.read(`${directory}/modules.dep`, MAX_FILE)).toString();
  const picked = pickModules(files, dependencies, kernelModules());
  const entries: ArchiveEntry[] = [];
  for (const file of picked)
    entries.push(await fileAt(sys, `${directory}/${file}`, `/lib/modules/${release}/${file}`));
  return entries.map(({ path, content }) => ({
    path,
    content: content.type === "file" ? { ...content, isRun: false } : content,
  }));
}
