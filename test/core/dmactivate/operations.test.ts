/** What the kernel is asked to do when nothing fails: no more than the change takes. */
import t from "tap";
import { planPrograms } from "../../../src/core/dmactivate/plan.ts";
import type { DmState, Program } from "../../../src/schema/index.ts";

/** A device of 96 sectors. @param at where on its disk */
const device = (at: number, name = "vg-lv"): DmState["devices"][number] => ({
  name,
  uuid: "DVM-1",
  table: [{ start: 0, length: 96, type: "linear", params: `8:0 ${at}` }],
});

/** The operations of a program on the way on which all goes well. */
function operationsOf({ instructions }: Program): string[] {
  const operations: string[] = [];
  for (let at = 0; at < instructions.length; at += 1) {
    const instruction = instructions[at];
    if (!instruction || instruction.op === "exit") break;
    if (instruction.op === "jmp") at = instruction.to - 1;
    else if (instruction.op !== "jmp-fail") operations.push(instruction.op);
  }
  return operations;
}

for (const { what, current, desired, prepare, commit } of [
  { what: "comes", current: [], desired: [device(0)], prepare: ["create", "load"], commit: ["resume"] },
  { what: "goes", current: [device(0)], desired: [], prepare: ["info"], commit: ["remove"] },
  {
    what: "moves",
    current: [device(0)],
    desired: [device(96)],
    prepare: ["info", "load"],
    commit: ["suspend", "resume"],
  },
  { what: "stays", current: [device(0)], desired: [device(0)], prepare: [], commit: [] },
])
  t.test(`a device that ${what}`, async (t) => {
    const plan = planPrograms({ devices: current }, { scope: ["DVM-"], devices: desired });
    t.strictSame(operationsOf(plan.prepare), prepare, "prepare");
    t.strictSame(operationsOf(plan.commit), commit, "commit");
  });
