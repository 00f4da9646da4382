/**
 * An archive as the kernel unpacks it into its first file system: "newc" of cpio(5), Linux
 * Documentation/driver-api/early-userspace/buffer-format.rst. All belongs to root and has no time, so that
 * the same files make the same archive.
 */
import { allocated } from "../../base/allocated.ts";
import { assert } from "../../base/assert.ts";

export interface ArchiveEntry {
  /** Absolute. What it lies in comes along. */
  readonly path: string;
  readonly content:
    | { readonly type: "file"; readonly bytes: Uint8Array; readonly isRun: boolean }
    | { readonly type: "link"; readonly to: string }
    | { readonly type: "directory" };
}

const MAGIC = "070701";
const END = "TRAILER!!!";
const DIRECTORY = 0o040755;
const LINK = 0o120777;
const PROGRAM = 0o100755;
const PLAIN = 0o100644;

/** Of two entries with one path the first counts. */
export function encodeArchive(entries: readonly ArchiveEntry[]): Buffer {
  const all = new Map<string, ArchiveEntry>();
  for (const entry of entries) {
    assert(/^\/[^/]/.test(entry.path), `${entry.path} lies in the root`);
    for (const path of above(entry.path))
      if (!all.has(path)) all.set(path, { path, content: { type: "directory" } });
    if (!all.has(entry.path)) all.set(entry.path, entry);
  }
  const pieces = [...all.values()].flatMap((entry, index) => encodeEntry(entry, index + 1));
  return allocated(() => Buffer.concat([...pieces, ...encodeRecord(END, 0, 0, new Uint8Array())]));
}

/** The directories that a path lies in, outermost first. */
const above = (path: string): string[] =>
  [...path.slice(1).matchAll(/\//g)].map(({ index }) => path.slice(0, index + 1));

function encodeEntry({ path, content }: ArchiveEntry, inode: number): Uint8Array[] {
  const name = path.slice(1);
  if (content.type === "directory") return encodeRecord(name, inode, DIRECTORY, new Uint8Array());
  if (content.type === "link") return encodeRecord(name, inode, LINK, Buffer.from(content.to));
  return encodeRecord(name, inode, content.isRun ? PROGRAM : PLAIN, content.bytes);
}

function encodeRecord(name: string, inode: number, mode: number, bytes: Uint8Array): Uint8Array[] {
  const named = Buffer.from(`${name}\0`);
  // inode, mode, user, group, links, time, size, device, the device it stands for, length of its name, sum
  const numbers = [inode, mode, 0, 0, 1, 0, bytes.length, 0, 0, 0, 0, named.length, 0];
  const header = MAGIC + numbers.map((number) => number.toString(16).padStart(8, "0")).join("");
  return [Buffer.from(header), named, padding(header.length + named.length), bytes, padding(bytes.length)];
}

/** Names and contents end at a multiple of 4. */
const padding = (length: number): Uint8Array => new Uint8Array(-length & 3);
