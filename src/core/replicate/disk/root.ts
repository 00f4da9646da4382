import { readU64, sha256, writeU64 } from "../../base/bytes.ts";

import { DvmError } from "../../base/error.ts";
import { PAGE, type Pages } from "../../base/units.ts";
import { readCount } from "./count.ts";
import type { Epoch } from "./epochs.ts";
import { EPOCH, HASH_BYTES, KIND, MAX_CONTENT_BYTES, MAX_EPOCHS, ROOT } from "./layout.ts";
import { decodeEntries, decodeNodeHead, type Entries, encodeEntries, encodeNodeHead } from "./node-page.ts";
import type { PagePointer } from "./superblock.ts";
import { levelSizes } from "./tree-shape.ts";

/** What a state is, wherever its pages stand. Equal in every region that holds it. */
export interface State {
  readonly txid: number;
  /** Milliseconds since 1970, for people; nothing is ordered by it. */
  readonly timestamp: number;
  /** In bytes. */
  readonly contentLength: number;
  /** SHA-256 over the SHA-256 of every content page, in order. */
  readonly contentDigest: Buffer;
  /** stateHash of the state that it was derived from; zeros for the first. */
  readonly parentState: Buffer;
  /** Oldest first; never empty. */
  readonly epochs: readonly Epoch[];
}

/** A root page: the state, where its parent's root stands in this region, and the top of the tree. */
export interface Root {
  readonly state: State;
  readonly parent: PagePointer | null;
  readonly top: Entries;
}

export const NO_STATE = Buffer.alloc(HASH_BYTES);

/**
 * The hash that equality of regions is judged by. It covers everything of a state but page numbers, which
 * differ between regions, and the parent's hash, so that it names the whole past too.
 */
export const stateHash = (state: State): Buffer =>
  sha256(encodeState(state).subarray(ROOT.txid, ROOT.entries));

export function encodeRoot({ state, parent, top }: Root): Buffer {
  const page = encodeState(state);
  encodeNodeHead(page, KIND.root, levelSizes(state.contentLength).length - 1, top.pages.length);
  writeU64(page, ROOT.parentPage, parent?.page ?? 0);
  parent?.hash.copy(page, ROOT.parentHash);
  encodeEntries(page, ROOT.entries, top.pages, top.hashes);
  checksumOf(page).copy(page, ROOT.checksum);
  return page;
}

/**
 * @param page 4096 bytes. The checksum in them is for a root that no superblock names any more.
 * @param length of the region in pages; nothing may point outside
 * @throws DvmError CORRUPT
 */
export function decodeRoot(page: Buffer, length: Pages): Root {
  decodeNodeHead(page, KIND.root);
  if (!checksumOf(page).equals(copyHash(page, ROOT.checksum)))
    throw new DvmError("CORRUPT", "root page fails its checksum");
  const contentLength = readU64(page, ROOT.contentLength, "content length");
  if (contentLength > MAX_CONTENT_BYTES || contentLength > (length - 1) * PAGE)
    throw new DvmError("CORRUPT", `content length ${contentLength} is out of bounds`);
  const levels = levelSizes(contentLength);
  const expected = { level: levels.length - 1, count: levels.at(-1) ?? 0 };
  decodeNodeHead(page, KIND.root, expected);
  const parentPage = readU64(page, ROOT.parentPage, "parent page");
  if (parentPage >= length) throw new DvmError("CORRUPT", `parent root is page ${parentPage} of ${length}`);
  return {
    state: {
      txid: readCount(page, ROOT.txid, "transaction id"),
      timestamp: readU64(page, ROOT.timestamp, "timestamp"),
      contentLength,
      contentDigest: copyHash(page, ROOT.contentDigest),
      parentState: copyHash(page, ROOT.parentState),
      epochs: decodeEpochs(page),
    },
    parent: parentPage === 0 ? null : { page: parentPage, hash: copyHash(page, ROOT.parentHash) },
    top: decodeEntries(page, ROOT.entries, expected.count, length),
  };
}

function encodeState(state: State): Buffer {
  const page = Buffer.alloc(PAGE);
  writeU64(page, ROOT.txid, state.txid);
  writeU64(page, ROOT.timestamp, state.timestamp);
  writeU64(page, ROOT.contentLength, state.contentLength);
  state.contentDigest.copy(page, ROOT.contentDigest);
  state.parentState.copy(page, ROOT.parentState);
  page.writeUInt32LE(state.epochs.length, ROOT.epochCount);
  state.epochs.forEach(({ id, firstTxid }, index) => {
    const at = ROOT.epochs + index * EPOCH.bytes;
    page.write(id, at + EPOCH.id, "hex");
    writeU64(page, at + EPOCH.firstTxid, firstTxid);
  });
  return page;
}

function decodeEpochs(page: Buffer): Epoch[] {
  const count = page.readUInt32LE(ROOT.epochCount);
  if (count === 0 || count > MAX_EPOCHS) throw new DvmError("CORRUPT", `root has ${count} epochs`);
  return Array.from({ length: count }, (_, index) => {
    const at = ROOT.epochs + index * EPOCH.bytes;
    return {
      id: page.toString("hex", at, at + EPOCH.idBytes),
      firstTxid: readCount(page, at + EPOCH.firstTxid, "transaction id"),
    };
  });
}

/** SHA-256 of the page with zeros for the checksum itself. */
function checksumOf(page: Buffer): Buffer {
  const blank = Buffer.from(page);
  blank.fill(0, ROOT.checksum, ROOT.checksum + HASH_BYTES);
  return sha256(blank);
}

const copyHash = (page: Buffer, offset: number): Buffer =>
  Buffer.from(page.subarray(offset, offset + HASH_BYTES));
