/**
 * A reader that was made from docs/transactions.md and docs/format-metadata.md alone agrees with ours on
 * everything.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { toDvmError } from "../../../src/core/base/error.ts";
import { decodeEnvelope, encodeEnvelope } from "../../../src/core/tm/envelope.ts";
import { checkMetadata } from "../../../src/core/volume/check.ts";
import { requireKnown } from "../../../src/core/volume/known.ts";
import { lengthOf } from "../../../src/core/volume/model.ts";
import { serialise } from "../../../src/core/volume/serialise.ts";
import { type Metadata, parseDocument } from "../../../src/schema/index.ts";
import { python } from "../../lib/python.ts";
import { batched, changed, pvId, vgWithBlocks } from "../../lib/volumes.ts";

const reader = join(import.meta.dirname, "../../fixtures/read-metadata.py");
const needed = { skip: !python && "needs python3" };

interface Said {
  readonly head?: {
    readonly members: readonly string[];
    readonly generation: number;
    readonly by?: unknown;
  } | null;
  readonly lvs?: Readonly<Record<string, number>>;
  readonly laidOut?: boolean;
  readonly damaged?: string;
  readonly newer?: string;
}

/** What the other one makes of many. */
function theirs(directory: string, texts: readonly Buffer[], ...options: readonly string[]): readonly Said[] {
  const paths = texts.map((text, index) => {
    const path = join(directory, `text${index}`);
    writeFileSync(path, text);
    return path;
  });
  const { stdout, stderr, status } = spawnSync(python ?? "", [reader, ...options, ...paths], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return stdout
    .trim()
    .split("\n")
    .map((line): Said => JSON.parse(line));
}

const verdictOf = ({ damaged, newer }: Said) => (damaged ? "damaged" : newer ? "newer" : "fine");

/** What ours makes of the text of metadata. */
function ours(text: Buffer): string {
  try {
    const metadata = parseDocument("metadata", text, "of the test");
    requireKnown(metadata);
    checkMetadata(metadata, "BAD_INPUT");
    return "fine";
  } catch (thrown) {
    return toDvmError(thrown).code === "UNSUPPORTED" ? "newer" : "damaged";
  }
}

/** A VG with something of everything. */
function full(): Metadata {
  let made = vgWithBlocks([60, 512], [60, 512], [60, 4096], [50, 4096]);
  for (const [verb, given] of [
    ["create-lv", { name: "one", extents: "3" }],
    ["create-lv", { name: "two", extents: "6", stripes: 2, tag: ["a", "b-c"] }],
    ["create-lv", { name: "safe", extents: "4", mirrors: 1 }],
    ["create-lv", { name: "none", type: "raid0", stripes: 2, extents: "2" }],
    ["create-lv", { name: "five", type: "raid5", stripes: 2, extents: "4", policy: "anywhere" }],
    ["create-lv", { name: "ten", type: "raid10", stripes: 2, mirrors: 1, extents: "2", policy: "anywhere" }],
    ["create-lv", { name: "large", extents: "9", pv: [pvId(2)], inactive: true }],
    ["move", { name: "large", from: pvId(2), to: [pvId(3)] }],
    ["extend-lv", { name: "one", extents: "+20" }],
    ["create-lv", { name: "odd", extents: "3" }],
    ["convert", { name: "odd", type: "raid5", stripes: 2, policy: "anywhere" }],
    ["create-lv", { name: "new", extents: "2" }],
    ["convert", { name: "new", type: "raid10", stripes: 2, policy: "anywhere" }],
    ["convert", { name: "new", finish: true }],
    ["tag", { pv: [pvId(1)], add: ["ssd"] }],
  ] as const)
    made = changed(made, verb, given);
  return made;
}

t.test("both readers agree about metadata as it is written", needed, async (t) => {
  const many = batched(
    full(),
    Array.from({ length: 90 }, (_, n) => ({
      verb: "create-lv",
      name: `many-${n}`,
      extents: "1",
      policy: "anywhere",
      tag: Array.from({ length: n % 40 }, (_, tag) => `tag${tag}`),
    })),
  );
  // Holes: whole pages lose their records.
  const fewer = batched(
    many,
    Array.from({ length: 60 }, (_, n) => ({ verb: "remove-lv", name: `many-${(7 * n) % 90}` })),
  );
  const freed = { revision: 7, freed: [{ pv: pvId(3), start: 27, length: 2, since: 5 }] };
  const all = [vgWithBlocks([1, 512]), vgWithBlocks(), full(), many, fewer, { ...fewer, ...freed }];
  const texts = all.map(serialise);
  for (const [index, said] of theirs(t.testdir({}), texts, "--bare").entries()) {
    const metadata = all[index] as Metadata;
    t.match(said, { head: null, laidOut: true }, `document ${index}`, { said });
    t.same(said.lvs, Object.fromEntries(metadata.lvs.map((lv) => [lv.name, lengthOf(lv)])));
    t.equal(ours(texts[index] as Buffer), "fine");
  }
  t.ok((fewer.layout?.lvHoles.length ?? 0) > 0, "there are holes");
});

t.test("both readers agree about what contradicts itself", needed, async (t) => {
  const freed = { pv: pvId(3), start: 27, length: 2, since: 5 };
  const base = JSON.stringify({ ...full(), revision: 7, freed: [freed] });
  const rows: readonly (readonly [from: string | RegExp, to: string, verdict: string])[] = [
    ["", "", "fine"],
    ['"version":1', '"version":2', "newer"],
    ['"version":1', '"version":0', "damaged"],
    ['"version":1', '"version":1,"version":1', "damaged"],
    ['"extentSize":8192', '"extentSize":8196', "damaged"],
    ['"extentSize":8192', '"extentSize":8', "damaged"],
    ['"blockBytes":512', '"blockBytes":256', "damaged"],
    ['"blockBytes":512', '"blockBytes":1536', "damaged"],
    ['"blockBytes":512', '"blockBytes":65536', "fine"],
    ['"blockBytes":512,', "", "damaged"],
    ['"extents":60', '"extents":4', "damaged"],
    ['"extents":50', '"extents":9007199254740991', "damaged"],
    ['"name":"two"', '"name":"one"', "damaged"],
    ['"name":"two"', '"name":"-two"', "damaged"],
    ['"name":"two"', `"name":"${"a-".repeat(34)}"`, "fine"],
    ['"name":"two"', `"name":"${"a-".repeat(39)}"`, "damaged"],
    ['"name":"two"', `"name":"${"a".repeat(101)}"`, "damaged"],
    ['"tags":["ssd"]', '"tags":["ssd","ssd"]', "damaged"],
    ['"tags":["ssd"]', '"tags":["s d"]', "damaged"],
    ['"type":"striped"', '"type":"tangled"', "newer"],
    [/"stripeSize":\d+/, '"stripeSize":4', "damaged"],
    [/"stripeSize":\d+/, '"stripeSize":8192', "fine"],
    [/"stripeSize":\d+/, '"stripeSize":16384', "damaged"],
    [/"regionSize":\d+/, '"regionSize":3', "damaged"],
    [/"regionSize":\d+/, '"regionSize":65536', "damaged"],
    [/"state":"current"/g, '"state":"stale"', "damaged"],
    ['"state":"current"', '"state":"lost"', "damaged"],
    ['"level":"raid5"', '"level":"raid6"', "damaged"],
    ['"level":"raid5"', '"level":"raid4"', "fine"],
    ['"level":"raid5"', '"level":"raid7"', "damaged"],
    ['"level":"raid5"', '"level":"raid5","layout":"la"', "fine"],
    ['"level":"raid5"', '"level":"raid5","layout":"ls"', "damaged"],
    ['"level":"raid5"', '"level":"raid5","layout":"zr"', "damaged"],
    ['"level":"raid5"', '"level":"raid5","copies":2', "damaged"],
    ['"level":"raid5"', '"level":"raid1"', "damaged"],
    ['"level":"raid10"', '"level":"raid10","layout":"far"', "fine"],
    ['"level":"raid10"', '"level":"raid10","layout":"n"', "damaged"],
    ['"copies":2', '"copies":3', "damaged"],
    ['"meta":[]', '"meta":[{"type":"linear","start":0,"length":1,"area":{"pv":"x","start":0}}]', "damaged"],
    ['"move":"to",', "", "damaged"],
    ['"work":"move",', "", "damaged"],
    ['"work":"move"', '"work":"convert"', "fine"],
    ['"work":"move"', '"work":"play"', "damaged"],
    [/"device":\d+/, '"device":99', "fine"],
    [/"device":\d+/, '"device":4', "damaged"],
    [/"device":\d+/, '"device":100', "damaged"],
    ['"move":"to"', '"move":"from"', "damaged"],
    ['"move":"to"', '"move":"to","number":0', "damaged"],
    ['"move":"to"', '"move":"to","number":7', "fine"],
    ['"access":"rw"', '"access":"wo"', "damaged"],
    ['"activate":true', '"activate":1', "damaged"],
    [/"start":0,"length":/, '"start":1,"length":', "damaged"],
    ['"start":27', '"start":49', "damaged"],
    ['"start":27', '"start":0', "damaged"],
    ['"since":5', '"since":-5', "damaged"],
    ['"revision":7,', "", "damaged"],
    [`${JSON.stringify(freed)}`, `${JSON.stringify(freed)},${JSON.stringify(freed)}`, "damaged"],
    [/^\{/, '{"more":1,', "damaged"],
    [/\}$/, "", "damaged"],
    [/$/, " x", "damaged"],
  ];
  const texts = rows.map(([from, to]) => Buffer.from(base.replace(from, to)));
  for (const [index, said] of theirs(t.testdir({}), texts, "--bare").entries()) {
    const [from, to, verdict] = rows[index] as (typeof rows)[number];
    if (index > 0) t.not(texts[index]?.toString(), base, `${from} is there`);
    t.equal(verdictOf(said), verdict, `theirs: ${from} -> ${to}: ${said.damaged ?? ""}`);
    t.equal(ours(texts[index] as Buffer), verdict, `ours: ${from} -> ${to}`);
  }
});

t.test("both readers agree about envelopes", needed, async (t) => {
  const metadata = serialise(full());
  const ids = (count: number) => Array.from({ length: count }, (_, n) => pvId(n));
  const head = { generation: 0, name: "vg0", vgId: "ab".repeat(16) };
  const plain = encodeEnvelope({ ...head, members: ids(2), metadata });
  const by = { words: ["dvm", 'é \u007f " \n', "tag"], uid: 0, loginUid: 1000, host: "h" };
  const told = encodeEnvelope({ by, ...head, members: ids(2), metadata });
  const edit = (from: string, to: string, text = plain) =>
    Buffer.from(text.toString("latin1").replace(from, to), "latin1");
  const texts = [
    plain,
    ...[112, 113, 114, 115, 116, 117, 118, 300].map((n) =>
      encodeEnvelope({ ...head, members: ids(n), metadata }),
    ),
    plain.subarray(0, -1),
    plain.subarray(0, 4096),
    plain.subarray(1),
    edit('"generation":0', '"generation":00'),
    edit('"generation":0,', '"generation":-1,'),
    edit('"generation":0,', ' "generation":0,'),
    edit('"generation":0,"name":"vg0"', '"name":"vg0","generation":0'),
    edit(`["${pvId(0)}","${pvId(1)}"]`, `["${pvId(1)}","${pvId(0)}"]`),
    edit(`["${pvId(0)}","${pvId(1)}"]`, `["${pvId(1)}","${pvId(1)}"]`),
    edit(`["${pvId(0)}","${pvId(1)}"]`, "[]"),
    edit('"metadata":    ', '"metadata":  x '),
    edit('"name":"vg0"', '"name":"v/0"'),
    Buffer.concat([plain, Buffer.from("\n")]),
    Buffer.alloc(0),
    told,
    encodeEnvelope({ by: { ...by, cut: true, loginUid: null }, ...head, members: ids(112), metadata }),
    encodeEnvelope({ by, ...head, members: ids(300), metadata }),
    edit('"uid":0', '"uid":00', told),
    edit('"uid":0,', '"UID":0,', told),
    edit('"uid":0,"loginUid":1000', '"loginUid":1000,"uid":0', told),
    edit('"words":["dvm"', '"words": ["dvm"', told),
    edit("\\u00e9", "\\u00E9", told),
    edit(',"members"', '{"members"', told),
    edit(',"members"', ' ,"members"', told),
    edit('{"by"', ',"by"', told),
    told.subarray(4096),
    told.subarray(0, 8192),
  ];
  const said = theirs(t.testdir({}), texts);
  let fine = 0;
  for (const [index, text] of texts.entries()) {
    let mine: ReturnType<typeof decodeEnvelope> | undefined;
    try {
      mine = decodeEnvelope(text);
    } catch (thrown) {
      t.equal(toDvmError(thrown).code, "CORRUPT");
    }
    t.equal(verdictOf(said[index] ?? {}), mine ? "fine" : "damaged", `envelope ${index}`);
    if (!mine) continue;
    fine += 1;
    t.same(said[index]?.head?.members, mine.members);
    t.same(said[index]?.head?.by, mine.by);
    t.equal(said[index]?.laidOut, true, "the metadata stands where its pages begin");
  }
  t.equal(fine, 12);
});
