import { closeSync, constants, openSync, unlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as Koffi from "koffi";
import { DvmError, errnoOf } from "../base/error.ts";

/** Koffi's native part as brotli in base64: a constant of the bundle, blank in the packaged executable. */
declare const DVM_KOFFI_NODE: string | undefined;

/** A `koffi.node` must lie in a file to be loaded; these are tried in turn, memory before disk. */
const DIRECTORIES = ["/dev/shm", "/run", tmpdir()];

/** From <fcntl.h>; Node does not name it. */
const O_TMPFILE = 0o20200000;

let loaded: typeof Koffi | undefined;

/**
 * The functions of koffi's native part, without koffi's JavaScript around them: that would look for the
 * native part by itself, which one file on its own does not have. It costs 2-4 ms, so the first caller
 * loads it, and a process that makes no native call never does.
 *
 * @throws DvmError IO when nothing can be loaded (all directories read-only or noexec)
 */
export function koffi(): typeof Koffi {
  loaded ??= load();
  return loaded;
}

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

/** Loads through a file without a name, so that a process which is killed meanwhile leaves nothing behind. */
function loadBytes(bytes: Uint8Array): typeof Koffi {
  let failure: unknown;
  for (const directory of DIRECTORIES) {
    let fd: number | undefined;
    try {
      fd = openNameless(directory);
      writeFileSync(fd, bytes);
      return loadFile(`/proc/self/fd/${fd}`);
    } catch (error) {
      failure = error;
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }
  const why = `native code can be unpacked into none of ${DIRECTORIES.join(", ")}`;
  throw new DvmError("IO", `${why}: ${errnoOf(failure) ?? failure}`, { cause: failure });
}

/** Nobody else can reach the file. Where the file system knows none without a name, it loses its name at once. */
function openNameless(directory: string): number {
  try {
    return openSync(directory, O_TMPFILE | constants.O_RDWR, 0o600);
  } catch {
    const path = join(directory, `dvm-${process.pid}-${process.hrtime.bigint()}`);
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
    unlinkSync(path);
    return fd;
  }
}

function loadFile(file: string): typeof Koffi {
  const module = { exports: {} as typeof Koffi };
  process.dlopen(module, file);
  return module.exports;
}
