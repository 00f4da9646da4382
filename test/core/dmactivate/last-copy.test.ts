/** A raid1 that gives way to one of its legs, after a crash too. */
import t from "tap";
import { applyProgram } from "../../../src/core/dmactivate/plan.ts";
import { benchOf, type Devices, scope, suspended } from "../../lib/dm-pairs.ts";

const device = (name: string, type: string, params: string): Devices[number] => ({
  name,
  uuid: `DVM-${name}`,
  table: [{ start: 0, length: 96, type, params }],
});
const a = device("a", "linear", "8:0 0");
const b = device("b", "linear", "8:1 0");
const alone = device("r", "linear", "8:0 0");

t.test("found: a raid1 of one leg gives way though that is not in sync yet", async (t) => {
  for (const legs of ["1 - @a", "2 - @a - -"]) {
    const before = benchOf([a, device("r", "raid", `raid1 1 0 ${legs}`)]);
    const { instructions } = applyProgram(before.dump(), { scope, devices: [alone] });
    t.notOk(
      instructions.some(({ op }) => op === "check-status"),
      legs,
    );
  }
});

t.test("cut off once it is suspended, it stays on all legs if the one has failed meanwhile", async (t) => {
  const both = [a, b, device("r", "raid", "raid1 1 0 2 - @a - @b")];
  // `top` is there to be suspended as well, or so that what is suspended holds nothing up.
  for (const [what, from, to] of [
    ["by itself", both, [alone]],
    ["below another", [...both, device("top", "linear", "@r 0")], [alone, device("top", "linear", "@r 0")]],
    ["below a new one", both, [alone, device("top", "raid", "raid1 1 0 1 - @r")]],
  ] as const) {
    for (const health of ["AA", "DA"]) {
      const bench = benchOf([...from]);
      const desired = { scope, devices: [...to] };
      const { instructions } = applyProgram(bench.dump(), desired);
      const at = instructions.findIndex(({ op }) => op === "check-status");
      bench.runUnchecked({ instructions: instructions.slice(0, at) });
      t.ok(suspended(bench).includes("r"), `${what}: cut off while it is suspended`);
      for (const each of bench.state.devices)
        if (each.name === "r") each.status = { 0: `raid1 2 ${health} 0/128 idle 0 0 -` };
      const { exit } = bench.run(applyProgram(bench.dump(), desired));
      const type = bench.dump().devices.find(({ name }) => name === "r")?.table?.[0]?.type;
      t.same([exit, type], health === "AA" ? [0, "linear"] : [1, "raid"], `${what}, ${health}`);
      t.same(suspended(bench), [], `${what}, ${health}: nothing stays suspended`);
    }
  }
});

t.test(
  "in the middle of a rebuild the letter of a leg that is the source tells only that it has not failed",
  async (t) => {
    const metas = ["am", "bm"].map((name, at) => device(name, "linear", `8:${2 + at} 0`));
    const both = [a, b, ...metas, device("r", "raid", "raid1 3 0 rebuild 1 2 @am @a @bm @b")];
    for (const [kept, health, type] of [
      ["8:0 0", "Aa", "linear"],
      ["8:0 0", "aa", "linear"],
      ["8:0 0", "Da", "raid"],
      ["8:1 0", "aa", "raid"],
      ["8:1 0", "aA", "linear"],
    ] as const) {
      const bench = benchOf(both);
      for (const each of bench.state.devices)
        if (each.name === "r") each.status = { 0: `raid1 2 ${health} 64/96 frozen 0 0 -` };
      bench.run(applyProgram(bench.dump(), { scope, devices: [device("r", "linear", kept)] }));
      const found = bench.dump().devices.find(({ name }) => name === "r")?.table?.[0]?.type;
      t.equal(found, type, `${kept} of ${health}`);
      t.same(suspended(bench), []);
    }
  },
);
