import { promisify } from "node:util";

/** Packed fast rather than small. */
export function gzipped(bytes: Uint8Array): Promise<Buffer> {
  const { gzip } = process.getBuiltinModule("node:zlib");
  return promisify<Uint8Array, { level: number }, Buffer>(gzip)(bytes, { level: 1 });
}
