/** LVs of every level of raid, as the verbs make and change them. */
import t from "tap";
import { checkMetadata } from "../../../src/core/volume/check.ts";
import { legsOf, lengthOf, runsIn } from "../../../src/core/volume/model.ts";
import { changed, lvOf, pvId, vgOf } from "../../lib/volumes.ts";

const six = () => vgOf(100, 100, 100, 100, 100, 100);
const made = (words: Record<string, unknown>) =>
  changed(six(), "create-lv", { name: "r", extents: "12", ...words } as Parameters<typeof changed>[2]);

t.test("legs, lengths and places of each level", async (t) => {
  for (const [type, options, legs, image] of [
    ["raid0", { stripes: 3 }, 3, 4],
    ["raid1", { mirrors: 2 }, 3, 12],
    ["raid4", { stripes: 3 }, 4, 4],
    ["raid5", { stripes: 2 }, 3, 6],
    ["raid6", { stripes: 3 }, 5, 4],
    ["raid10", { stripes: 3, mirrors: 1 }, 6, 4],
    ["raid10", { stripes: 2, mirrors: 2 }, 6, 6],
  ] as const) {
    const metadata = made({ type, ...options });
    checkMetadata(metadata, "BUG");
    const all = legsOf(lvOf(metadata, "r"));
    t.equal(all.length, legs, type);
    t.equal(lengthOf(lvOf(metadata, "r")), 12);
    for (const leg of all) {
      t.equal(lengthOf({ segments: leg.image }), image);
      t.equal(leg.meta.length, type === "raid0" ? 0 : 1);
    }
    const pvs = all.map((leg) => runsIn([...leg.image, ...leg.meta])[0]?.pv);
    t.equal(new Set(pvs).size, legs, "each leg on a PV of its own");
  }
});

t.test("extents in whole rows, longer and shorter", async (t) => {
  const metadata = made({ type: "raid5", stripes: 5, extents: "11" });
  t.equal(lengthOf(lvOf(metadata, "r")), 15);
  const longer = changed(metadata, "extend-lv", { name: "r", extents: "+1" });
  t.equal(lengthOf(lvOf(longer, "r")), 20);
  const shorter = changed(longer, "reduce-lv", { name: "r", extents: "9" });
  t.equal(lengthOf(lvOf(shorter, "r")), 10);
  checkMetadata(shorter, "BUG");
});

t.test("what is asked for must be one", async (t) => {
  for (const [words, code, message] of [
    [{ type: "raid5" }, "USAGE", /raid5 LV needs --stripes of 2 to 63/],
    [{ type: "raid5", stripes: 1 }, "USAGE", /--stripes of 2 to 63/],
    [{ type: "raid6", stripes: 2 }, "USAGE", /raid6 LV needs --stripes of 3 to 62/],
    [{ type: "raid6", stripes: 1 }, "USAGE", /raid6 LV needs --stripes of 3 to 62/],
    [{ type: "raid0", stripes: 1 }, "USAGE", /raid0 LV needs --stripes of 2 to 64/],
    [{ type: "raid10", stripes: 4, mirrors: 1 }, "NO_SPACE", /8 PVs are needed, and 6 have room/],
    [{ type: "raid5", stripes: 2, "stripe-size": 2 ** 14 }, "USAGE", /--stripe-size .* extent/],
    [{ type: "raid4", stripes: 64 }, "USAGE", /--stripes of 2 to 63/],
    [{ type: "raid10", stripes: 2, mirrors: 0 }, "USAGE", /--mirrors of 1 to 9/],
    [{ type: "raid10", stripes: 40, mirrors: 1 }, "USAGE", /--stripes of 2 to 32/],
    [
      { type: "raid0", stripes: 2, "region-size": 4096 },
      "USAGE",
      /--region-size does not go with type raid0/,
    ],
    [{ type: "raid5", stripes: 2, mirrors: 1 }, "USAGE", /--mirrors does not go with type raid5/],
    [{ type: "raid1", stripes: 2, mirrors: 1 }, "USAGE", /--stripes does not go with type raid1/],
    [{ type: "raid5", stripes: 2, "stripe-size": 24 }, "USAGE", /--stripe-size must be a power of two/],
    [{ type: "raid5", stripes: 2, "region-size": 64 }, "USAGE", /at least the stripe size/],
    [{ type: "raid6", stripes: 5 }, "NO_SPACE", /7 PVs are needed, and 6 have room/],
    [{ type: "raid5", stripes: 2, pv: [pvId(0)] }, "NO_SPACE", /3 PVs are needed, and 1 has room/],
  ] as const)
    t.throws(() => made(words), { code, message }, JSON.stringify(words));
});

t.test("at most 2^21 regions, and none longer than the LV", async (t) => {
  // Extents of 4 MiB, regions of 4 KiB: 2^21 of them are 8 GiB.
  for (const [extents, sectors] of [
    [2048, 8],
    [2052, 16],
    [2, 8],
  ] as const) {
    const metadata = changed(vgOf(3000, 3000, 3000), "create-lv", {
      name: "r",
      extents: `${extents}`,
      type: "raid1",
      mirrors: 1,
      "region-size": 8,
    });
    checkMetadata(metadata, "BUG");
    t.match(lvOf(metadata, "r").segments, [{ regionSize: sectors }], `${extents} extents`);
  }
  const short = made({ type: "raid5", stripes: 2, extents: "2", "region-size": 2 ** 20 });
  t.match(lvOf(short, "r").segments, [{ regionSize: 2 ** 14 }], "8 MiB are one region");
  const longer = changed(short, "extend-lv", { name: "r", extents: "+2" });
  checkMetadata(longer, "BUG");
});

t.test("a name is refused that layers would make too long, whatever the LV is", async (t) => {
  const longest = "n".repeat(100);
  t.ok(lvOf(made({ name: longest, type: "raid5", stripes: 2 }), longest));
  // Each dash of a name is doubled in those of dm devices.
  const dashes = `n${"-n".repeat(45)}`;
  for (const type of [{ type: "raid5", stripes: 2 }, {}])
    t.throws(() => made({ name: dashes, ...type }), { code: "BAD_NAME" });
});

t.test("legs go stale as long as the others have all of it", async (t) => {
  const states = (metadata: ReturnType<typeof six>) => legsOf(lvOf(metadata, "r")).map(({ state }) => state);
  const legState = (metadata: ReturnType<typeof six>, legs: readonly number[], state: string) =>
    changed(metadata, "leg-state", { leg: legs.map((leg) => `r/${leg}`), state });
  for (const [words, fine, tooMany] of [
    [{ type: "raid4", stripes: 2 }, [1], [0, 1]],
    [{ type: "raid5", stripes: 2 }, [2], [0, 2]],
    [{ type: "raid6", stripes: 3 }, [0, 4], [0, 1, 2]],
    [{ type: "raid10", stripes: 2, mirrors: 1 }, [1, 2], [2, 3]],
    [{ type: "raid0", stripes: 2 }, [], [1]],
  ] as const) {
    const metadata = made(words);
    if (fine.length > 0) {
      const stale = legState(metadata, fine, "stale");
      checkMetadata(stale, "BUG");
      t.same(
        states(stale),
        legsOf(lvOf(metadata, "r")).map((_, leg) =>
          (fine as readonly number[]).includes(leg) ? "stale" : "current",
        ),
      );
    }
    t.throws(() => legState(metadata, tooMany, "stale"), {
      code: "WOULD_LOSE_DATA",
      message: /too few current legs/,
    });
    const pvs = tooMany.map((leg) => runsIn(legsOf(lvOf(metadata, "r"))[leg]?.image ?? [])[0]?.pv ?? "");
    const without = changed(metadata, "missing-pv", { pv: pvs });
    t.same(states(without), states(metadata), "it stays as it is, and incomplete");
  }
});

t.test("nobody takes a leg with a share of its own for a copy", async (t) => {
  const metadata = made({ type: "raid5", stripes: 2 });
  for (const mirrors of [0, 1, 3])
    t.throws(() => changed(metadata, "mirror", { name: "r", mirrors }), {
      code: "UNSUPPORTED",
      message: /is raid5/,
    });
});

t.test("all of it moves, as what it is, and keeps its devices", async (t) => {
  const moving = changed(made({ type: "raid5", stripes: 2 }), "move", { name: "r", from: pvId(0) });
  const [from, to, ...inner] = legsOf(lvOf(moving, "r"));
  t.match(
    [from, to],
    [
      { state: "current", move: "from" },
      { state: "rebuild", move: "to" },
    ],
  );
  t.equal(inner.length, 6);
  const moved = lvOf(changed(moving, "move", { name: "r", finish: true }), "r");
  t.match(moved.segments, [{ level: "raid5", device: to?.number, legs: { length: 3 } }]);
  t.notOk(runsIn(moved.segments).some(({ pv }) => pv === pvId(0)));
});

t.test("parity grows only with all of its legs", async (t) => {
  for (const type of ["raid4", "raid5", "raid6"] as const) {
    const whole = made({ type, stripes: type === "raid6" ? 3 : 2 });
    const stale = changed(whole, "leg-state", { leg: ["r/1"], state: "stale" });
    const rebuilt = changed(stale, "leg-state", { leg: ["r/1"], state: "rebuild" });
    for (const metadata of [stale, rebuilt])
      t.throws(
        () => changed(metadata, "extend-lv", { name: "r", extents: "+6" }),
        { code: "INCOMPLETE", message: /longer only with all of its legs, and leg 1 is not current/ },
        type,
      );
  }
  for (const words of [{ mirrors: 1 }, { type: "raid10", stripes: 2, mirrors: 1 }]) {
    const stale = changed(made(words), "leg-state", { leg: ["r/1"], state: "stale" });
    t.ok(changed(stale, "extend-lv", { name: "r", extents: "+6" }));
  }
});
