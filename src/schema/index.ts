/**
 * The documents that processes pass to each other: their types, and the door through which they come and go.
 */
import { DvmError } from "../core/base/error.ts";
import type { AllDocuments } from "./generated/types.ts";
import { validate } from "./generated/validate.ts";
import { readLaidOut } from "./laid-out.ts";
import { parseJson } from "./parse-json.ts";

export type * from "./generated/types.ts";
export { knownTexts, notPlain } from "./laid-out.ts";
export { parseJson } from "./parse-json.ts";

/** Document name -> type. */
export type Documents = Omit<AllDocuments, "common">;
export type DocumentName = keyof Documents & string;

/** The names of all documents, in order. */
export const documentNames = (Object.keys(validate) as (keyof typeof validate)[])
  .filter((name): name is DocumentName => name !== "common")
  .sort();

export const isDocumentName = (name: string): name is DocumentName =>
  documentNames.includes(name as DocumentName);

/** The JSON Schema of a document, with those that it refers to under `definitions`. */
export async function schemaOf(name: DocumentName): Promise<object> {
  return (await import("./generated/schemas.ts")).schemas[name];
}

/**
 * Parses and validates a document.
 * @param source where it came from, for messages
 * @throws DvmError BAD_INPUT with line and column, or with the JSON pointer and what was expected there
 */
export function parseDocument<N extends DocumentName>(
  name: N,
  bytes: Uint8Array,
  source: string,
): Documents[N] {
  if (name === "metadata") {
    const check = (value: unknown) => checkDocument("metadata", value, source);
    const laidOut = readLaidOut(bytes, check);
    if (laidOut) {
      passed.set(laidOut, name);
      return laidOut as Documents[N];
    }
  }
  return checkDocument(name, parseJson(bytes, `${name} document ${source}`), source);
}

/**
 * Validates a value; one that has passed is not looked at again, since documents are never changed in place.
 * @throws DvmError BAD_INPUT as parseDocument does
 */
export function checkDocument<N extends DocumentName>(name: N, value: unknown, source: string): Documents[N] {
  const isObject = typeof value === "object" && value !== null;
  if (isObject && passed.get(value) === name) return value as Documents[N];
  const wrong = wrongWith(name, value);
  if (!wrong) {
    if (isObject) passed.set(value, name);
    return value as Documents[N];
  }
  const { pointer, expectation } = wrong;
  throw new DvmError("BAD_INPUT", `${name} document ${source}: at ${pointer}: ${expectation}`, {
    details: { document: name, source, pointer },
  });
}

/** Why a value is no such document: where, as a JSON pointer, and what was expected there. */
export function wrongWith(
  name: DocumentName,
  value: unknown,
): { readonly pointer: string; readonly expectation: string } | undefined {
  const isValid = validate[name];
  if (isValid(value)) return undefined;
  const error = isValid.errors?.[0];
  return { pointer: error?.instancePath || "/", expectation: expected(error) };
}

/** Whether a value would pass. */
export const isDocument = (name: DocumentName, value: unknown): boolean => validate[name](value);

const passed = new WeakMap<object, DocumentName>();

interface ValidationError {
  readonly keyword: string;
  readonly message?: string | undefined;
  readonly params: Readonly<Record<string, unknown>>;
}

function expected(error: ValidationError | undefined): string {
  if (!error) return "is not valid";
  if (error.keyword === "additionalProperties") return `unknown key "${error.params["additionalProperty"]}"`;
  if (error.keyword === "required") return `missing key "${error.params["missingProperty"]}"`;
  if (error.keyword === "const") return `must be ${JSON.stringify(error.params["allowedValue"])}`;
  if (error.keyword === "enum") return `must be one of ${JSON.stringify(error.params["allowedValues"])}`;
  if (error.keyword === "discriminator")
    return `unknown ${error.params["tag"]} "${error.params["tagValue"]}"`;
  return error.message ?? error.keyword;
}
