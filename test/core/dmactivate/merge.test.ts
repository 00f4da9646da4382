/** A live snapshot is merged back: every failure, every cut, and what must not be asked for. */
import t from "tap";
import { applyProgram, planPrograms } from "../../../src/core/dmactivate/plan.ts";
import type { DmState } from "../../../src/schema/index.ts";
import type { Bench } from "../../lib/dm-bench.ts";
import {
  benchOf,
  check,
  desiredEssence,
  eachFailure,
  essence,
  scope,
  suspended,
} from "../../lib/dm-pairs.ts";

type Devices = DmState["devices"];

const device = (name: string, type: string, params: string, length = 8192): Devices[number] => ({
  name,
  uuid: `DVM-${name}`,
  table: [{ start: 0, length, type, params }],
});
const real = device("real", "linear", "/dev/a 0");
const moved = device("real", "linear", "/dev/b 0");
const cow = device("cow", "linear", "/dev/a 8192", 4096);
const otherCow = device("cow2", "linear", "/dev/a 16384", 4096);
const origin = device("o", "snapshot-origin", "@real");
const snap = device("s", "snapshot", "@real @cow P 16");
const other = device("s2", "snapshot", "@real @cow2 P 16");
const merge = device("o", "snapshot-merge", "@real @cow P 16");
const above = device("above", "linear", "@s 0");

const rows: readonly (readonly [string, Devices, Devices])[] = [
  ["a snapshot", [real, cow, origin, snap], [real, cow, merge]],
  ["one of two", [real, cow, otherCow, origin, snap, other], [real, cow, otherCow, merge, other]],
  ["one of two, the other goes", [real, cow, otherCow, origin, snap, other], [real, cow, merge]],
  ["with what stands on it", [real, cow, origin, snap, above], [real, cow, merge]],
  ["while the origin moves", [real, cow, origin, snap], [moved, cow, merge]],
  ["under another name", [real, cow, origin, snap], [real, cow, { ...merge, name: "p" }]],
  ["found suspended", [real, cow, origin, { ...snap, suspended: true }], [real, cow, merge]],
  [
    "both found suspended",
    [real, cow, { ...origin, suspended: true }, { ...snap, suspended: true }],
    [real, cow, merge],
  ],
  ["an origin that was not up", [real, cow, snap], [real, cow, merge]],
];

/** Without its snapshot the origin could be written as if nobody had to be kept from seeing it. */
function checkKept(what: string, bench: Bench): void {
  const has = (uuid: string) => bench.state.devices.find((each) => each.uuid === uuid);
  const live = has(merge.uuid)?.live?.lines[0]?.type;
  if (!has(snap.uuid) && live !== "snapshot-merge")
    throw new Error(`${what}: the snapshot is gone, and not merged`);
}

for (const [what, from, to] of rows) {
  t.test(`merge of ${what}`, async (t) => {
    const desired = { scope, devices: to };
    const before = benchOf(from);
    const was = essence(before.dump());
    const plan = planPrograms(before.dump(), desired);
    const prepared = before.copy();
    t.equal(prepared.run(plan.prepare).exit, 0);
    const aborted = prepared.copy();
    t.equal(aborted.run(plan.abort).exit, 0);
    if (!from.some((each) => each.suspended)) t.same(essence(aborted.dump()), was, "abort");
    const done = prepared.copy();
    t.equal(done.run(plan.commit).exit, 0);
    t.same(essence(done.dump()), desiredEssence(to));
    for (const [start, program] of [
      [prepared, plan.commit],
      [before, applyProgram(before.dump(), desired)],
    ] as const) {
      eachFailure(start, program, (after, exit, what) => {
        if (exit !== 0 && exit !== 1) throw new Error(`${what} exits ${exit}`);
        if (exit === 1 && start === prepared) checkKept(what, after);
        if (start === prepared) check(`${what}: suspended`, suspended(after), []);
        const again = after.run(applyProgram(after.dump(), desired));
        check(`after ${what}, again`, again.exit, 0);
        check(`after ${what}, again`, essence(after.dump()), desiredEssence(to));
      });
      for (let length = 0; length < program.instructions.length; length += 1) {
        const cut = start.copy();
        cut.runUnchecked({ instructions: program.instructions.slice(0, length) });
        checkKept(`cut at ${length}`, cut);
        const again = cut.run(applyProgram(cut.dump(), desired));
        check(`after a cut at ${length}`, again.exit, 0);
        check(`after a cut at ${length}`, essence(cut.dump()), desiredEssence(to));
      }
    }
    t.pass("each failure, each cut");
  });
}

t.test("a store that somebody else keeps is not merged", async (t) => {
  const from = [real, cow, origin, snap];
  const dump = benchOf(from).dump();
  const message = /^o is to merge the store that s uses, which therefore has to go$/;
  const cases: readonly (readonly [string, DmState])[] = [
    ["the snapshot stays", { scope, devices: [real, cow, merge, snap] }],
    ["it becomes something else", { scope, devices: [real, cow, merge, device("s", "error", "")] }],
    ["it is nobody's to remove", { devices: [real, cow, merge] }],
  ];
  for (const [why, desired] of cases)
    t.throws(() => planPrograms(dump, desired), { code: "BAD_INPUT", message }, why);
});
