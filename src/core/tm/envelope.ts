/**
 * What tm replicates: a JSON text whose last key is "metadata", laid out so that a change of the metadata
 * touches few pages, a change of the members none of the metadata's, and who made a state one page:
 *
 *     {"by":{…}   …spaces to the end of the page…
 *     ,"members":[…],"generation":n,"name":"…","vgId":"…","metadata":   …spaces…
 *     <metadata, byte for byte, from the first page after the head on>}
 *
 * The head takes 1, 2, 4… pages: it grows rarely, and only then do the metadata's pages move. Without `by`
 * there is no page for it. Neither way parses the metadata or writes it in other bytes than it was given in.
 */
import { type By, checkDocument, parseJson } from "../../schema/index.ts";
import { allocated } from "../base/allocated.ts";
import { DvmError } from "../base/error.ts";
import { asciiJson } from "../base/printable.ts";
import { type Bytes, PAGE } from "../base/units.ts";

export interface Head {
  /** Who made this state; undefined when that was not to be recorded. */
  readonly by?: By | undefined;
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
const BY_KEY = '{"by":';
const SPACE = 0x20;
const CLOSING_BRACE = 0x7d;

export function encodeEnvelope({ metadata, ...head }: Envelope): Buffer {
  const front = encodeBy(head.by);
  const text = `${front}${encodeHead(head)}${KEY}`;
  const start = front.length + headSize(text.length - front.length);
  const bytes = allocated(() => Buffer.allocUnsafeSlow(start + metadata.length + 1));
  bytes.write(text, 0, "latin1");
  bytes.fill(SPACE, text.length, start);
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
  const front = hasBy(bytes) ? PAGE : 0;
  for (let size = PAGE; size <= MAX_HEAD && front + size <= bytes.length; size *= 2) {
    const start = front + size;
    const text = keyed(bytes.subarray(0, start));
    const document = text && parsed(text, "null}");
    if (!document) continue;
    const { by, members, generation, name, vgId } = checked(document, text);
    if (bytes.length < start + 2) throw corrupt("ends too early");
    if (bytes[bytes.length - 1] !== CLOSING_BRACE) throw corrupt("has no end");
    return { ...(by && { by }), members, generation, name, vgId, metadata: bytes.subarray(start, -1) };
  }
  throw corrupt('no whole page ends with "metadata" and spaces');
}

/** @param page the first one of an envelope. @returns who made that state; undefined when it does not tell */
export function decodeBy(page: Buffer): By | undefined {
  if (!hasBy(page) || page.length < PAGE) return undefined;
  const front = page.subarray(0, PAGE);
  const document = parsed(front, "}") as { readonly by?: unknown } | undefined;
  try {
    const by = checkDocument("by", document?.by, "of the state");
    return front.equals(Buffer.from(encodeBy(by), "latin1")) ? by : undefined;
  } catch {
    return undefined;
  }
}

const hasBy = (bytes: Buffer): boolean => bytes.subarray(0, BY_KEY.length).equals(Buffer.from(BY_KEY));

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
function parsed(text: Buffer, rest: string): unknown {
  try {
    return parseJson(Buffer.concat([text, Buffer.from(rest)]), "its head");
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
  if (!text.equals(Buffer.from(`${encodeBy(head.by)}${encodeHead(head)}${KEY}`)))
    throw corrupt("its head is not as it is written");
  return head;
}

/** A page of its own, or nothing. */
function encodeBy(by: By | undefined): string {
  if (!by) return "";
  const { words, cut, uid, loginUid, host } = by;
  const text = `${BY_KEY}${asciiJson({ words, cut, uid, loginUid, host })}`;
  if (text.length > PAGE) throw new Error("who made a state has no room in its page");
  return text.padEnd(PAGE);
}

/** The head's text, behind that page or from the brace on, without the brace that would end it. */
function encodeHead({ by, members, generation, name, vgId }: Head): string {
  const keys = JSON.stringify({ members: [...new Set(members)].sort(), generation, name, vgId }).slice(1, -1);
  return `${by ? "," : "{"}${keys}`;
}

/** Of 1, 2, 4… pages the fewest that hold `length` bytes. */
function headSize(length: Bytes): Bytes {
  let size = PAGE;
  while (size < length) size *= 2;
  return size;
}

const corrupt = (reason: string, cause?: unknown): DvmError =>
  new DvmError("CORRUPT", `the content of the regions is no envelope: ${reason}`, { cause });
