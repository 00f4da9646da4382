import { allocated } from "./allocated.ts";
import { PAGE, roundUp } from "./units.ts";

/** The little of the standard globals that is used here and that Node 20's types leave out. */
declare const WebAssembly: { Memory: new (size: { initial: number }) => { buffer: ArrayBuffer } } | undefined;
type Resizable = new (length: number, options: { maxByteLength: number }) => ArrayBuffer;

const WASM_PAGE = 65536;
const memories = new WeakSet<ArrayBufferLike>();

/**
 * A zeroed buffer whose address is page-aligned, as O_DIRECT wants it. The memory of a WebAssembly.Memory
 * is page-aligned and outside V8's moving heap, so no native code is needed.
 * Each costs address space: make few and large ones.
 * @param bytes its length; rounded up to whole 4 KiB pages
 * @throws DvmError IO with ENOMEM when there is not enough memory
 */
export function alignedBuffer(bytes: number): Buffer {
  const length = roundUp(Math.max(bytes, 1), PAGE);
  const memory = allocated(() => alignedMemory(length));
  memories.add(memory);
  return Buffer.from(memory, 0, length);
}

/**
 * Without machine code (--jitless) V8 has no WebAssembly. A resizable buffer lies on pages too, but is slower
 * to use.
 */
const alignedMemory = (length: number): ArrayBuffer =>
  typeof WebAssembly === "undefined"
    ? new (ArrayBuffer as Resizable)(length, { maxByteLength: length })
    : new WebAssembly.Memory({ initial: Math.ceil(length / WASM_PAGE) }).buffer;

/** True when `buffer` lies in the memory of an alignedBuffer and begins at a multiple of `alignment`. */
export const isAligned = (buffer: Uint8Array, alignment: number): boolean =>
  buffer.byteOffset % alignment === 0 && memories.has(buffer.buffer);
