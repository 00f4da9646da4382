/**
 * The phases of a plan: none changes what one before it has found, and each refuses what none before it may
 * hand on.
 */
import fc from "fast-check";
import t from "tap";
import { type Comparison, compare } from "../../../src/core/dmactivate/compare/compare.ts";
import { decide } from "../../../src/core/dmactivate/decide/decide.ts";
import {
  checkDecision,
  type Decision,
  type Decisions,
} from "../../../src/core/dmactivate/decide/decision.ts";
import { abortProgram, commitProgram, prepareProgram } from "../../../src/core/dmactivate/emit/programs.ts";
import { heal } from "../../../src/core/dmactivate/heal/heal.ts";
import { order } from "../../../src/core/dmactivate/order/order.ts";
import { planPrograms } from "../../../src/core/dmactivate/plan.ts";
import type { DmState } from "../../../src/schema/index.ts";
import { benchOf, check, pair, runs, SMALL, scope, seed } from "../../lib/dm-pairs.ts";
import { arbitraryScene } from "../../lib/dm-volumes.ts";

/** All that can be reached from it. */
function freeze<T>(value: T): T {
  const open: unknown[] = [value];
  for (let each = open.pop(); each !== undefined; each = open.pop()) {
    if (typeof each !== "object" || each === null || Object.isFrozen(each)) continue;
    if (each instanceof Map) {
      open.push(...each.keys(), ...each.values());
      each.set = each.delete = () => {
        throw new Error("a phase changes what it was given");
      };
    }
    open.push(...Object.values(each));
    Object.freeze(each);
  }
  return value;
}

function planFrozen(current: DmState, desired: DmState) {
  const decisions = freeze(decide(freeze(compare(freeze(current), freeze(desired)))));
  if (heal(decisions).length > 0) return undefined;
  const change = freeze({ decisions, heals: [], order: order(decisions) });
  return {
    prepare: prepareProgram(change),
    commit: commitProgram(change),
    abort: abortProgram(change),
  };
}

t.test("no phase changes what one before it has found", async (t) => {
  const changes = fc.oneof(
    pair(SMALL).map(([from, to]) => [from, to] as const),
    arbitraryScene(2, false).map(({ from, to }) => [from, to] as const),
  );
  let plans = 0;
  fc.assert(
    fc.property(changes, ([from, to]) => {
      const current = benchOf(from.filter(({ uuid }) => !/-t\d/.test(uuid))).dump();
      const desired = { scope, devices: to.filter(({ thins }) => !thins) };
      let plan: unknown;
      try {
        plan = planPrograms(current, desired);
      } catch {
        return;
      }
      const { summary: _summary, ...programs } = plan as ReturnType<typeof planPrograms>;
      check("plan", planFrozen(current, desired), programs);
      plans += 1;
    }),
    runs(200),
  );
  t.ok(plans > 100, `seed ${seed}`);
});

const linear = (name: string, start: number, length = 8): DmState["devices"][number] => ({
  name,
  uuid: `DVM-${name}`,
  table: [{ start: 0, length, type: "linear", params: `8:0 ${start}` }],
});
const compared = (from: DmState["devices"], to: DmState["devices"]): Comparison =>
  compare({ devices: from }, { scope, devices: to });
const decided = (from: DmState["devices"], to: DmState["devices"]): Decisions => decide(compared(from, to));

t.test("a decision that contradicts itself goes no further", async (t) => {
  const [moved] = decided([linear("a", 0)], [linear("a", 64)]).of.values();
  const [made] = decided([], [linear("a", 0)]).of.values();
  t.match(moved, { swap: true, moves: true });
  t.match(made, { finding: "absent", load: true });
  for (const [decision, changes, message] of [
    [moved, { finding: "absent" }, /new or has a live table/],
    [made, { swap: true }, /only a live table is swapped/],
    [moved, { delayed: true }, /only what is new/],
    [moved, { quiesce: true }, /suspended once/],
    [made, { delayed: true, resumeAtOnce: true }, /not resumed at once/],
    [moved, { clear: true }, /not to go live/],
    [moved, { swap: false }, /goes live at the commit/],
  ] as const)
    t.throws(() => checkDecision({ ...decision, ...changes } as Decision), { message });
});

t.test("devices in a wrong order, or without a place in it, go no further", async (t) => {
  const top = { ...linear("top", 0), table: [{ start: 0, length: 8, type: "linear", params: "@leg 0" }] };
  const decisions = decided([], [top, linear("leg", 0)]);
  const upsideDown = new Map([...decisions.of].reverse());
  t.throws(() => order({ ...decisions, of: upsideDown }), { message: /comes before it/ });
  const moved = decided([linear("a", 0)], [linear("a", 64)]);
  const there = moved.devices.all.map((device) => ({ ...device, current: undefined }));
  t.throws(() => order({ ...moved, devices: { ...moved.devices, all: there } }), { message: /is suspended/ });
});

t.test("a program that names a device which nobody has made is none", async (t) => {
  const decisions = decided([linear("a", 0)], [linear("a", 64)]);
  const change = { decisions, heals: [], order: order(decisions) };
  const misnamed = change.order.prepare.map((decision) => ({ ...decision, name: "b" }));
  const message = /names devices that are there/;
  t.throws(() => prepareProgram({ ...change, order: { ...change.order, prepare: misnamed } }), { message });
  const [group] = change.order.groups;
  const groups = [{ suspends: group?.suspends ?? [], resumes: [] }];
  t.throws(() => commitProgram({ ...change, order: { ...change.order, groups } }), {
    message: /resumes what it suspends/,
  });
});
