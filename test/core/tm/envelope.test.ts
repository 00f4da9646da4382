import fc from "fast-check";
import t from "tap";
import { DvmError } from "../../../src/core/base/error.ts";
import { PAGE } from "../../../src/core/base/units.ts";
import { decodeBy, decodeEnvelope, type Envelope, encodeEnvelope } from "../../../src/core/tm/envelope.ts";
import { parseDocument } from "../../../src/schema/index.ts";

const id = (n: number): string => n.toString(16).padStart(32, "0");
const envelope = (over: Partial<Envelope> = {}): Envelope => ({
  members: [id(1), id(2)],
  generation: 3,
  name: "vg",
  vgId: id(255),
  metadata: Buffer.from('{"lvs":[]}'),
  ...over,
});

t.test("what stands on the disks", (t) => {
  const bytes = encodeEnvelope(envelope());
  const head = `{"members":["${id(1)}","${id(2)}"],"generation":3,"name":"vg","vgId":"${id(255)}","metadata":`;
  t.equal(bytes.toString(), `${head.padEnd(PAGE)}{"lvs":[]}}`);
  t.match(parseDocument("envelope", bytes, "here"), { metadata: { lvs: [] } }, "and it is plain JSON");
  t.end();
});

const by = { words: ["tm", "update", "é"], uid: 0, loginUid: 1000, host: "h" };

t.test("who made it stands in a page of its own", (t) => {
  const bytes = encodeEnvelope(envelope({ by }));
  const first = '{"by":{"words":["tm","update","\\u00e9"],"uid":0,"loginUid":1000,"host":"h"}'.padEnd(PAGE);
  const head = `,"members":["${id(1)}","${id(2)}"],"generation":3,"name":"vg","vgId":"${id(255)}","metadata":`;
  t.equal(bytes.toString(), `${first}${head.padEnd(PAGE)}{"lvs":[]}}`);
  t.match(parseDocument("envelope", bytes, "here"), { by, metadata: { lvs: [] } }, "and it is plain JSON");
  t.same(decodeEnvelope(bytes), envelope({ by }));
  t.same(decodeBy(bytes.subarray(0, PAGE)), by, "told by that page alone");
  const others: [string, Buffer][] = [
    ["an envelope without", encodeEnvelope(envelope())],
    ["half a page", bytes.subarray(0, PAGE - 1)],
    ["nothing", Buffer.alloc(0)],
    ["an unknown key", Buffer.from('{"by":{"words":[],"uid":0,"loginUid":0,"host":"","x":1}'.padEnd(PAGE))],
    ["a number too large", Buffer.from('{"by":{"words":[],"uid":1e99,"loginUid":0,"host":""}'.padEnd(PAGE))],
    ["other white space", Buffer.from('{"by": {"words":[],"uid":0,"loginUid":0,"host":""}'.padEnd(PAGE))],
  ];
  for (const [what, page] of others) t.equal(decodeBy(page), undefined, what);
  t.end();
});

t.test("both ways, the metadata byte for byte", (t) => {
  const metadata = fc
    .tuple(fc.json(), fc.stringMatching(/^[ \n]*$/), fc.stringMatching(/^[ \n]*$/))
    .map(([json, before, after]) => Buffer.from(`${before}${json}${after}`));
  const members = fc.uniqueArray(fc.nat().map(id), { minLength: 1, maxLength: 300 });
  const names = fc.stringMatching(/^[A-Za-z0-9+_.][A-Za-z0-9+_.-]{0,99}$/);
  fc.assert(
    fc.property(members, fc.nat(), names, metadata, (ids, generation, name, json) => {
      const given = envelope({ members: ids.sort(), generation, name, metadata: json });
      const decoded = decodeEnvelope(encodeEnvelope(given));
      t.same({ ...decoded, metadata: 0 }, { ...given, metadata: 0 });
      if (!decoded.metadata.equals(json)) throw new Error("the metadata came back in other bytes");
    }),
    { seed: 20260101, numRuns: 200 },
  );
  t.end();
});

t.test("members do not move the metadata until the head outgrows its pages", (t) => {
  const at = (count: number) =>
    encodeEnvelope(envelope({ members: Array.from({ length: count }, (_, n) => id(n)) })).indexOf('{"lvs"');
  t.equal(at(1), PAGE);
  t.equal(at(100), PAGE);
  t.equal(at(130), 2 * PAGE);
  t.equal(at(300), 4 * PAGE);
  t.equal(at(4096), 64 * PAGE);
  t.end();
});

t.test("heads of every length about the ends of one and of two pages", (t) => {
  const base = encodeEnvelope(envelope({ members: [id(0)], name: "n" }))
    .toString()
    .trimEnd();
  const shortest = base.indexOf('"metadata":') + '"metadata":'.length;
  const memberBytes = id(0).length + 3;
  for (const pages of [1, 2]) {
    for (let length = pages * PAGE - 20; length <= pages * PAGE + 20; length += 1) {
      const count = Math.floor((length - shortest) / memberBytes);
      const name = "n".repeat(1 + length - shortest - count * memberBytes);
      const members = Array.from({ length: 1 + count }, (_, n) => id(n));
      const given = envelope({ members, name });
      const bytes = encodeEnvelope(given);
      const start = bytes.indexOf('{"lvs"');
      if (bytes.subarray(0, start).toString().trimEnd().length !== length) t.fail(`no head of ${length}`);
      t.equal(start, (length <= pages * PAGE ? pages : 2 * pages) * PAGE, `a head of ${length} bytes`);
      t.same(decodeEnvelope(bytes), given, `a head of ${length} bytes, read`);
      if (length <= pages * PAGE) continue;
      const short = Buffer.concat([bytes.subarray(0, start / 2), bytes.subarray(start)]);
      t.throws(() => decodeEnvelope(short), { code: "CORRUPT" }, `${length} bytes in a page too few`);
    }
  }
  t.end();
});

t.test("the key of the metadata is the head's own, and no other of that name", (t) => {
  const { members, generation, name, vgId } = envelope();
  const inner = `{"members":${JSON.stringify(members)},"x":{"y":0,"metadata":`;
  const rest = `1},"generation":${generation},"name":"${name}","vgId":"${vgId}","metadata":`;
  for (const head of [`${inner}${rest}`, `${inner.padEnd(PAGE)}${rest}`])
    t.throws(
      () =>
        decodeEnvelope(
          Buffer.from(`${head.padEnd(2 ** Math.ceil(Math.log2(Math.max(1, head.length / PAGE))) * PAGE)}{}}`),
        ),
      { code: "CORRUPT", message: /unknown key "x"/ },
      "the whole head was read",
    );
  t.end();
});

t.test("65,536 members and 16 MiB of metadata", (t) => {
  const members = Array.from({ length: 65536 }, (_, n) => id(n));
  const metadata = Buffer.alloc(16 << 20, '"x"');
  const decoded = decodeEnvelope(encodeEnvelope(envelope({ members, metadata })));
  t.equal(decoded.members.length, 65536);
  t.ok(decoded.metadata.equals(metadata));
  t.end();
});

t.test("what is no envelope", (t) => {
  const good = encodeEnvelope(envelope());
  const damaged = (change: (bytes: Buffer) => Buffer | undefined) => {
    const copy = Buffer.from(good);
    return change(copy) ?? copy;
  };
  const withHead = (head: string) => Buffer.from(`${`${head},"metadata":`.padEnd(PAGE)}{"lvs":[]}}`);
  const table: [string, Buffer][] = [
    ["nothing", Buffer.alloc(0)],
    ["zeros", Buffer.alloc(8192)],
    ["JSON of another kind", Buffer.from("[1,2,3]".padEnd(8192))],
    ["cut off in the head", good.subarray(0, 100)],
    ["cut off after the head", good.subarray(0, PAGE)],
    ["only the brace behind the head", good.subarray(0, PAGE + 1)],
    ["the last byte lost", encodeEnvelope(envelope({ metadata: Buffer.from("[]") })).subarray(0, -1)],
    ["something between head and metadata", damaged((bytes) => void bytes.write("1", PAGE - 1))],
    ["NUL between head and metadata", damaged((bytes) => void bytes.writeUInt8(0, PAGE - 1))],
    ["a head that is no JSON", damaged((bytes) => void bytes.write("[", 0))],
    ["a bad id", damaged((bytes) => void bytes.write("X", 20))],
    ["no members", withHead(`{"members":[],"generation":3,"name":"vg","vgId":"${id(1)}"`)],
    [
      "an unknown key",
      withHead(`{"members":["${id(1)}"],"generation":3,"name":"vg","vgId":"${id(1)}","x":1`),
    ],
    ["a prototype", withHead(`{"members":["${id(1)}"],"__proto__":3,"name":"vg","vgId":"${id(1)}"`)],
    ["a key missing", withHead(`{"members":["${id(1)}"],"generation":3,"name":"vg"`)],
    ["other white space", withHead(`{"members":["${id(1)}"], "generation":3,"name":"vg","vgId":"${id(1)}"`)],
    [
      "members unsorted",
      withHead(`{"members":["${id(2)}","${id(1)}"],"generation":3,"name":"vg","vgId":"${id(1)}"`),
    ],
    [
      "members twice",
      withHead(`{"members":["${id(1)}","${id(1)}"],"generation":3,"name":"vg","vgId":"${id(1)}"`),
    ],
    [
      "a generation beyond 2^53",
      withHead(`{"members":["${id(1)}"],"generation":1e17,"name":"vg","vgId":"${id(1)}"`),
    ],
  ];
  for (const [what, bytes] of table) t.throws(() => decodeEnvelope(bytes), { code: "CORRUPT" }, what);
  t.end();
});

t.test("any byte of the head changed: corrupt, or a value that differs and is valid", (t) => {
  const good = encodeEnvelope(envelope({ by }));
  for (let at = 0; at < 2 * PAGE; at += 1) {
    const bytes = Buffer.from(good);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    try {
      const { metadata, ...head } = decodeEnvelope(bytes);
      const was = { by, members: [id(1), id(2)], generation: 3, name: "vg", vgId: id(255) };
      t.notSame(head, was, `byte ${at}`);
      t.equal(metadata.toString(), '{"lvs":[]}');
    } catch (error) {
      t.ok(error instanceof DvmError && error.code === "CORRUPT", `byte ${at}`);
    }
  }
  t.end();
});
