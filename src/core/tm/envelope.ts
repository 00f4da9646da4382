/**
 * What tm replicates: a JSON text whose last key is "metadata", laid out so that a change of the metadata
 * touches few pages and a change of the members none of the metadata's:
 *
 *     {"members":[…],"generation":n,"name":"…","vgId":"…","metadata":   …spaces…
 *     <metadata, byte for byte, from the first page after the head on>}
 *
 * The head takes 1, 2, 4… pages: it grows rarely, and only then do the metadata's pages move. Neither way
 * parses the metadata or writes it in other bytes than it was given in.
 */
import { checkDocument, parseJson } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { type Bytes, PAGE } from "../base/units.ts";

export interface Head {
  /** Device ids, sorted, each once. */
  readonly members: readonly string[];
  readonly generation: number;
  readonly name: string;
  readonly vgId: string;
}

export interface Envelope extends Head {
  /** JSON, as the mutator wrote it. */
  readonly metadata: Buffer;
}

/** More than 65,536 members need. */
const MAX_HEAD: Bytes = 4 << 20;
const KEY = ',"metadata":';
const SPACE = 0x20;
const CLOSING_BRACE = 0x7d;

export function encodeEnvelope({ metadata, ...fields }: Envelope): Buffer {
  const head = `${encodeHead(fields)}${KEY}`;
  const start = headSize(head.length);
  const bytes = Buffer.allocUnsafeSlow(start + metadata.length + 1);
  bytes.write(head, 0, "latin1");
  bytes.fill(SPACE, head.length, start);
  metadata.copy(bytes, start);
  bytes[bytes.length - 1] = CLOSING_BRACE;
  return bytes;
}

/**
 * Takes an envelope apart; `metadata` is a view of `bytes`. Whether the metadata is JSON is for its readers
 * to see.
 * @throws DvmError CORRUPT when it is no envelope
 */
export function decodeEnvelope(bytes: Buffer): Envelope {
  for (let start = PAGE; start <= MAX_HEAD && start <= bytes.length; start *= 2) {
    const text = keyed(bytes.subarray(0, start));
    const head = text && parsed(text);
    if (!head) continue;
    const { members, generation, name, vgId } = checked(head, text);
    if (bytes.length < start + 2) throw corrupt("ends too early");
    if (bytes[bytes.length - 1] !== CLOSING_BRACE) throw corrupt("has no end");
    return { members, generation, name, vgId, metadata: bytes.subarray(start, -1) };
  }
  throw corrupt('no whole page ends with "metadata" and spaces');
}

/** What stands before the spaces, if that is the key of the metadata. */
function keyed(pages: Buffer): Buffer | undefined {
  let end = pages.length;
  while (end > 0 && pages[end - 1] === SPACE) end -= 1;
  const text = pages.subarray(0, end);
  return text.subarray(-KEY.length).equals(Buffer.from(KEY)) ? text : undefined;
}

/**
 * The head as the document that it would be with nothing in it. Only JSON tells whether the key is the last
 * one of the head, or stands somewhere inside of it: then what is before it is no JSON.
 */
function parsed(text: Buffer): unknown {
  try {
    return parseJson(Buffer.concat([text, Buffer.from("null}")]), "its head");
  } catch {
    return undefined;
  }
}

function checked(document: unknown, text: Buffer): Head {
  let head: Head;
  try {
    head = checkDocument("envelope", document, "of the VG");
  } catch (cause) {
    throw corrupt(cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (!text.equals(Buffer.from(`${encodeHead(head)}${KEY}`)))
    throw corrupt("its head is not as it is written");
  return head;
}

/** The head's text without the brace that would end it. */
function encodeHead({ members, generation, name, vgId }: Head): string {
  return JSON.stringify({ members: [...new Set(members)].sort(), generation, name, vgId }).slice(0, -1);
}

/** Of 1, 2, 4… pages the fewest that hold `length` bytes. */
function headSize(length: Bytes): Bytes {
  let size = PAGE;
  while (size < length) size *= 2;
  return size;
}

const corrupt = (reason: string, cause?: unknown): DvmError =>
  new DvmError("CORRUPT", `the content of the regions is no envelope: ${reason}`, { cause });
