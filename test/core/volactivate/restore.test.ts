/** What restore makes of an earlier state, as rows: metadata in, metadata out. */
import t from "tap";
import { restore } from "../../../src/core/volactivate/restore.ts";
import { account, forget, nextRevision } from "../../../src/core/volume/freed.ts";
import type { Leg, Lv, Metadata } from "../../../src/schema/index.ts";
import { VG_ID, VolumeWorld } from "../../lib/volume-world.ts";

const MIRRORED = { name: "m", extents: "4", mirrors: 1 };

const legsOf = (lv: Lv): readonly Leg[] => (lv.segments[0]?.type === "raid" ? lv.segments[0].legs : []);

/** The states of an LV's legs; of one without legs `linear` or `striped`. */
const shape = (lv: Lv): string =>
  legsOf(lv)
    .map(({ state }) => state)
    .join(" ") ||
  (lv.segments[0]?.type ?? "");

/** A leg of the LV in another state, as recovery and synchronisation make it. */
const marked = (world: VolumeWorld, leg: number, state: Leg["state"]): Metadata => {
  const { metadata, chance } = world;
  const lv = world.lv("m");
  const legs = legsOf(lv).map((each, index) => (index === leg ? { ...each, state } : each));
  const [segment] = lv.segments;
  const next = { ...lv, segments: [{ ...segment, legs }] } as Lv;
  return account(
    metadata,
    { ...metadata, lvs: metadata.lvs.map((each) => (each === lv ? next : each)) },
    chance,
  );
};

interface Row {
  readonly what: string;
  readonly lv?: Record<string, unknown>;
  /** What happens after the state that is restored. */
  readonly since: (world: VolumeWorld) => readonly (() => Metadata)[];
  /** The LV as it comes back, or how it is refused. */
  readonly gives: string | RegExp;
}

const run = (world: VolumeWorld, verb: string, options: Record<string, unknown>) => () =>
  world.manip(verb, options);
const removed = (world: VolumeWorld) => run(world, "remove-lv", { name: "m" });

const rows: readonly Row[] = [
  { what: "nothing", lv: MIRRORED, since: () => [], gives: "current current" },
  { what: "it goes", lv: MIRRORED, since: (w) => [removed(w)], gives: "current current" },
  {
    what: "a leg misses writes, then all goes",
    lv: MIRRORED,
    since: (w) => [() => marked(w, 1, "stale"), removed(w)],
    gives: "current rebuild",
  },
  {
    what: "the first leg is being rebuilt when all goes",
    lv: MIRRORED,
    since: (w) => [() => marked(w, 0, "rebuild"), removed(w)],
    gives: "rebuild current",
  },
  {
    what: "a leg misses writes and is rebuilt, then all goes",
    lv: MIRRORED,
    since: (w) => [() => marked(w, 1, "stale"), () => marked(w, 1, "current"), removed(w)],
    gives: "current current",
  },
  {
    what: "a leg misses writes",
    lv: MIRRORED,
    since: (w) => [() => marked(w, 1, "stale")],
    gives: "current stale",
  },
  {
    what: "a leg is dropped",
    lv: MIRRORED,
    since: (w) => [run(w, "mirror", { name: "m", mirrors: 0 })],
    gives: "current rebuild",
  },
  {
    what: "a leg is dropped, then the LV goes",
    lv: MIRRORED,
    since: (w) => [run(w, "mirror", { name: "m", mirrors: 0 }), removed(w)],
    gives: /LV m cannot have its data back/,
  },
  {
    what: "a leg is dropped and its place used, then both go at once",
    lv: MIRRORED,
    since: (w) => [
      run(w, "mirror", { name: "m", mirrors: 0 }),
      run(w, "create-lv", { name: "x", extents: "100%FREE" }),
      () => w.batch({ verb: "remove-lv", name: "x" }, { verb: "remove-lv", name: "m" }),
    ],
    gives: /LV m cannot have its data back/,
  },
  {
    what: "a leg is dropped and another LV lies there",
    lv: MIRRORED,
    since: (w) => [
      run(w, "mirror", { name: "m", mirrors: 0 }),
      run(w, "create-lv", { name: "x", extents: "100%FREE", policy: "anywhere" }),
    ],
    gives: "current rebuild",
  },
  {
    what: "it gets shorter",
    lv: MIRRORED,
    since: (w) => [run(w, "reduce-lv", { name: "m", extents: "2" })],
    gives: "current current",
  },
  {
    what: "it gets shorter, and then one leg misses writes",
    lv: MIRRORED,
    since: (w) => [run(w, "reduce-lv", { name: "m", extents: "2" }), () => marked(w, 1, "stale")],
    gives: "current stale",
  },
  {
    what: "one leg misses writes, then it gets shorter",
    lv: MIRRORED,
    since: (w) => [
      () => marked(w, 1, "stale"),
      run(w, "reduce-lv", { name: "m", extents: "2" }),
      () => marked(w, 1, "current"),
    ],
    gives: "current rebuild",
  },
  {
    what: "it gets shorter, then goes",
    since: (w) => [run(w, "reduce-lv", { name: "m", extents: "2" }), removed(w)],
    gives: /LV m cannot have its data back/,
  },
  {
    what: "stripes get shorter",
    lv: { name: "m", extents: "9", stripes: 3 },
    since: (w) => [run(w, "reduce-lv", { name: "m", extents: "3" })],
    gives: "striped",
  },
  {
    what: "it gets shorter, longer, and shorter: its end had a life of its own",
    since: (w) => [
      run(w, "reduce-lv", { name: "m", extents: "2" }),
      run(w, "extend-lv", { name: "m", extents: "+100%FREE", policy: "anywhere" }),
      run(w, "reduce-lv", { name: "m", extents: "2" }),
    ],
    gives: /LV m cannot have its data back: extents 2\.\.4/,
  },
  {
    what: "it moves away",
    since: (w) => [
      run(w, "move", { name: "m", from: w.metadata.pvs[0]?.id }),
      () => marked(w, 1, "current"),
      run(w, "move", { name: "m", finish: true }),
    ],
    gives: /LV m lies elsewhere by now/,
  },
  {
    what: "it is moved, and goes before it has arrived",
    since: (w) => [run(w, "move", { name: "m", from: w.metadata.pvs[0]?.id }), removed(w)],
    gives: "linear",
  },
  {
    what: "the PVs are put in another VG's order",
    since: (w) => [() => ({ ...w.metadata, pvs: [...w.metadata.pvs].reverse() }), removed(w)],
    gives: "linear",
  },
];

for (const { what, lv = { name: "m", extents: "4" }, since, gives } of rows) {
  t.test(`since the state ${what}`, async (t) => {
    const world = new VolumeWorld();
    world.metadata = world.manip("create-lv", lv);
    const earlier = world.metadata;
    for (const step of since(world)) world.metadata = step();
    const allow = world.metadata.lvs.map(({ name }) => `remove:vg/${name}`);
    const restored = () => restore({ old: world.metadata, earlier, allow }, world.chance);
    if (gives instanceof RegExp) {
      t.throws(restored, { code: "WOULD_LOSE_DATA", message: gives });
      return;
    }
    t.equal(shape(world.lv("m", restored())), gives);
  });
}

t.test("states that are no past of this one", async (t) => {
  const world = new VolumeWorld();
  world.metadata = world.manip("create-lv", { name: "m", extents: "4" });
  const ours = world.manip("remove-lv", { name: "m" });
  const theirs = world.manip("remove-lv", { name: "m" });
  t.not(ours.revision, theirs.revision, "two halves do not count alike");
  t.ok((ours.revision ?? 0) > (world.metadata.revision ?? 0));

  const forgetful = forget(ours, world.chance);
  t.same(forgetful.freed, []);
  t.not(forgetful.revision, ours.revision);
  const back = (old: Metadata, earlier: Metadata) => () => restore({ old, earlier, allow: [] }, world.chance);
  t.doesNotThrow(back(ours, world.metadata));
  t.throws(back(forgetful, world.metadata), { code: "WOULD_LOSE_DATA" });
  const { revision: _, freed: __, ...unnumbered } = world.metadata;
  t.throws(back(ours, unnumbered), { code: "WOULD_LOSE_DATA" }, "a state of which no revision is known");
  const other = { ...world.metadata, vg: { ...world.metadata.vg, id: VG_ID.replaceAll("a", "c") } };
  t.throws(back(ours, other), { code: "BAD_INPUT", message: /not of vg/ });
  t.equal(nextRevision(5, { bytes: (n) => Buffer.alloc(n), id: () => "" }), 6, "always more");
});

t.test(
  "at most 256 runs are listed, the oldest are forgotten, and allocation takes the oldest first",
  async (t) => {
    const world = new VolumeWorld({ pvs: 1, extents: 700 });
    const names = Array.from({ length: 300 }, (_, n) => `lv${n}`);
    world.metadata = world.batch(
      ...names.flatMap((name) => [
        { verb: "create-lv", name, extents: 1 },
        { verb: "create-lv", name: `${name}-beside`, extents: 1 },
      ]),
    );
    const at = new Map(world.metadata.lvs.map(({ name, segments: [first] }) => [name, first]));
    const placeOf = (name: string) => {
      const segment = at.get(name);
      return segment?.type === "linear" ? segment.area.start : -1;
    };
    for (const name of names) world.metadata = world.manip("remove-lv", { name });
    const { freed = [] } = world.metadata;
    t.equal(freed.length, 256);
    t.same(
      freed.map(({ start }) => start),
      names.slice(-256).map(placeOf),
      "the longest free first",
    );
    world.metadata = world.manip("create-lv", { name: "all", extents: "144" });
    t.equal(world.metadata.freed?.length, 256, "as long as there are others");
    world.metadata = world.manip("create-lv", { name: "one", extents: "1" });
    t.same(world.metadata.freed, freed.slice(1), "then the one that has been free longest");
    world.metadata = world.manip("create-lv", { name: "rest", extents: "100%FREE" });
    t.same(world.metadata.freed, []);
  },
);

t.test("what a document may not say of free extents", async (t) => {
  const world = new VolumeWorld();
  const { metadata } = world;
  const pv = metadata.pvs[0]?.id ?? "";
  const run = { pv, start: 0, length: 2, since: 1 };
  const table: [string, Metadata["freed"], RegExp][] = [
    ["of a PV that is not there", [{ ...run, pv: VG_ID }], /are not on PV/],
    ["beyond the end", [{ ...run, start: 63 }], /are not on PV/],
    ["twice", [run, { ...run, start: 1 }], /extent 1 of PV .* is listed twice/],
    ["in use", [{ ...run, start: 1 }], /are LV m's/],
  ];
  const lvs = world.manip("create-lv", { name: "m", extents: "2", pv }).lvs;
  for (const [what, freed, message] of table) {
    const wrong = { ...metadata, lvs: what === "in use" ? lvs : [], freed } as Metadata;
    t.throws(() => world.manip("tag", { add: ["t"] }, wrong), { code: "BAD_INPUT", message }, what);
  }
});
