/**
 * Where everything stands in a region; docs/format-region.md says the same in words. All integers are
 * little-endian, all bytes not named are zero.
 *
 * Invariants: page 0 is the only page overwritten in place, always as one logical block. A page that the
 * active or the shadow root reaches is never written. A root is durable before a superblock names it.
 */
import { PAGE, type Pages } from "../../base/units.ts";

export const FORMAT_VERSION = 1;
export const HASH_BYTES = 32;

/** The content of page 0. */
export const SUPERBLOCK = {
  magic: Buffer.from("DVM-RGSB"),
  version: 8,
  regionId: 16,
  length: 32,
  sequence: 40,
  highestTxid: 48,
  activePage: 56,
  activeHash: 64,
  shadowPage: 96,
  shadowHash: 104,
  checksum: 224,
  bytes: 256,
} as const;

/** What every page of the hash tree begins with. */
export const NODE = { magic: Buffer.from("DVM-RGTB"), kind: 8, level: 10, count: 12 } as const;
export const KIND = { root: 1, table: 2 } as const;

/** An entry names a page and the SHA-256 of its 4096 bytes. */
export const ENTRY = { page: 0, hash: 8, bytes: 40 } as const;

const EPOCH_BYTES = 24;
/** As many absences of members as a region that comes back can be placed after. */
export const MAX_EPOCHS = 128;
export const EPOCH = { id: 0, idBytes: 16, firstTxid: 16, bytes: EPOCH_BYTES } as const;

export const ROOT = {
  txid: 16,
  timestamp: 24,
  contentLength: 32,
  contentDigest: 40,
  parentPage: 72,
  parentHash: 80,
  parentState: 112,
  epochCount: 144,
  checksum: 152,
  epochs: 184,
  entries: 184 + MAX_EPOCHS * EPOCH_BYTES,
} as const;

export const TABLE = { entries: 32 } as const;

/** How many entries a page holds. */
export const ROOT_FANOUT = Math.floor((PAGE - ROOT.entries) / ENTRY.bytes);
export const TABLE_FANOUT = Math.floor((PAGE - TABLE.entries) / ENTRY.bytes);

/** The smallest region: the superblock, and room for two generations of something. */
export const MIN_PAGES: Pages = 8;
/** Transaction ids and sequence numbers end here, so that one can always be added. */
export const MAX_COUNT = 2 ** 52;
/** The most bytes of content, whatever the region's length: what fits into memory at once. */
export const MAX_CONTENT_BYTES = 2 ** 30;
