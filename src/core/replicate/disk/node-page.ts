import { readU64, writeU64 } from "../../base/bytes.ts";
import { DvmError } from "../../base/error.ts";
import { PAGE, type Pages } from "../../base/units.ts";
import { ENTRY, HASH_BYTES, KIND, NODE, TABLE } from "./layout.ts";

/** Page numbers and hashes of a run of pages, in the order of the content. Hashes lie one after the other. */
export interface Entries {
  readonly pages: readonly Pages[];
  readonly hashes: Buffer;
}

export const hashAt = (hashes: Buffer, index: number): Buffer =>
  hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);

/** A table page: `level` 0 lists content pages, level n tables of level n-1. */
export function encodeTable(level: number, { pages, hashes }: Entries): Buffer {
  const page = Buffer.alloc(PAGE);
  encodeNodeHead(page, KIND.table, level, pages.length);
  encodeEntries(page, TABLE.entries, pages, hashes);
  return page;
}

/**
 * @param expected level and number of entries, which follow from the content's length
 * @param length of the region; entries must lie inside
 * @throws DvmError CORRUPT
 */
export function decodeTable(
  page: Buffer,
  expected: { readonly level: number; readonly count: number },
  length: Pages,
): Entries {
  decodeNodeHead(page, KIND.table, expected);
  return decodeEntries(page, TABLE.entries, expected.count, length);
}

export function encodeNodeHead(page: Buffer, kind: number, level: number, count: number): void {
  NODE.magic.copy(page, 0);
  page.writeUInt16LE(kind, NODE.kind);
  page.writeUInt16LE(level, NODE.level);
  page.writeUInt32LE(count, NODE.count);
}

export function decodeNodeHead(
  page: Buffer,
  kind: number,
  expected?: { readonly level: number; readonly count: number },
): void {
  const name = kind === KIND.root ? "root" : "table";
  if (!page.subarray(0, NODE.magic.length).equals(NODE.magic) || page.readUInt16LE(NODE.kind) !== kind)
    throw new DvmError("CORRUPT", `page is no ${name} page`);
  if (!expected) return;
  const level = page.readUInt16LE(NODE.level);
  const count = page.readUInt32LE(NODE.count);
  if (level !== expected.level || count !== expected.count) {
    throw new DvmError(
      "CORRUPT",
      `${name} page has level ${level} and ${count} entries instead of ${expected.level} and ` +
        `${expected.count}`,
    );
  }
}

export function encodeEntries(page: Buffer, offset: number, pages: readonly Pages[], hashes: Buffer): void {
  pages.forEach((number, index) => {
    const at = offset + index * ENTRY.bytes;
    writeU64(page, at + ENTRY.page, number);
    hashAt(hashes, index).copy(page, at + ENTRY.hash);
  });
}

/** @throws DvmError CORRUPT for an entry that points at the superblock or beyond the region */
export function decodeEntries(page: Buffer, offset: number, count: number, length: Pages): Entries {
  const pages: Pages[] = [];
  const hashes = Buffer.alloc(count * HASH_BYTES);
  for (let index = 0; index < count; index++) {
    const at = offset + index * ENTRY.bytes;
    const number = readU64(page, at + ENTRY.page, "page number");
    if (number === 0 || number >= length)
      throw new DvmError("CORRUPT", `table names page ${number} of ${length}`);
    pages.push(number);
    page.copy(hashes, index * HASH_BYTES, at + ENTRY.hash, at + ENTRY.hash + HASH_BYTES);
  }
  return { pages, hashes };
}
