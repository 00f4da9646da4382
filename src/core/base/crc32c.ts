/** CRC-32C (Castagnoli) as the kernel's crc32c() has it: who calls gives the register, and inverts or not. */

/** Reversed. */
const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});

/** @param register what it begins with. @returns the register behind the bytes */
export function crc32c(register: number, bytes: Uint8Array): number {
  let crc = register >>> 0;
  for (let at = 0; at < bytes.length; at += 1)
    crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[at] as number)) & 0xff] as number);
  return crc >>> 0;
}
