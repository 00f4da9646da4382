/** Bytes of LVM2 that are damaged or made up: what is wrong is said, and no more is taken than there is. */
import t from "tap";
import { toDvmError } from "../../../src/core/base/error.ts";
import { decodeAreaHeader } from "../../../src/core/lvm2/area.ts";
import { checksum } from "../../../src/core/lvm2/checksum.ts";
import { decodeLabel } from "../../../src/core/lvm2/label.ts";
import type { TextVg } from "../../../src/core/lvm2/model.ts";
import { readVg } from "../../../src/core/lvm2/read-vg.ts";
import { parseText } from "../../../src/core/lvm2/text/parse.ts";
import { translateVg } from "../../../src/core/lvm2/translate.ts";
import { checkMetadata } from "../../../src/core/volume/check.ts";
import { checkDocument } from "../../../src/schema/index.ts";
import { lvm2Bytes } from "../../lib/lvm2-fixtures.ts";
import { random } from "../../lib/random.ts";

const LABEL = 512;
const AREA = 4096;
const head = lvm2Bytes("thin", "ubda", 8192);
const label = head.subarray(LABEL, LABEL + 512);
const header = head.subarray(AREA, AREA + 512);

/** The text that the first slot of the header leads to. */
function textOf(fixture: string): Buffer {
  const bytes = lvm2Bytes(fixture, "ubda", 1 << 20);
  const at = AREA + Number(bytes.readBigUInt64LE(AREA + 40));
  return bytes.subarray(at, at + Number(bytes.readBigUInt64LE(AREA + 48)));
}

const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 0xff;
  return copy;
};

const codeOf = (work: () => unknown): string => {
  try {
    return work() === null ? "not a label" : "taken";
  } catch (thrown) {
    return toDvmError(thrown).code;
  }
};

t.test("no byte of a label or of a header can be another", async (t) => {
  t.equal(
    codeOf(() => decodeLabel(label, 1, "disk")),
    "taken",
  );
  t.equal(
    codeOf(() => decodeAreaHeader(header, AREA, "disk")),
    "taken",
  );
  for (let at = 0; at < 512; at += 1) {
    // The magic, where it stands, and its type say whether it is a label at all.
    const is = at < 16 || (at >= 24 && at < 32) ? "not a label" : "CORRUPT";
    t.equal(
      codeOf(() => decodeLabel(flipped(label, at), 1, "disk")),
      is,
      `label, byte ${at}`,
    );
    t.equal(
      codeOf(() => decodeAreaHeader(flipped(header, at), AREA, "disk")),
      "CORRUPT",
      `header, byte ${at}`,
    );
  }
  t.equal(
    codeOf(() => decodeLabel(label, 2, "disk")),
    "not a label",
    "in another sector",
  );
  t.equal(
    codeOf(() => decodeAreaHeader(header, 2 * AREA, "disk")),
    "CORRUPT",
    "in another place",
  );
});

t.test("a label and a header that lie under a right checksum", async (t) => {
  const lying = (bytes: Buffer, from: number, at: number, value: bigint, crcAt: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy.writeBigUInt64LE(value, at);
    copy.writeUInt32LE(checksum(copy.subarray(from)), crcAt);
    return copy;
  };
  const rows: readonly (readonly [what: string, bytes: Buffer])[] = [
    ["the start of the area", lying(header, 4, 24, 8192n, 0)],
    ["an area of no length", lying(header, 4, 32, 0n, 0)],
    ["an area of half a sector", lying(header, 4, 32, 1044481n, 0)],
    ["a text before the ring", lying(header, 4, 40, 8n, 0)],
    ["a text behind the ring", lying(header, 4, 40, 1044480n, 0)],
    ["a text that is longer than the ring", lying(header, 4, 48, 1044480n, 0)],
    ["a text beyond 2^53", lying(header, 4, 48, 2n ** 60n, 0)],
  ];
  for (const [what, bytes] of rows)
    t.equal(
      codeOf(() => decodeAreaHeader(bytes, AREA, "disk")),
      "CORRUPT",
      what,
    );
  const full = Buffer.from(label).fill(1, 72);
  full.writeUInt32LE(checksum(full.subarray(20)), 16);
  t.equal(
    codeOf(() => decodeLabel(full, 1, "disk")),
    "CORRUPT",
    "a list of areas without an end",
  );
});

t.test("texts of the grammar, and such as only look like it", async (t) => {
  const rows: readonly (readonly [text: string, is: string])[] = [
    ["", "taken"],
    ['a = 1 b = -2 c = "x\\"y\\\\" d = [] e = [1, "two", 3.5] f { g { } } # end', "taken"],
    ["a = [1, 2,]", "taken"],
    ["a = 1 a = 2", "CORRUPT"],
    ["a { } a { }", "CORRUPT"],
    ["a {", "CORRUPT"],
    ["a { } }", "CORRUPT"],
    ["a = ", "CORRUPT"],
    ["a = [1 2]", "CORRUPT"],
    ["a = [", "CORRUPT"],
    ['a = "x', "CORRUPT"],
    ['a = "x\\', "CORRUPT"],
    ["a = x", "CORRUPT"],
    ["a = 99999999999999999999", "CORRUPT"],
    ["= 1", "CORRUPT"],
    ["a b", "CORRUPT"],
    ["__proto__ { constructor = 1 }", "taken"],
    ["a {".repeat(100_000), "CORRUPT"],
    ["[".repeat(100_000), "CORRUPT"],
    [`a = ${"[".repeat(100_000)}`, "CORRUPT"],
    ["#\n".repeat(200_000), "taken"],
  ];
  for (const [text, is] of rows)
    t.equal(
      codeOf(() => parseText(text, "text")),
      is,
      text.slice(0, 60),
    );
});

/** What a VG of LVM2 becomes has to be a document, whatever the text was. */
function takenUp(text: Buffer): string {
  let vg: TextVg;
  try {
    vg = readVg(text, "text");
  } catch (thrown) {
    return toDvmError(thrown).code;
  }
  const members = vg.pvs.map((pv) => ({ pv, devices: [] }));
  const metadata = translateVg({ vg, texts: [], contradicting: [], members }, undefined);
  checkDocument("metadata", metadata, "made of a text");
  checkMetadata(metadata, "BUG");
  return "taken";
}

t.test("texts with bytes that are others", async (t) => {
  const next = random("texts of LVM2");
  const below = (count: number): number => Math.floor(next() * count);
  const scraps = [
    "{",
    "}",
    "[",
    "]",
    '"',
    "=",
    "#",
    "0",
    "-1",
    "9".repeat(17),
    "segment1",
    "pv0",
    "\0",
    "\n",
    "raid1",
  ];
  const counts: Record<string, number> = {};
  for (const fixture of ["thin", "convert", "snapmerge", "pvmove", "cachestack"]) {
    const text = textOf(fixture);
    t.equal(takenUp(text), "taken", fixture);
    const words = [...text.toString("latin1").matchAll(/[A-Za-z0-9_]+/g)];
    for (let round = 0; round < 120; round += 1) {
      const word = words[below(words.length)];
      const at = round % 3 === 0 || !word ? below(text.length) : word.index;
      const removed = round % 3 === 1 ? (word?.[0].length ?? 0) : below(3);
      const other =
        round % 2 === 0 ? (words[below(words.length)]?.[0] ?? "") : (scraps[below(scraps.length)] ?? "");
      const changed = [text.subarray(0, at), Buffer.from(other), text.subarray(at + removed)];
      const verdict = takenUp(Buffer.concat(changed));
      counts[verdict] = (counts[verdict] ?? 0) + 1;
    }
  }
  t.strictSame(
    Object.keys(counts).filter((code) => !["taken", "CORRUPT", "UNSUPPORTED"].includes(code)),
    [],
  );
  t.ok((counts["taken"] ?? 0) > 20 && (counts["CORRUPT"] ?? 0) > 100, JSON.stringify(counts));
});
