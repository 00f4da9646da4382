/**
 * JSON as every reader understands it alike, in bounds that are known before a value of it is made: a key
 * that stands twice in one object is refused, since others may take the other one; so are texts that would
 * fill the memory or the stack.
 */
import { constants } from "node:buffer";
import { DvmError } from "../core/base/error.ts";
import { whereJsonEnds } from "./where-json-ends.ts";

/** Documents have a dozen levels. */
const MAX_DEPTH = 64;
/** Of 100,000 mirrored LVs there are six million. So many take a gigabyte at worst. */
const MAX_VALUES = 1 << 24;
/** Of a pointer, in a message. */
const MAX_SHOWN = 200;

/**
 * Parses UTF-8 JSON.
 * @throws DvmError BAD_INPUT with line and column, or with the JSON pointer of a key that is there twice
 */
export function parseJson(bytes: Uint8Array, what: string): unknown {
  const refuse = (why: string, cause?: unknown) => new DvmError("BAD_INPUT", `${what}: ${why}`, { cause });
  if (bytes.length > constants.MAX_STRING_LENGTH)
    throw refuse(`has ${bytes.length} bytes, more than ${constants.MAX_STRING_LENGTH}`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw refuse("is not UTF-8 text", cause);
  }
  if (text.trim() === "") throw refuse("is empty");
  try {
    return parseText(text);
  } catch (cause) {
    throw refuse(cause instanceof Unfit ? cause.message : `is no JSON${whereItEnds(text)}`);
  }
}

/** What is JSON, and refused all the same. */
class Unfit extends Error {}

/** @throws SyntaxError, or another error that says in words why it is refused */
export function parseText(text: string): unknown {
  const { depth, values, keys } = measure(text);
  if (depth > MAX_DEPTH) throw new Unfit(`is nested deeper than ${MAX_DEPTH} levels`);
  if (values > MAX_VALUES) throw new Unfit(`has more than ${MAX_VALUES} values`);
  const value: unknown = JSON.parse(text);
  // Of a key that was there twice one is left.
  if (countKeys(value) < keys)
    throw new Unfit(`key ${JSON.stringify(keyTwice(text).slice(0, MAX_SHOWN))} is there twice`);
  return value;
}

interface Measures {
  /** How many lists and objects a value lies in at most. */
  readonly depth: number;
  /** At least as many as there are. */
  readonly values: number;
  /** All that are written, in all objects. */
  readonly keys: number;
}

const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * One look at each character, a fifth of the time that parsing takes. Of a text that is no JSON it says
 * anything.
 */
function measure(text: string): Measures {
  let level = 0;
  let depth = 0;
  let values = 1;
  let keys = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) at = endOfString(text, at);
    else if (character === COLON) keys += 1;
    else if (character === COMMA) values += 1;
    else if (character === OPEN_LIST || character === OPEN_OBJECT) {
      level += 1;
      values += 1;
      if (level > depth) depth = level;
    } else if (character === CLOSE_LIST || character === CLOSE_OBJECT) level -= 1;
  }
  return { depth, values, keys };
}

/** Where the quote is that ends the string which begins at `begin`. */
function endOfString(text: string, begin: number): number {
  for (let end = begin; ; ) {
    end = text.indexOf('"', end + 1);
    if (end < 0) return text.length;
    let escapes = 0;
    while (text.charCodeAt(end - escapes - 1) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return end;
  }
}

/** In a value that is known not to be deep. */
function countKeys(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let keys = 0;
  if (Array.isArray(value)) for (const each of value) keys += countKeys(each);
  else for (const key in value) keys += 1 + countKeys(value[key as never]);
  return keys;
}

/**
 * The JSON pointer of the first key that its object has had before. @param text JSON in which there is one
 */
function keyTwice(text: string): string {
  const path: { keys: Set<string> | undefined; step: string | number }[] = [];
  let isKey = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    const inner = path.at(-1);
    if (character === OPEN_LIST) path.push({ keys: undefined, step: 0 });
    else if (character === OPEN_OBJECT) path.push({ keys: new Set(), step: "" });
    else if (character === CLOSE_LIST || character === CLOSE_OBJECT) path.pop();
    else if (character === COMMA && typeof inner?.step === "number") inner.step += 1;
    else if (character === QUOTE) {
      const end = endOfString(text, at);
      if (isKey && inner?.keys) {
        const key: string = JSON.parse(text.slice(at, end + 1));
        inner.step = key;
        if (inner.keys.has(key)) break;
        inner.keys.add(key);
      }
      at = end;
    }
    if (character === OPEN_OBJECT || character === COMMA) isKey = true;
    else if (character === COLON || character === OPEN_LIST) isKey = false;
  }
  return path.map(({ step }) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** In a longer text the place is not looked for. */
const MAX_SEARCHED = 2 ** 24;

/** Where a text ceases to be JSON, without what stands there. */
function whereItEnds(text: string): string {
  if (text.length > MAX_SEARCHED) return "";
  const end = whereJsonEnds(text);
  const before = text.slice(0, end);
  const column = end - before.lastIndexOf("\n");
  return `: at byte ${Buffer.byteLength(before)}, line ${before.split("\n").length}, column ${column}`;
}
