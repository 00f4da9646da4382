/**
 * A shared library that does one thing when it is loaded: it ends the process. For x86-64; an ELF file of one
 * page at most, made by hand, since all it holds are two moves and a system call.
 *
 *     0     ELF header
 *     64    program headers: what is loaded, the dynamic section, a stack that is not executable
 *     232   dynamic section: what the loader calls at once, and the tables that it wants to see
 *     344   hash table and symbol table, of the one symbol that every library has; an empty string table
 *     392   the code
 */
const HEADERS = 64;
const DYNAMIC = HEADERS + 3 * 56;
const HASH = DYNAMIC + 7 * 16;
const SYMBOLS = HASH + 16;
const STRINGS = SYMBOLS + 24;
const CODE = STRINGS + 8;
const SIZE = CODE + 16;

// From <elf.h>.
const ET_DYN = 3;
const EM_X86_64 = 62;
const [PT_LOAD, PT_DYNAMIC, PT_GNU_STACK] = [1, 2, 0x6474e551];
const [PF_X, PF_W, PF_R] = [1, 2, 4];
const [DT_NULL, DT_HASH, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_SYMENT, DT_INIT] = [0, 4, 5, 6, 10, 11, 12];
/** From <asm/unistd_64.h>. It ends all threads, wherever they are. */
const EXIT_GROUP = 231;

/** @param status 0 to 255 */
export function exitLibrary(status: number): Buffer {
  const bytes = Buffer.alloc(SIZE);
  writeHeader(bytes);
  writeSegment(bytes, 0, { type: PT_LOAD, flags: PF_R | PF_X, offset: 0, size: SIZE, align: 4096 });
  writeSegment(bytes, 1, { type: PT_DYNAMIC, flags: PF_R, offset: DYNAMIC, size: HASH - DYNAMIC, align: 8 });
  writeSegment(bytes, 2, { type: PT_GNU_STACK, flags: PF_R | PF_W, offset: 0, size: 0, align: 16 });
  const dynamic = [
    [DT_INIT, CODE],
    [DT_HASH, HASH],
    [DT_STRTAB, STRINGS],
    [DT_SYMTAB, SYMBOLS],
    [DT_STRSZ, 1],
    [DT_SYMENT, STRINGS - SYMBOLS],
    [DT_NULL, 0],
  ];
  dynamic.flat().forEach((word, index) => void bytes.writeUInt32LE(word, DYNAMIC + 8 * index));
  bytes.writeUInt32LE(1, HASH); // buckets
  bytes.writeUInt32LE(1, HASH + 4); // symbols
  bytes.set([0xbf, status, 0, 0, 0], CODE); // mov edi, status
  bytes.set([0xb8, EXIT_GROUP, 0, 0, 0], CODE + 5); // mov eax, EXIT_GROUP
  bytes.set([0x0f, 0x05], CODE + 10); // syscall
  return bytes;
}

/** 64 bits, little-endian, System V, with three program headers and no sections. */
function writeHeader(bytes: Buffer): void {
  bytes.write("\x7fELF\x02\x01\x01", "latin1");
  bytes.writeUInt16LE(ET_DYN, 16);
  bytes.writeUInt16LE(EM_X86_64, 18);
  bytes.writeUInt32LE(1, 20); // version
  bytes.writeUInt32LE(HEADERS, 32);
  bytes.writeUInt16LE(64, 52); // of this header
  bytes.writeUInt16LE(56, 54); // of a program header
  bytes.writeUInt16LE(3, 56);
  bytes.writeUInt16LE(64, 58); // of a section header
}

interface Segment {
  readonly type: number;
  readonly flags: number;
  /** In the file, and in memory. */
  readonly offset: number;
  readonly size: number;
  readonly align: number;
}

function writeSegment(bytes: Buffer, index: number, { type, flags, offset, size, align }: Segment): void {
  const at = HEADERS + 56 * index;
  bytes.writeUInt32LE(type, at);
  bytes.writeUInt32LE(flags, at + 4);
  for (const place of [8, 16, 24]) bytes.writeUInt32LE(offset, at + place);
  for (const place of [32, 40]) bytes.writeUInt32LE(size, at + place);
  bytes.writeUInt32LE(align, at + 48);
}
