import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { brotliCompressSync } from "node:zlib";

/** The native part of koffi for x86-64 with glibc, the only platform that is built for. */
export const koffiNodePath = createRequire(import.meta.url).resolve(
  "@koromix/koffi-linux-x64/linux_x64/koffi.node",
);

/**
 * The esbuild `define` entries which put koffi's native part inside the bundle: 280 kB as brotli in
 * base64, so that the one bundled file runs wherever it is copied to. `src/core/host/koffi.ts` unpacks it.
 */
export function koffiDefine() {
  const packed = brotliCompressSync(readFileSync(koffiNodePath)).toString("base64");
  return { DVM_KOFFI_NODE: JSON.stringify(packed) };
}
