import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as Koffi from "koffi";
import { DvmError, errnoOf } from "../base/error.ts";

/** Koffi's native part as brotli in base64: a constant of the bundle, blank in the packaged executable. */
declare const DVM_KOFFI_NODE: string | undefined;

/** A `koffi.node` must lie in a file to be loaded; these are tried in turn, memory before disk. */
const DIRECTORIES = ["/dev/shm", "/run", tmpdir()];

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

/** Loads through a file that is gone before this returns; the mapping keeps its contents. */
function loadBytes(bytes: Uint8Array): typeof Koffi {
  let failure: unknown;
  for (const parent of DIRECTORIES) {
    let directory: string | undefined;
    try {
      directory = mkdtempSync(join(parent, "dvm-")); // mode 0700: nobody else can swap the file
      const file = join(directory, "koffi.node");
      writeFileSync(file, bytes, { mode: 0o700 });
      return loadFile(file);
    } catch (error) {
      failure = error;
    } finally {
      if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
    }
  }
  const why = `native code can be unpacked into none of ${DIRECTORIES.join(", ")}`;
  throw new DvmError("IO", `${why}: ${errnoOf(failure) ?? failure}`, { cause: failure });
}

function loadFile(file: string): typeof Koffi {
  const module = { exports: {} as typeof Koffi };
  process.dlopen(module, file);
  return module.exports;
}
