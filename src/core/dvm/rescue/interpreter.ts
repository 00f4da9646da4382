/** Of an executable's program headers, the one that names its loader (elf(5)). */
const PT_INTERP = 3;

/**
 * The loader that a program of 64 bits wants; undefined for one that is static, and for what is no program.
 */
export function interpreterOf(bytes: Buffer): string | undefined {
  const isOne =
    bytes.length >= 64 && bytes.readUInt32BE(0) === 0x7f454c46 && bytes[4] === 2 && bytes[5] === 1;
  if (!isOne) return undefined;
  const at = Number(bytes.readBigUInt64LE(32));
  const size = bytes.readUInt16LE(54);
  const count = bytes.readUInt16LE(56);
  if (size < 56 || at + size * count > bytes.length) return undefined;
  for (let header = at; header < at + size * count; header += size) {
    if (bytes.readUInt32LE(header) !== PT_INTERP) continue;
    const begin = Number(bytes.readBigUInt64LE(header + 8));
    const end = begin + Number(bytes.readBigUInt64LE(header + 32));
    return bytes.toString("latin1", begin, end).replace(/\0.*$/s, "");
  }
  return undefined;
}
