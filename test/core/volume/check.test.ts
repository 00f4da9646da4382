/** What the schema cannot say of metadata: each contradiction is found, by name. */
import t from "tap";
import { checkMetadata } from "../../../src/core/volume/check.ts";
import type { Leg, Lv, Metadata, Segment } from "../../../src/schema/index.ts";
import { batched, lvOf, pvId, vgOf } from "../../lib/volumes.ts";

const base = batched(vgOf(40, 40, 40), [
  { verb: "create-lv", name: "lin", extents: 4, pv: [pvId(0)] },
  { verb: "create-lv", name: "str", extents: 6, stripes: 3 },
  { verb: "create-lv", name: "two", extents: 4, mirrors: 1, pv: [pvId(0), pvId(1)] },
]);

const withLv = (name: string, change: (lv: Lv) => Lv): Metadata => ({
  ...base,
  lvs: base.lvs.map((lv) => (lv.name === name ? change(lv) : lv)),
});
const withSegments = (name: string, change: (segments: Segment[]) => Segment[]): Metadata =>
  withLv(name, (lv) => ({ ...lv, segments: change(lv.segments) }));
const withSegment = (name: string, more: object): Metadata =>
  withSegments(name, ([first, ...rest]) => [{ ...first, ...more } as Segment, ...rest]);
const withLegs = (change: (legs: Leg[]) => object[]): Metadata =>
  withSegments("two", ([first]) =>
    first?.type === "raid" ? [{ ...first, legs: change(first.legs) as Leg[] }] : [],
  );
const withLeg = (more: (leg: Leg) => object): Metadata =>
  withLegs(([first, ...rest]) => (first ? [{ ...first, ...more(first) }, ...rest] : []));
const area = (start: number, pv = pvId(0)) => ({ pv, start });

const rows: [string, Metadata, RegExp][] = [
  ["a VG name that /dev has", { ...base, vg: { ...base.vg, name: "mapper" } }, /stands in \/dev/],
  ["a tag twice", { ...base, vg: { ...base.vg, tags: ["x", "x"] } }, /VG has a tag twice/],
  ["a PV twice", { ...base, pvs: [...base.pvs, ...base.pvs.slice(0, 1)] }, /PV 0+ stands twice/],
  ["an LV id twice", withLv("lin", (lv) => ({ ...lv, id: lvOf(base, "str").id })), /LV id .* stands twice/],
  ["an LV name twice", withLv("lin", (lv) => ({ ...lv, name: "str" })), /LV name str stands twice/],
  [
    "a name without room for its layers",
    withLv("lin", (lv) => ({ ...lv, name: "-a".repeat(50).slice(1) })),
    /longer than 127/,
  ],
  ["no segments", withSegments("lin", () => []), /LV lin has no segments/],
  ["a hole", withSegment("lin", { start: 1 }), /segment at extent 1 where 0 was due/],
  ["an empty segment", withSegment("lin", { length: 0 }), /empty segment/],
  ["beyond the PV", withSegment("lin", { area: area(37) }), /uses extents 37\.\.41 of PV 0+, beyond its end/],
  ["on no PV", withSegment("lin", { area: area(0, "f".repeat(32)) }), /uses PV f+, which is not in the VG/],
  [
    "on another's extent",
    withSegment("lin", { area: area(4) }),
    /LVs (lin|str|two) and (lin|str|two) both use extent \d+ of PV 0+/,
  ],
  [
    "on its own extent twice",
    withSegments("lin", () => [
      { type: "linear", start: 0, length: 2, area: area(0) },
      { type: "linear", start: 2, length: 2, area: area(1) },
    ]),
    /LV lin uses extent 1 of PV 0+ twice/,
  ],
  ["stripes that do not divide", withSegment("str", { length: 7 }), /7 extents cannot be striped over 3/],
  ["a stripe size that is none", withSegment("str", { stripeSize: 48 }), /stripe size 48/],
  [
    "a stripe size that does not divide",
    withSegment("str", { stripeSize: 32768 }),
    /no multiple of the stripe size/,
  ],
  [
    "no current leg",
    withLegs((legs) => legs.map((leg) => ({ ...leg, state: "stale" }))),
    /LV two has no current leg/,
  ],
  [
    "a short leg",
    withLeg(({ image }) => ({ image: image.map((each) => ({ ...each, length: 3 })) })),
    /leg 0 of LV two has 3 extents instead of 4/,
  ],
  ["a leg without metadata", withLeg(() => ({ meta: [] })), /the meta of leg 0 of LV two has no segments/],
  [
    "a striped leg that does not move",
    withLeg(() => ({
      image: [{ type: "striped", start: 0, length: 4, stripeSize: 8, areas: [area(30), area(30, pvId(2))] }],
    })),
    /is striped instead of linear/,
  ],
  ["a leg number twice", withLegs(([a, b]) => [{ ...a, number: 1 }, { ...b }]), /a leg number twice/],
  ["half a move", withLeg(() => ({ move: "from" })), /1 legs move to the places of 0/],
  ["a region size that is none", withSegment("two", { regionSize: 5000 }), /region size 5000/],
  ["a region larger than the LV", withSegment("two", { regionSize: 2 ** 20 }), /region size/],
  [
    "raid1 as a part",
    withSegments("two", (segments) => [...segments, { type: "linear", start: 4, length: 1, area: area(30) }]),
    /a raid1 segment is the whole of its LV/,
  ],
];

t.test("what contradicts itself", async (t) => {
  checkMetadata(base, "BUG");
  for (const [name, metadata, message] of rows)
    t.throws(() => checkMetadata(metadata, "BAD_INPUT"), { code: "BAD_INPUT", message }, name);
});
