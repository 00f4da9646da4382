/**
 * A snapshot goes after its origin, and stays when that does: else what is kept for it would be incomplete.
 */
import t from "tap";
import { planPrograms } from "../../../src/core/dmactivate/plan.ts";
import type { Bench } from "../../lib/dm-bench.ts";
import { benchOf, type Devices, scope } from "../../lib/dm-pairs.ts";

const device = (name: string, type: string, params: string): Devices[number] => ({
  name,
  uuid: `DVM-${name}`,
  table: [{ start: 0, length: 96, type, params }],
});
const real = device("real", "linear", "8:0 0");
const below = [real, device("cow", "linear", "8:1 0"), device("cow2", "linear", "8:1 96")];
const snapshots = [device("s", "snapshot", "@real @cow P 16"), device("s2", "snapshot", "@real @cow2 P 16")];
const all = [...below, ...snapshots, device("o", "snapshot-origin", "@real")];
const names = (bench: Bench): string =>
  bench
    .dump()
    .devices.map(({ name }) => name)
    .sort()
    .join(" ");

for (const { what, to, left, done } of [
  { what: "all of it goes", to: [], left: "cow cow2 o real s s2", done: "" },
  {
    what: "the origin is to be none any more",
    to: [device("real", "linear", "8:0 0"), device("o", "linear", "@real 0")],
    left: "cow cow2 o real s s2",
    done: "o real",
  },
  {
    what: "and gets another name",
    to: [real, { ...device("new", "linear", "@real 0"), uuid: "DVM-o" }],
    left: "cow cow2 new real s s2",
    done: "new real",
  },
  {
    what: "one of two snapshots goes",
    to: all.filter(({ name }) => !/^(s|cow)$/.test(name)),
    left: "",
    done: "cow2 o real s2",
  },
])
  t.test(what, async (t) => {
    const bench = benchOf(all);
    const { prepare, commit } = planPrograms(bench.dump(), { scope, devices: [...to] });
    t.equal(bench.run(prepare).exit, 0);
    const order = commit.instructions.flatMap((each) => (each.op === "remove" ? [each.name] : []));
    const whole = bench.copy();
    t.equal(whole.run(commit).exit, 0);
    t.equal(names(whole), done, "when all goes well");
    if (left === "") return;
    if (to.length === 0) t.ok(order.indexOf("o") < order.indexOf("s"), `the origin first: ${order}`);
    // Whatever of the origin fails: its removal, or its new table.
    const failures = commit.instructions.flatMap((each, at) =>
      (each.op === "remove" || each.op === "suspend" || each.op === "resume") && each.name === "o"
        ? [{ at, mode: "refused" as const }]
        : [],
    );
    t.equal(bench.run(commit, failures).exit > 0, true);
    t.equal(names(bench), left, "when the origin does not");
  });
