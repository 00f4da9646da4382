/**
 * Reads metadata whose text is laid out as it is written (docs/format-metadata.md): every record on a line of
 * its own. In a large VG nearly all records are of one shape, and one expression both finds and proves those:
 * what it admits is a small part of what the schema admits. Every other record, and what stands before the
 * LVs, goes through JSON and the schema as ever; so does the whole text when anything else in it is
 * unexpected.
 *
 * A fast path: one LV more in a VG of 10,000 takes 186 ms of processor time instead of 256, of 100,000 0.78 s
 * instead of 1.51 (docs/benchmarks.md). laid-out.test.ts holds it against the plain way.
 */
import { isAscii } from "node:buffer";
import type { AllDocuments } from "./generated/types.ts";
import { parseText } from "./parse-json.ts";

type Metadata = AllDocuments["metadata"];
type Lv = Metadata["lvs"][number];

const OPENING = `],"lvs":[`;
const ID = "([0-9a-f]{32})";
/** At most 15 digits: an exact number in any case. */
const COUNT = "(0|[1-9][0-9]{0,14})";
/** An LV in one piece without tags, and the white space behind it. */
const PLAIN = new RegExp(
  `(\\{"id":"${ID}","name":"([A-Za-z0-9+_.][A-Za-z0-9+_.-]{0,99})","access":"r([wo])","activate":(?:(t)rue|false),"tags":\\[\\],"segments":\\[\\{"type":"linear","start":0,"length":${COUNT},"area":\\{"pv":"${ID}","start":${COUNT}\\}\\}\\]\\})[ \\n]*`,
  "y",
);
/** Documents are never changed in place, so one will do. */
const NO_TAGS: string[] = [];
const SPACE = /[ \n]*/y;
const COMMA = 0x2c;
const END = /\]\}[ \n]*$/y;
/** As the schema has it. */
const MAX_LVS = 1_000_000;

/** What was found out about LVs that were read here. */
const known = new WeakMap<readonly Lv[], Records>();

/** The text that each has, so far as it is known to be what would be written. */
export const knownTexts = (lvs: readonly Lv[]): readonly (string | undefined)[] =>
  known.get(lvs)?.texts ?? [];

/**
 * Those that may be more than one linear segment, and have more than a look from whoever goes through all.
 */
export const notPlain = (lvs: readonly Lv[]): readonly Lv[] => known.get(lvs)?.others ?? lvs;

/**
 * @param check checks the document against the schema, with those LVs only that need it. @throws if it is not
 *   so
 * @returns what parsing and checking all of it gives, or undefined: then nothing is known
 */
export function readLaidOut(bytes: Uint8Array, check: (value: unknown) => Metadata): Metadata | undefined {
  if (!isAscii(bytes)) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const begin = text.indexOf(OPENING);
  if (begin < 0) return undefined;
  try {
    const head = parseText(`${text.slice(0, begin)}${OPENING}]}`) as Metadata;
    if (head.version !== 1) return undefined;
    const records = readRecords(text, begin + OPENING.length, head.pvs);
    const { lvs, others } = records;
    check({ ...head, lvs: others });
    if (lvs.length > MAX_LVS) return undefined;
    known.set(lvs, records);
    return { ...head, lvs: lvs as Lv[] };
  } catch {
    return undefined;
  }
}

interface Records {
  readonly lvs: readonly Lv[];
  /** Of those that are plain. */
  readonly texts: readonly (string | undefined)[];
  /** Those that are not plain, and have not been checked. */
  readonly others: readonly Lv[];
}

/** @throws if this is not how LVs and the end of the document stand in a text that is laid out */
function readRecords(text: string, begin: number, pvs: readonly { readonly id: string }[]): Records {
  const lvs: Lv[] = [];
  const texts: (string | undefined)[] = [];
  const others: Lv[] = [];
  const ids = sharedIds(pvs);
  let at = skip(SPACE, text, begin);
  for (let isMore = text[at] !== "]"; isMore; ) {
    PLAIN.lastIndex = at;
    const found = PLAIN.exec(text);
    if (found) {
      lvs.push(plain(found, ids(found[7] as string)));
      texts.push(found[1]);
      at = PLAIN.lastIndex;
    } else {
      const end = text.indexOf("\n", at);
      const other = parseText(text.slice(at, end)) as Lv;
      lvs.push(other);
      texts.push(undefined);
      others.push(other);
      at = skip(SPACE, text, end);
    }
    isMore = text.charCodeAt(at) === COMMA;
    if (isMore) at += 1;
  }
  skip(END, text, at);
  return { lvs, texts, others };
}

/** The id itself for an id found, so that it is one string in memory, however often it is named. */
function sharedIds(pvs: readonly { readonly id: string }[]): (found: string) => string {
  const ids = new Map(pvs.map(({ id }) => [id, id]));
  let last = "";
  return (found) => {
    // Neighbours lie on one PV more often than not, and to compare two is cheaper than to look one up.
    if (found !== last) last = ids.get(found) ?? found;
    return last;
  };
}

function plain(found: RegExpExecArray, pv: string): Lv {
  // By index: an iterator over what was found would take longer than all of this.
  return {
    id: found[2] as string,
    name: found[3] as string,
    access: found[4] === "w" ? "rw" : "ro",
    activate: found[5] !== undefined,
    tags: NO_TAGS,
    segments: [
      {
        type: "linear",
        start: 0,
        length: Number(found[6]),
        area: { pv, start: Number(found[8]) },
      },
    ],
  };
}

/** Where a sticky expression that begins at `at` ends. */
function skip(expression: RegExp, text: string, at: number): number {
  expression.lastIndex = at;
  if (!expression.test(text)) throw new Error("the text is not laid out");
  return expression.lastIndex;
}
