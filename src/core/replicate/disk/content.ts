import { sha256 } from "../../base/bytes.ts";
import { PAGE, type Pages } from "../../base/units.ts";
import { HASH_BYTES } from "./layout.ts";

/** Bytes to be stored, hashed once for all regions. */
export interface HashedContent {
  readonly bytes: Buffer;
  readonly pages: Pages;
  /** SHA-256 of every page, one after the other; the last page is padded with zeros. */
  readonly hashes: Buffer;
  /** SHA-256 of `hashes`. */
  readonly digest: Buffer;
}

export function makeContent(bytes: Buffer): HashedContent {
  const pages = Math.ceil(bytes.length / PAGE);
  const hashes = Buffer.alloc(pages * HASH_BYTES);
  for (let index = 0; index < pages; index++)
    sha256(contentPage(bytes, index)).copy(hashes, index * HASH_BYTES);
  return { bytes, pages, hashes, digest: sha256(hashes) };
}

/** One page of content, padded with zeros at its end. */
export function contentPage(bytes: Buffer, index: number): Buffer {
  const page = bytes.subarray(index * PAGE, (index + 1) * PAGE);
  return page.length === PAGE ? page : Buffer.concat([page], PAGE);
}
