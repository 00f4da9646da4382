/** What a mapping is, as bits. */
export const MAPPING = {
  readable: 1,
  writable: 2,
  executable: 4,
  /** Of no file: heap, stack, and what mmap(2) gave without one. */
  anonymous: 8,
  /** Of the kernel's making: always in memory, or not to be locked. */
  kernel: 16,
} as const;

/**
 * The mappings of a process in the order of their addresses: number `at` is the pages of [begin[at],
 * end[at]). Arrays of numbers, since they are filled while memory is being locked, when there must be hardly
 * any garbage.
 */
export interface Mappings {
  count: number;
  readonly begin: Float64Array;
  readonly end: Float64Array;
  /** Bits of MAPPING. */
  readonly kinds: Uint8Array;
}

/** @returns room for so many mappings */
export const emptyMappings = (room: number): Mappings => ({
  count: 0,
  begin: new Float64Array(room),
  end: new Float64Array(room),
  kinds: new Uint8Array(room),
});

const NEWLINE = 0x0a;
const DASH = 0x2d;
const SPACE = 0x20;
const BRACKET = 0x5b;
const A = 0x61;
const ZERO = 0x30;
/** An address is in hexadecimal, and a page has 4096 bytes. */
const PAGE_DIGITS = 3;
const KERNEL = /^(\[(vdso|vvar|vvar_vclock|vsyscall|uprobes)\]|anon_inode:.*)$/;

/**
 * Decodes /proc/PID/maps (proc(5)): `begin-end perms offset device inode name`.
 *
 * @param length of the text, in bytes
 * @throws Error for a line that is none; RangeError when there is no room for all of them
 */
export function decodeMaps(text: Buffer, length: number, into: Mappings): void {
  into.count = 0;
  for (let line = 0; line < length; ) {
    let end = line;
    while (end < length && text[end] !== NEWLINE) end += 1;
    decodeLine(text, line, end, into);
    line = end + 1;
  }
}

function decodeLine(text: Buffer, line: number, end: number, into: Mappings): void {
  const at = into.count;
  if (at === into.begin.length) throw new RangeError(`more than ${at} mappings`);
  const dash = after(text, line, end, DASH);
  const perms = after(text, dash, end, SPACE);
  const offset = after(text, perms, end, SPACE);
  const device = after(text, offset, end, SPACE);
  const inode = after(text, device, end, SPACE);
  const begin = pageOf(text, line, dash - 1);
  const until = pageOf(text, dash, perms - 1);
  if (inode === end || begin < 0 || until < 0)
    throw new Error(`not a line of maps: ${text.toString("latin1", line, end)}`);
  let name = inode;
  while (name < end && text[name] !== SPACE) name += 1;
  while (name < end && text[name] === SPACE) name += 1;
  into.begin[at] = begin;
  into.end[at] = until;
  into.kinds[at] =
    bitIf(text[perms] !== DASH, MAPPING.readable) |
    bitIf(text[perms + 1] !== DASH, MAPPING.writable) |
    bitIf(text[perms + 2] !== DASH, MAPPING.executable) |
    bitIf(text[inode] === ZERO && text[name] !== A, MAPPING.anonymous) |
    bitIf(isKernels(text, name, end), MAPPING.kernel);
  into.count = at + 1;
}

const bitIf = (is: boolean, bit: number): number => (is ? bit : 0);

/** @returns where what follows the next `character` begins, or `end` */
function after(text: Buffer, from: number, end: number, character: number): number {
  let at = from;
  while (at < end && text[at] !== character) at += 1;
  return Math.min(at + 1, end);
}

/** Number of the page, or -1. Whole addresses would be numbers that V8 allocates, digit for digit. */
function pageOf(text: Buffer, from: number, end: number): number {
  let page = end > from ? 0 : -1;
  for (let at = from; at < end - PAGE_DIGITS; at += 1) {
    const character = text[at] ?? 0;
    const digit = character >= A ? character - A + 10 : character - ZERO;
    if (digit < 0 || digit > 15) return -1;
    page = page * 16 + digit;
  }
  return page;
}

/** Only of names that begin like it is a string made. */
function isKernels(text: Buffer, name: number, end: number): boolean {
  const first = text[name];
  return name < end && (first === BRACKET || first === A) && KERNEL.test(text.toString("latin1", name, end));
}
