/**
 * What holds for every volume type that the index lists. A new one needs a row of MANGLED, and nothing else
 * here.
 */
import { readFileSync } from "node:fs";
import t from "tap";
import type { Verb } from "../../../src/applets/applet.ts";
import { manip } from "../../../src/applets/manip.ts";
import { desiredState } from "../../../src/core/volactivate/desired.ts";
import { learnPlaces } from "../../../src/core/volactivate/learn.ts";
import { liveLvs } from "../../../src/core/volactivate/live.ts";
import { byDev, placesOf } from "../../../src/core/volactivate/places.ts";
import { checkMetadata } from "../../../src/core/volume/check.ts";
import { components, lengthOf, runsIn } from "../../../src/core/volume/model.ts";
import { copiesOf } from "../../../src/core/volume/roles.ts";
import { serialise } from "../../../src/core/volume/serialise.ts";
import { creations, kindOf, volumeTypes } from "../../../src/core/volume/types/index.ts";
import { LONGEST_LAYER } from "../../../src/core/volume/types/type.ts";
import {
  type Discovery,
  type Metadata,
  parseDocument,
  type Segment,
  schemaOf,
} from "../../../src/schema/index.ts";
import { changed, lvOf, pvId, vgOf } from "../../lib/volumes.ts";

/** For each type, what is wrong with a segment of it, and what the check says. */
const MANGLED: Readonly<Record<string, { readonly more: object; readonly says: RegExp }>> = {
  linear: { more: { area: { pv: "f".repeat(32), start: 0 } }, says: /not in the VG/ },
  striped: { more: { stripeSize: 48 }, says: /stripe size/ },
  raid0: { more: { stripeSize: 24 }, says: /stripe size/ },
  raid1: { more: { regionSize: 3 }, says: /region size/ },
  raid4: { more: { regionSize: 64 }, says: /region size/ },
  raid5: { more: { stripeSize: 4 }, says: /stripe size/ },
  raid6: { more: { stripeSize: 16384 }, says: /no multiple of the stripe size|region size/ },
  raid10: { more: { copies: 3 }, says: /3 copies/ },
};

const EXTENTS = 12;
const EXTENT_SIZE = 8192;

const optionsOf = (words: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    words.flatMap((word, at) => (word.startsWith("--") ? [[word.slice(2), words[at + 1] ?? ""]] : [])),
  );

const discovery: Discovery = {
  vg: { id: "", name: "vg", generation: 1 },
  devices: [0, 1, 2, 3, 4, 5].map((n) => ({
    id: pvId(n),
    path: `/dev/sd${n}`,
    dev: `8:${n}0`,
    size: 100_000_000,
    blockBytes: 512,
    dataStart: 2048 + n,
    dataLength: 50_000_000,
    regions: [],
  })),
  regions: [],
  missing: { count: 0 },
  duplicates: [],
};

const desired = (metadata: Metadata) =>
  desiredState({
    metadata,
    discovery: { ...discovery, vg: { ...discovery.vg, id: metadata.vg.id } },
    lvs: [],
    partial: false,
    paths: false,
  }).devices;

const withMore = (metadata: Metadata, more: object): Metadata => ({
  ...metadata,
  lvs: metadata.lvs.map((lv) => ({
    ...lv,
    segments: lv.segments.map((segment) => ({ ...segment, ...more }) as Segment),
  })),
});

for (const [type, create] of volumeTypes().flatMap((each) =>
  each.creates.map((kind) => [each, kind] as const),
)) {
  const { name } = create;
  t.test(name, async (t) => {
    const words = { name: "a", type: name, ...optionsOf(create.example) };
    const metadata = changed(vgOf(100, 100, 100, 100, 100, 100), "create-lv", { ...words, extents: EXTENTS });
    const lv = lvOf(metadata, "a");
    const [segment] = lv.segments;
    if (!segment) throw new Error("there is no segment");

    t.same(
      lv.segments.map((each) => [each.type, kindOf(each)]),
      [[type.name, name]],
      "the words of its help make one",
    );
    const meant = { name: "a", ...optionsOf(create.example), extents: EXTENTS };
    const other = lvOf(changed(vgOf(100, 100, 100, 100, 100, 100), "create-lv", meant), "a");
    t.same(other.segments, lv.segments, "which they do without --type");
    t.equal(lengthOf(lv), EXTENTS);

    const text = serialise(metadata);
    const read = parseDocument("metadata", text, "of the test");
    t.same(read.lvs[0]?.segments, lv.segments, "its text reads as it was");
    t.ok(serialise(read).equals(text), "and is written as it was");

    const length = EXTENTS / type.width(segment);
    for (const run of type.runs(segment)) t.equal(run.length, length, "runs have their share of the length");
    for (const part of type.parts(segment)) {
      if (part.holds === "content")
        t.equal(lengthOf(part), length, `${part.layer} has its share of the length`);
      t.ok(part.layer.length <= LONGEST_LAYER.length, `${part.layer} is short enough`);
    }
    const layers = components(lv).map(({ layer }) => layer);
    t.equal(new Set(layers).size, layers.length, "no two components have one name");

    for (const [index, { table }] of desired(metadata).entries()) {
      let end = 0;
      for (const line of table ?? []) {
        t.equal(line.start, end, "tables have no holes");
        end += line.length;
      }
      t.equal(end, lengthOf(components(lv)[index] ?? lv) * EXTENT_SIZE, "and cover the whole device");
    }

    for (const { pieces } of copiesOf(lv)) {
      let end = 0;
      for (const piece of pieces) {
        t.equal(piece.start, end, "pieces of a copy have no holes");
        end = piece.end;
      }
      t.equal(
        end * (type.legs ? type.width(segment as Segment) : 1),
        EXTENTS,
        "and cover the LV, or their share",
      );
    }
  });

  t.test(`${name}: what is wrong is told`, async (t) => {
    const words = { name: "a", type: name, ...optionsOf(create.example) };
    const metadata = changed(vgOf(100, 100, 100, 100, 100, 100), "create-lv", { ...words, extents: EXTENTS });
    const { more, says } = MANGLED[name] ?? { more: {}, says: /there is a row of MANGLED/ };
    t.throws(() => checkMetadata(withMore(metadata, more), "BAD_INPUT"), { message: says });
  });

  t.test(`${name}: longer and shorter again`, async (t) => {
    const words = { name: "a", type: name, ...optionsOf(create.example) };
    const made = changed(vgOf(100, 100, 100, 100, 100, 100), "create-lv", { ...words, extents: EXTENTS });
    const longer = changed(made, "extend-lv", { name: "a", extents: 3 * EXTENTS });
    t.equal(lengthOf(lvOf(longer, "a")), 3 * EXTENTS);
    const [segment] = lvOf(made, "a").segments as [Segment];
    if (type.key(segment) === type.key({ ...segment, length: 3 * EXTENTS }))
      t.equal(lvOf(longer, "a").segments.length, 1, "what goes on is in one segment");
    const shorter = changed(longer, "reduce-lv", { name: "a", extents: EXTENTS });
    t.same(lvOf(shorter, "a").segments, lvOf(made, "a").segments);
  });

  t.test(`${name}: a live table tells where its runs are`, async (t) => {
    const words = { name: "a", type: name, ...optionsOf(create.example) };
    const metadata = changed(vgOf(100, 100, 100, 100, 100, 100), "create-lv", { ...words, extents: EXTENTS });
    const there = { ...discovery, vg: { ...discovery.vg, id: metadata.vg.id } };
    const { of } = placesOf(metadata, there, byDev(new Map()));
    const live = liveLvs({ devices: desired(metadata) }, metadata);
    const none = placesOf(metadata, { ...there, devices: [] }, byDev(new Map()));
    const learned = learnPlaces(metadata, live, none);
    for (const { pv } of runsIn(lvOf(metadata, "a").segments))
      t.match(learned.get(pv), { token: of.get(pv)?.token, dataStart: of.get(pv)?.dataStart });
  });
}

t.test("the schema of the metadata has the segment of every type, the format's page a row", async (t) => {
  const { definitions } = (await schemaOf("metadata")) as { definitions: Record<string, Segments> };
  const names = volumeTypes()
    .map(({ name }) => name as string)
    .sort();
  t.same(definitions["segment"]?.if.properties.type.enum.toSorted(), names);
  t.same(definitions["segment"]?.then.oneOf.map(({ $ref }) => $ref.split("/").at(-1)).sort(), names);
  const page = readFileSync(new URL("../../../docs/format-metadata.md", import.meta.url), "utf8");
  for (const name of names) t.match(page, new RegExp(`^\\| \`${name}\` +\\| `, "m"));
});

/** What the schema says of segments. */
interface Segments {
  readonly if: { readonly properties: { readonly type: { readonly enum: readonly string[] } } };
  readonly then: { readonly oneOf: readonly { readonly $ref: string }[] };
}

t.test("help has the options of every type, and names each", async (t) => {
  const verbs: readonly Verb[] = manip.verbs;
  const options = verbs.find(({ name }) => name === "create-lv")?.options ?? {};
  for (const { name, options: own } of creations()) {
    t.match(options["type"]?.summary, new RegExp(`\\b${name}\\b`));
    for (const [option, { summary }] of Object.entries(own))
      t.equal(options[option]?.summary, summary, `--${option}`);
  }
});
