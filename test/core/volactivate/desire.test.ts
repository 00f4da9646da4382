/** The dm devices of an LV, line by line. */
import t from "tap";
import { desiredState } from "../../../src/core/volactivate/desired.ts";
import type { Discovery, Lv, Metadata, Segment } from "../../../src/schema/index.ts";

const VG = "ab".repeat(16);
const LV = "cd".repeat(16);
const ES = 128;
const pv = (n: number): string => n.toString(16).padStart(32, "0");

const metadataOf = (segments: Segment[], more: Partial<Lv> = {}, vgName = "vg"): Metadata => ({
  format: "dvm-metadata",
  version: 1,
  vg: { id: VG, name: vgName, extentSize: ES, tags: [] },
  pvs: [1, 2, 3].map((n) => ({ id: pv(n), extents: 100, blockBytes: 512, tags: [], allocatable: true })),
  lvs: [{ id: LV, name: "lv", access: "rw", activate: true, tags: [], segments, ...more }],
});

/** Device n is 8:n0, its data begin at 1000·n. */
const discoveryOf = (...present: number[]): Discovery => ({
  vg: { id: VG, name: "vg", generation: 1 },
  devices: present.map((n) => ({
    id: pv(n),
    path: `/dev/sd${n}`,
    dev: `8:${n}0`,
    size: 100_000,
    blockBytes: 512,
    dataStart: 1000 * n,
    dataLength: 100 * ES,
    regions: [],
  })),
  regions: [],
  missing: { count: 0 },
  duplicates: [],
});

const linear = (n: number, at: number, start: number, length: number) => ({
  type: "linear" as const,
  start,
  length,
  area: { pv: pv(n), start: at },
});

function tables(
  metadata: Metadata,
  discovery: Discovery = discoveryOf(1, 2, 3),
  more: { partial?: boolean; paths?: boolean; lvs?: string[] } = {},
): string[] {
  const { devices } = desiredState({ metadata, discovery, lvs: [], partial: false, paths: false, ...more });
  return devices.map(({ name, uuid, table, readOnly }) => {
    const lines = (table ?? []).map(({ start, length, type, params }) =>
      `${start} ${length} ${type} ${params}`.trim(),
    );
    const layer = uuid.slice(`DVM-${VG}${LV}`.length);
    t.ok(uuid.startsWith(`DVM-${VG}${LV}`));
    return `${name}${layer && ` [${layer}]`}${readOnly ? " ro" : ""}: ${lines.join("; ")}`;
  });
}

const stripes: Segment = {
  type: "striped",
  start: 0,
  length: 6,
  stripeSize: 32,
  areas: [
    { pv: pv(1), start: 4 },
    { pv: pv(2), start: 0 },
  ],
};

const raid1 = (...states: ("current" | "rebuild" | "stale")[]): Segment => ({
  type: "raid",
  level: "raid1",
  start: 0,
  length: 4,
  regionSize: 64,
  legs: states.map((state, index) => ({
    state,
    image: [linear(index + 1, 10, 0, 4)],
    meta: [linear(index + 1, 0, 0, 5)],
  })),
});

t.test("linear", async (t) => {
  t.same(tables(metadataOf([linear(1, 0, 0, 3), linear(2, 7, 3, 1)])), [
    "vg-lv: 0 384 linear 8:10 1000; 384 128 linear 8:20 2896",
  ]);
  t.same(tables(metadataOf([linear(1, 0, 0, 3)], { access: "ro" })), ["vg-lv ro: 0 384 linear 8:10 1000"]);
  t.same(tables(metadataOf([linear(1, 0, 0, 3)]), discoveryOf(1, 2, 3), { paths: true }), [
    "vg-lv: 0 384 linear /dev/sd1 1000",
  ]);
});

t.test("names are mangled", async (t) => {
  t.same(tables(metadataOf([linear(1, 0, 0, 1)], { name: "a-b--c" }, "v-g")), [
    "v--g-a--b----c: 0 128 linear 8:10 1000",
  ]);
  t.match(
    tables(metadataOf([raid1("current", "current")], { name: "a-b" }))[0],
    /^vg-a--b-rimage_0 \[-rimage_0\]:/,
  );
});

t.test("striped, then linear", async (t) => {
  t.same(tables(metadataOf([stripes, linear(3, 1, 6, 2)])), [
    "vg-lv: 0 768 striped 2 32 8:10 1512 8:20 2000; 768 256 linear 8:30 3128",
  ]);
});

t.test("raid1", async (t) => {
  const parts = [0, 1].flatMap((leg) => [
    `vg-lv-rimage_${leg} [-rimage_${leg}]: 0 512 linear 8:${leg + 1}0 ${(leg + 1) * 1000 + 1280}`,
    `vg-lv-rmeta_${leg} [-rmeta_${leg}]: 0 640 linear 8:${leg + 1}0 ${(leg + 1) * 1000}`,
  ]);
  const members = [0, 1].map((leg) => `@vg-lv-rmeta_${leg} @vg-lv-rimage_${leg}`);
  t.same(tables(metadataOf([raid1("current", "current")])), [
    ...parts,
    `vg-lv: 0 512 raid raid1 3 0 region_size 64 2 ${members.join(" ")}`,
  ]);
  t.same(tables(metadataOf([raid1("current", "rebuild")])), [
    ...parts,
    `vg-lv: 0 512 raid raid1 5 0 rebuild 1 region_size 64 2 ${members.join(" ")}`,
  ]);
  t.same(
    tables(metadataOf([raid1("current", "stale")])),
    [...parts.slice(0, 2), `vg-lv: 0 512 raid raid1 3 0 region_size 64 2 ${members[0]} - -`],
    "a stale leg takes no part, though its device is there",
  );
});

t.test("a leg's number is in its names, its place in the table", async (t) => {
  const segment = raid1("current", "rebuild");
  if (segment.type !== "raid") throw new Error();
  const numbered = { ...segment, legs: segment.legs.map((leg, index) => ({ ...leg, number: 7 - index })) };
  const made = tables(metadataOf([numbered]));
  t.match(made[0], /^vg-lv-rimage_7 /);
  t.match(made.at(-1), / rebuild 1 .* @vg-lv-rmeta_7 @vg-lv-rimage_7 @vg-lv-rmeta_6 @vg-lv-rimage_6$/);
});

t.test("what is missing", async (t) => {
  const metadata = metadataOf([linear(1, 0, 0, 3), linear(2, 7, 3, 1)]);
  t.throws(() => tables(metadata, discoveryOf(1, 3)), {
    code: "INCOMPLETE",
    message: `LV lv needs PV ${pv(2)}, which is missing`,
    details: { lv: "lv", pvs: [pv(2)] },
  });
  t.same(tables(metadata, discoveryOf(1), { partial: true }), [
    "vg-lv ro: 0 384 linear 8:10 1000; 384 128 error",
  ]);
  t.same(tables(metadata, discoveryOf(1, 2), { partial: true }), [
    "vg-lv: 0 384 linear 8:10 1000; 384 128 linear 8:20 2896",
  ]);
  t.same(tables(metadataOf([stripes]), discoveryOf(2), { partial: true }), [
    "vg-lv-absent [-absent] ro: 0 384 error",
    "vg-lv ro: 0 768 striped 2 32 @vg-lv-absent 0 8:20 2000",
  ]);
  const raid = metadataOf([raid1("current", "current")]);
  t.throws(() => tables(raid, discoveryOf(2)), { code: "INCOMPLETE" });
  t.match(tables(raid, discoveryOf(2), { partial: true }), [
    /^vg-lv-rimage_1 /,
    /^vg-lv-rmeta_1 /,
    "vg-lv ro: 0 512 raid raid1 3 0 region_size 64 2 - - @vg-lv-rmeta_1 @vg-lv-rimage_1",
  ]);
  t.match(
    tables(metadataOf([raid1("current", "rebuild", "current")]), discoveryOf(2, 3), { partial: true }).at(-1),
    "vg-lv ro: 0 512 raid raid1 3 0 region_size 64 3 - - - - @vg-lv-rmeta_2 @vg-lv-rimage_2",
  );
  t.same(
    tables(metadataOf([raid1("current", "rebuild")]), discoveryOf(2), { partial: true }),
    ["vg-lv ro: 0 512 error"],
    "a copy that was never complete is not read",
  );
  t.match(tables(metadataOf([raid1("stale", "current")]), discoveryOf(2)).at(-1), / 2 - - @vg-lv-rmeta_1/);
});

t.test("a device that must not be used counts as missing", async (t) => {
  const metadata = metadataOf([linear(1, 0, 0, 3)]);
  const twice = { ...discoveryOf(1, 2), duplicates: [{ id: pv(1), paths: ["/dev/sd1", "/dev/sd9"] }] };
  t.throws(() => tables(metadata, twice), {
    code: "INCOMPLETE",
    message: /is there more than once: \/dev\/sd1, \/dev\/sd9/,
  });
  const short = discoveryOf(1, 2);
  short.devices[0] = { ...discoveryOf(1).devices[0], dataLength: 100 * ES - 1 } as never;
  t.throws(() => tables(metadata, short), {
    code: "INCOMPLETE",
    message: /more than \/dev\/sd1 has room for/,
  });
});

t.test("choosing LVs", async (t) => {
  const metadata = metadataOf([linear(1, 0, 0, 3)]);
  metadata.lvs.push({
    ...metadata.lvs[0],
    id: "ef".repeat(16),
    name: "other",
    segments: [linear(2, 0, 0, 1)],
  } as Lv);
  const state = (lvs: string[]) =>
    desiredState({ metadata, discovery: discoveryOf(1), lvs, partial: false, paths: false });
  t.match(state(["lv"]), { scope: [`DVM-${VG}${LV}`], devices: [{ name: "vg-lv" }] });
  t.equal(state([LV, "lv"]).devices.length, 1);
  t.throws(() => state(["nobody"]), { code: "NOT_FOUND", message: "VG vg has no LV nobody" });
  t.throws(() => state([]), { code: "INCOMPLETE" });
});

t.test("what a newer program made", async (t) => {
  const metadata = metadataOf([{ type: "holographic", start: 0, length: 2, by: 3 } as unknown as Segment]);
  t.throws(() => tables(metadata), {
    code: "UNSUPPORTED",
    message: /LV lv has segments that a newer dvm made/,
  });
  t.throws(() => tables({ ...metadataOf([]), lvs: [], version: 2 } as unknown as Metadata), {
    code: "UNSUPPORTED",
  });
});
