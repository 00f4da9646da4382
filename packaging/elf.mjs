// Of the format of executables (ELF for 64 bits, little-endian) what the steps that make ours smaller need.

const PROGRAM_HEADERS = 0x20;
const SECTION_HEADERS = 0x28;
const PROGRAM_HEADER_COUNT = 0x38;
const SECTION_HEADER_SIZE = 0x3a;
const SECTION_HEADER_COUNT = 0x3c;
const SECTION_NAMES = 0x3e;
const PROGRAM_HEADER_BYTES = 56;
const SECTION_HEADER_BYTES = 64;

export const LOAD = 1;
export const PAGE = 4096;

/**
 * The program headers, each with its words under the names that elf(5) has for them, as numbers.
 * @param {Buffer} file
 */
export function programHeaders(file) {
  const first = Number(file.readBigUInt64LE(PROGRAM_HEADERS));
  return Array.from({ length: file.readUInt16LE(PROGRAM_HEADER_COUNT) }, (_, index) => {
    const at = first + index * PROGRAM_HEADER_BYTES;
    const word = (offset) => Number(file.readBigUInt64LE(at + offset));
    return {
      type: file.readUInt32LE(at),
      flags: file.readUInt32LE(at + 4),
      offset: word(8),
      vaddr: word(16),
      paddr: word(24),
      filesz: word(32),
      memsz: word(40),
      align: word(48),
    };
  });
}

/** Writes them in the place of the old ones. @throws Error when something else is behind those */
export function writeProgramHeaders(file, headers) {
  const first = Number(file.readBigUInt64LE(PROGRAM_HEADERS));
  const end = (count) => first + count * PROGRAM_HEADER_BYTES;
  const before = file.readUInt16LE(PROGRAM_HEADER_COUNT);
  if (file.subarray(end(before), end(headers.length)).some((byte) => byte !== 0))
    throw new Error("packaging: no room for another program header");
  for (const [index, header] of headers.entries()) {
    const at = first + index * PROGRAM_HEADER_BYTES;
    file.writeUInt32LE(header.type, at);
    file.writeUInt32LE(header.flags, at + 4);
    const words = [header.offset, header.vaddr, header.paddr, header.filesz, header.memsz, header.align];
    for (const [word, value] of words.entries()) file.writeBigUInt64LE(BigInt(value), at + 8 + word * 8);
  }
  file.writeUInt16LE(headers.length, PROGRAM_HEADER_COUNT);
}

/**
 * Takes the section headers away. Nothing needs them to run a program, and strip, which would lose what has been put
 * into ours, refuses a file without any.
 */
export function dropSections(file) {
  file.writeBigUInt64LE(0n, SECTION_HEADERS);
  file.writeUInt16LE(SECTION_HEADER_BYTES, SECTION_HEADER_SIZE);
  file.writeUInt16LE(0, SECTION_HEADER_COUNT);
  file.writeUInt16LE(0, SECTION_NAMES);
}
