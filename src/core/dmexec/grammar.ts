/** The assembly of each instruction: what assemble reads and disassemble writes. */
import type { Op } from "./instructions.ts";

/**
 * name: a dm device. text: a word or a quoted string. count: digits. flag: the bare option, or `=true`,
 * `=false`. scalar: a JSON string, number, true, false or null. label: a jump's target. table: one that
 * `.table` has defined.
 */
export type Kind = "name" | "text" | "count" | "flag" | "scalar" | "label" | "table";

export interface Field {
  /** The key of the instruction. */
  readonly key: string;
  readonly kind: Kind;
}

export interface Form {
  /** In order. */
  readonly operands: readonly Field[];
  /** By the name before `=`. */
  readonly options: Readonly<Record<string, Field>>;
  /** Options that belong into an object of their own, with the key of that object. */
  readonly group?: { readonly key: string; readonly options: Readonly<Record<string, Field>> };
  /** Takes `word:N=TEXT`, any number of times. */
  readonly words?: true;
}

const NAME: Field = { key: "name", kind: "name" };
const KEY = { key: { key: "key", kind: "text" } } as const;
const INACTIVE = { inactive: { key: "inactive", kind: "flag" } } as const;
const NOFLUSH = { noflush: { key: "noflush", kind: "flag" } } as const;

const form = (operands: readonly Field[], options: Form["options"] = {}): Form => ({ operands, options });

export const GRAMMAR: Readonly<Record<Op, Form>> = {
  create: form([NAME, { key: "uuid", kind: "text" }]),
  remove: form([NAME], {
    attempts: { key: "attempts", kind: "count" },
    overlap: { key: "overlap", kind: "flag" },
  }),
  load: form([NAME, { key: "table", kind: "table" }], { "read-only": { key: "readOnly", kind: "flag" } }),
  clear: form([NAME]),
  suspend: form([NAME], { ...NOFLUSH, "skip-lockfs": { key: "skipLockfs", kind: "flag" } }),
  resume: form([NAME]),
  rename: form([NAME, { key: "newName", kind: "name" }]),
  message: form([NAME, { key: "message", kind: "text" }], { sector: { key: "sector", kind: "count" } }),
  "wait-event": form([NAME, { key: "eventNr", kind: "count" }, { key: "deadlineMs", kind: "count" }]),
  info: {
    ...form([NAME], { ...KEY, attempts: { key: "attempts", kind: "count" } }),
    group: {
      key: "expect",
      options: {
        exists: { key: "exists", kind: "flag" },
        uuid: { key: "uuid", kind: "text" },
        "open-count": { key: "openCount", kind: "count" },
        "open-at-most": { key: "openAtMost", kind: "count" },
        suspended: { key: "suspended", kind: "flag" },
      },
    },
  },
  table: form([NAME], { ...KEY, ...INACTIVE }),
  status: form([NAME], { ...KEY, ...NOFLUSH }),
  "check-status": {
    ...form([NAME, { key: "type", kind: "text" }], { target: { key: "target", kind: "count" } }),
    words: true,
  },
  deps: form([NAME], { ...KEY, ...INACTIVE }),
  list: form([], KEY),
  version: form([], KEY),
  "begin-object": form([{ key: "key", kind: "text" }]),
  "end-object": form([]),
  literal: form([
    { key: "key", kind: "text" },
    { key: "value", kind: "scalar" },
  ]),
  jmp: form([{ key: "to", kind: "label" }]),
  "jmp-fail": form([{ key: "to", kind: "label" }]),
  exit: form([{ key: "status", kind: "count" }]),
};

/** A word that needs no quotes. */
export const BARE = /^[A-Za-z0-9_+./:@%,-]+$/;
/** What labels, tables and devices may be called. */
export const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/** How a field is called to people. */
export const shown = ({ key, kind }: Field): string =>
  kind === "label" ? "label" : key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** What may be written, as `remove NAME [attempts=N] [overlap]`. */
export function usageOf(op: Op): string {
  const { operands, options, group, words } = GRAMMAR[op];
  const option = ([name, { kind }]: readonly [string, Field]): string =>
    kind === "flag" ? `[${name}]` : `[${name}=${kind === "count" ? "N" : "TEXT"}]`;
  return [
    op,
    ...operands.map((field) => shown(field).toUpperCase()),
    ...Object.entries({ ...options, ...group?.options }).map(option),
    ...(words ? ["[word:N=TEXT]…"] : []),
  ].join(" ");
}
