import fc from "fast-check";
import t from "tap";
import { allRuns } from "../../../src/core/volume/model.ts";
import { serialise } from "../../../src/core/volume/serialise.ts";
import { type Metadata, parseDocument } from "../../../src/schema/index.ts";
import { batched, changed, lvOf, pvId, shown, vgOf } from "../../lib/volumes.ts";

const start = (metadata: Metadata, given: object) => changed(metadata, "move", { name: "a", ...given });
const finish = (metadata: Metadata) => changed(metadata, "move", { name: "a", finish: true });
const abort = (metadata: Metadata) => changed(metadata, "move", { name: "a", abort: true });

const linear = changed(vgOf(20, 20, 20), "create-lv", { name: "a", extents: "8", pv: [pvId(0)] });
const stripes = changed(vgOf(20, 20, 20, 20), "create-lv", {
  name: "a",
  extents: "8",
  stripes: 2,
  pv: [pvId(0), pvId(1)],
});
const raid1 = changed(vgOf(20, 20, 20), "create-lv", { name: "a", extents: "8", mirrors: 1 });

for (const [name, before, given, stage, after] of [
  [
    "a linear LV",
    linear,
    { from: pvId(0), to: [pvId(2)] },
    ["0: current from 8@0 meta 1@0", "1: rebuild to 8@2 meta 1@2"],
    ["linear 8@2"],
  ],
  [
    "stripes, which stay stripes",
    stripes,
    { from: pvId(0), to: [pvId(2), pvId(3)] },
    ["0: current from 8@0|1 meta 1@0", "1: rebuild to 8@2|3 meta 1@2"],
    ["striped 8@2|3"],
  ],
  [
    "one leg of a raid1",
    raid1,
    { from: pvId(0) },
    ["0: current from 8@0 meta 1@0", "1: current 8@1 meta 1@1", "2: rebuild to 8@2 meta 1@2"],
    ["1: current 8@1 meta 1@1", "2: current 8@2 meta 1@2"],
  ],
] as const) {
  t.test(`moves ${name}`, async (t) => {
    const moving = start(before, given);
    t.same(shown(moving, "a"), stage);
    t.same(shown(finish(moving), "a"), after);
    t.same(lvOf(abort(moving), "a"), lvOf(before, "a"), "and back");
  });
}

t.test("while it moves", async (t) => {
  const moving = start(linear, { from: pvId(0) });
  for (const [verb, given] of [
    ["reduce-lv", { extents: "-1" }],
    ["mirror", { mirrors: 2 }],
    ["move", { from: pvId(0) }],
    ["convert", { type: "striped", stripes: 2 }],
  ] as const)
    t.throws(() => changed(moving, verb, { name: "a", ...given }), {
      code: "IN_USE",
      message: /being moved/,
    });
  t.same(shown(changed(moving, "rename-lv", { name: "a", to: "b" }), "b"), shown(moving, "a"));
  t.same(changed(moving, "remove-lv", { name: "a" }).lvs, []);
});

t.test("what is refused", async (t) => {
  const stale = {
    ...start(linear, { from: pvId(0) }),
  };
  const [segment] = lvOf(stale, "a").segments;
  const legs = segment?.type === "raid" ? segment.legs : [];
  const withStates = (from: "current" | "stale", to: "current" | "stale" | "rebuild"): Metadata => ({
    ...stale,
    lvs: [
      {
        ...lvOf(stale, "a"),
        segments: [
          { ...segment, legs: legs.map((leg) => ({ ...leg, state: leg.move === "from" ? from : to })) },
        ] as Metadata["lvs"][number]["segments"],
      },
    ],
  });
  for (const [metadata, given, code, message] of [
    [linear, {}, "USAGE", /either --from, --finish or --abort/],
    [linear, { from: pvId(0), finish: true }, "USAGE", /either/],
    [linear, { from: pvId(9) }, "NOT_FOUND", /no PV/],
    [linear, { from: pvId(0), to: [pvId(0)] }, "NO_SPACE", /nothing is free/],
    [linear, { from: pvId(0), to: [pvId(0)], policy: "anywhere" }, "NO_SPACE", /nothing is free/],
    [raid1, { from: pvId(0), to: [pvId(1)] }, "NO_SPACE", /nothing is free/],
    [raid1, { from: pvId(0), "region-size": "1M" }, "USAGE", /no copies/],
    [withStates("current", "stale"), { finish: true }, "WOULD_LOSE_DATA", /missed writes/],
    [withStates("stale", "current"), { abort: true }, "WOULD_LOSE_DATA", /current copy/],
  ] as const)
    t.throws(() => start(metadata, given), { code, message }, `${message}`);
});

t.test("documents that are wrong about a move", async (t) => {
  const moving = start(raid1, { from: pvId(0) });
  const edit = (change: (text: string) => string) =>
    parseDocument("metadata", Buffer.from(change(String(serialise(moving)))), "edited");
  const used = (metadata: Metadata) => changed(metadata, "tag", { add: ["x"] });
  t.ok(used(edit((text) => text)));
  for (const [change, message] of [
    [(text: string) => text.replace('"move":"from",', ""), /0 legs move to the places of 1/],
    [(text: string) => text.replace('"move":"to",', ""), /1 legs move to the places of 0/],
    [(text: string) => text.replace('"current","move"', '"current","number":1,"move"'), /leg number twice/],
  ] as const)
    t.throws(() => used(edit(change)), { code: "BAD_INPUT", message });
  t.throws(() => edit((text) => text.replace('"move":"to"', '"move":"up"')), { code: "BAD_INPUT" });
});

t.test("what a change frees is not taken again before it is committed", async (t) => {
  const full = changed(vgOf(8), "create-lv", { name: "a", extents: "8" });
  const swap = [
    { verb: "remove-lv", name: "a" },
    { verb: "create-lv", name: "b", extents: "8" },
  ];
  t.throws(() => batched(full, swap), { code: "NO_SPACE", message: /change 2 \(create-lv\)/ });
  const removed = changed(full, "remove-lv", { name: "a" });
  t.same(shown(changed(removed, "create-lv", { name: "b", extents: "8" }), "b"), ["linear 8@0"]);
});

/** Whatever is done to copies, every leg keeps all of the LV, and no leg's device comes to mean another. */
t.test("random histories of copies", async (t) => {
  const step = fc.oneof(
    fc.record({ verb: fc.constant("mirror"), mirrors: fc.integer({ min: 0, max: 3 }) }),
    fc.record({ verb: fc.constant("mirror"), synced: fc.constant(true) }),
    fc.record({ verb: fc.constant("move"), from: fc.integer({ min: 0, max: 5 }).map(pvId) }),
    fc.record({ verb: fc.constant("move"), finish: fc.constant(true) }),
    fc.record({ verb: fc.constant("move"), abort: fc.constant(true) }),
    fc.record({ verb: fc.constant("extend-lv"), extents: fc.constant("+2") }),
  );
  let done = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 25 }), (steps) => {
      let metadata = changed(vgOf(12, 30, 9, 30, 30, 30), "create-lv", { name: "a", extents: "6" });
      for (const { verb, ...given } of steps) {
        const before = metadata;
        try {
          metadata = changed(metadata, verb, { name: "a", ...given });
        } catch (error) {
          const { code } = error as { code?: string };
          if (code === "BUG" || code === undefined) throw error;
          continue;
        }
        done += 1;
        refuseReuse(before, metadata);
      }
    }),
    { seed: 14, numRuns: 300 },
  );
  t.ok(done > 1000, `${done} changes made`);
});

function refuseReuse(before: Metadata, after: Metadata): void {
  const imagesOf = (metadata: Metadata): Map<number, string> => {
    const [segment] = lvOf(metadata, "a").segments;
    const legs = segment?.type === "raid" ? segment.legs : [];
    return new Map(
      legs.map(({ number, image }, index) => [
        number ?? index,
        JSON.stringify(image[0]?.type === "linear" && image[0].area),
      ]),
    );
  };
  const was = imagesOf(before);
  for (const [number, place] of imagesOf(after)) {
    const old = was.get(number);
    if (old !== undefined && old !== place) throw new Error(`leg ${number} was ${old} and is ${place}`);
  }
  const old = new Set(
    allRuns(lvOf(before, "a")).flatMap(({ pv, start, length }) => extents(pv, start, length)),
  );
  const now = allRuns(lvOf(after, "a")).flatMap(({ pv, start, length }) => extents(pv, start, length));
  if (!now.some((extent) => old.has(extent))) throw new Error("nothing of the LV is where it was");
}

const extents = (pv: string, start: number, length: number): string[] =>
  Array.from({ length }, (_, index) => `${pv} ${start + index}`);
