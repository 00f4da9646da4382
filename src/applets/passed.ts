/**
 * Texts of documents that have passed their schema in this process, so that one that goes through several
 * doors is parsed at the first of them only. Documents and their bytes are never changed in place.
 */
import { type DocumentName, type Documents, parseDocument } from "../schema/index.ts";

const texts = new WeakMap<Uint8Array, { readonly name: DocumentName; readonly value: object }>();

/** @throws DvmError BAD_INPUT as parseDocument */
export function parseOnce<N extends DocumentName>(name: N, bytes: Uint8Array, source: string): Documents[N] {
  const known = texts.get(bytes);
  if (known?.name === name) return known.value as Documents[N];
  const value = parseDocument(name, bytes, source);
  passed(name, bytes, value);
  return value;
}

/** Says that these bytes are the text of a document that has been checked. */
export function passed<N extends DocumentName>(name: N, bytes: Uint8Array, value: Documents[N]): void {
  texts.set(bytes, { name, value });
}
