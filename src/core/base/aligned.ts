import { PAGE, roundUp } from "./units.ts";

/** The little of the standard global that is used here; Node 20's types leave it out. */
declare const WebAssembly: { Memory: new (size: { initial: number }) => { buffer: ArrayBuffer } };

const WASM_PAGE = 65536;

/**
 * A zeroed buffer whose address is page-aligned, as O_DIRECT wants it. The memory of a WebAssembly.Memory
 * is page-aligned and outside V8's moving heap, so no native code is needed.
 * @param bytes its length; rounded up to whole 4 KiB pages
 */
export function alignedBuffer(bytes: number): Buffer {
  const length = roundUp(Math.max(bytes, 1), PAGE);
  const memory = new WebAssembly.Memory({ initial: Math.ceil(length / WASM_PAGE) });
  return Buffer.from(memory.buffer, 0, length);
}
