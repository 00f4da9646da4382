import { accessSync, closeSync, constants, existsSync, openSync, unlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type * as Koffi from "koffi";
import { DvmError, errnoOf } from "../base/error.ts";

/** Koffi's native part as brotli in base64: a constant of the bundle, blank in the packaged executable. */
declare const DVM_KOFFI_NODE: string | undefined;

/** From <fcntl.h>; Node does not name it. */
const O_TMPFILE = 0o20200000;

let loaded: typeof Koffi | undefined;

/**
 * The functions of koffi's native part, without koffi's JavaScript around them: that would look for the
 * native part by itself, which one file on its own does not have. It costs 2-4 ms, so the first caller
 * loads it, and a process that makes no native call never does.
 *
 * @throws DvmError IO when nothing can be loaded (all directories read-only or noexec); the message says what
 *   helps
 */
export function koffi(): typeof Koffi {
  loaded ??= load();
  return loaded;
}

/** True once somebody has needed it. */
export const isKoffiLoaded = (): boolean => loaded !== undefined;

function load(): typeof Koffi {
  const { isSea, getRawAsset } = process.getBuiltinModule("node:sea");
  if (isSea()) return loadBytes(new Uint8Array(getRawAsset("koffi.node") as ArrayBuffer));
  if (typeof DVM_KOFFI_NODE === "string") {
    const { brotliDecompressSync } = process.getBuiltinModule("node:zlib");
    return loadBytes(brotliDecompressSync(Buffer.from(DVM_KOFFI_NODE, "base64")));
  }
  // Unbundled, from the installed package.
  const target = `${process.platform}-${process.arch}`;
  const name = `@koromix/koffi-${target}/${target.replace("-", "_")}/koffi.node`;
  return loadFile(createRequire(import.meta.url).resolve(name));
}

/**
 * Loads through a file without a name, so that a process which is killed meanwhile leaves nothing behind.
 * Where /proc is not mounted such a file cannot be named to the loader, and has a name as long as it takes.
 * @throws DvmError IO when it can be loaded from nowhere; the message says what helps
 */
export function loadBytes(bytes: Uint8Array): typeof Koffi {
  const failed: string[] = [];
  for (const directory of new Set(directories())) {
    let file: Unpacked | undefined;
    try {
      file = open(directory);
      writeFileSync(file.fd, bytes);
      return loadFile(pathOf(file));
    } catch (cause) {
      failed.push(`${directory} (${file && mayNotRun(file) ? "noexec" : reasonOf(cause)})`);
    } finally {
      if (file) closeSync(file.fd);
      if (file?.name !== undefined) unlinkSync(file.name);
    }
  }
  const help = "set TMPDIR to a directory that can be written to and is not mounted noexec";
  throw new DvmError("IO", `native code can be loaded from none of ${failed.join(", ")}: ${help}`);
}

/** Memory before disk. Where our own program lies, at least, programs may be run from. */
const directories = (): string[] => ["/dev/shm", "/run", tmpdir(), "/var/tmp", dirname(process.execPath)];

interface Unpacked {
  readonly fd: number;
  /** Where it has one still. */
  readonly name?: string;
}

const pathOf = ({ fd, name }: Unpacked): string => name ?? `/proc/self/fd/${fd}`;

/**
 * Nobody else can reach the file. Where the file system knows none without a name, it loses its name at once.
 */
function open(directory: string): Unpacked {
  const isNameable = existsSync("/proc/self/fd");
  if (isNameable) {
    try {
      return { fd: openSync(directory, O_TMPFILE | constants.O_RDWR, 0o700) };
    } catch {}
  }
  const name = join(directory, `dvm-${process.pid}-${process.hrtime.bigint()}`);
  const fd = openSync(name, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o700);
  if (!isNameable) return { fd, name };
  unlinkSync(name);
  return { fd };
}

/**
 * The loader maps the file for execution, which is refused where the mount is noexec: so is access(2), of a
 * file that its owner may run.
 */
function mayNotRun(file: Unpacked): boolean {
  try {
    accessSync(pathOf(file), constants.X_OK);
    return false;
  } catch (cause) {
    return errnoOf(cause) === "EACCES";
  }
}

/** What the loader says comes last in its message. */
function reasonOf(cause: unknown): string {
  if (errnoOf(cause) !== "ERR_DLOPEN_FAILED") return errnoOf(cause) ?? String(cause);
  const message = cause instanceof Error ? cause.message : "";
  return message.slice(message.lastIndexOf(": ") + 2).trim();
}

function loadFile(file: string): typeof Koffi {
  const module = { exports: {} as typeof Koffi };
  process.dlopen(module, file);
  return module.exports;
}
