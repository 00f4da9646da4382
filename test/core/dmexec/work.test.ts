/**
 * How much a program may do while memory is locked: what is too long is refused, what can pause is divided.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { DvmError, toDvmError } from "../../../src/core/base/error.ts";
import { checkProgram, hazardsOf } from "../../../src/core/dmexec/check.ts";
import type { Instruction } from "../../../src/core/dmexec/instructions.ts";
import { runProgram } from "../../../src/core/dmexec/run.ts";
import { extentOf, sectionEnds } from "../../../src/core/dmexec/sections.ts";
import { WORK_MOST, WORK_PER_SECTION, workAhead, workOf } from "../../../src/core/dmexec/work.ts";
import type { MemoryLock } from "../../../src/core/port/memory.ts";
import { memoryStore } from "../../../src/core/sim/dm-file.ts";
import { simDm } from "../../../src/core/sim/dm-sim.ts";
import { emptySimState } from "../../../src/core/sim/dm-state.ts";
import { linear, live } from "../../contract/dm-steps.ts";
import { arbitraryAlmostSwap, arbitrarySmallProgram, swapProgram } from "../../lib/dm-programs.ts";

const DISK = "8:0";

t.test("what counts", async (t) => {
  const table = [
    { start: 0, length: 8, type: "linear", params: "@a 0" },
    { start: 8, length: 8, type: "striped", params: "2 8 @a 0 @b 0" },
    { start: 24, length: 8, type: "linear", params: "8:0 0" },
  ];
  const rows: readonly (readonly [Instruction, number])[] = [
    [{ op: "suspend", name: "a" }, 1],
    [{ op: "jmp-fail", to: 1 }, 0],
    [{ op: "exit", status: 0 }, 0],
    [{ op: "load", name: "a", table: [] }, 1],
    [{ op: "load", name: "a", table }, 4],
    [{ op: "info", name: "a" }, 1],
    [{ op: "info", name: "a", expect: { exists: true } }, 16],
    [{ op: "check-status", name: "a", type: "raid" }, 64],
    [{ op: "table", name: "a" }, 2],
  ];
  for (const [instruction, work] of rows) t.equal(workOf(instruction), work, instruction.op);
});

/** Suspends a device and asks about it so often that the longest way counts `work`. */
function longProgram(work: number): { instructions: Instruction[] } {
  const { instructions } = swapProgram(["a"]);
  const swapping = workAhead(instructions, () => false)[0] ?? 0;
  const asked = Array.from(
    { length: 2 * (work - swapping) },
    (_, index): Instruction =>
      index % 2 === 0 ? { op: "info", name: "a" } : { op: "jmp-fail", to: 2 + index + 1 },
  );
  const shifted = instructions.map((each) =>
    "to" in each && each.to > 1 ? { ...each, to: each.to + asked.length } : each,
  );
  return { instructions: [...shifted.slice(0, 2), ...asked, ...shifted.slice(2)] };
}

/** As the real one where that has no more room than for `most`. */
function limited(most: number): { memory: MemoryLock; asked: number[] } {
  const asked: number[] = [];
  return {
    asked,
    memory: {
      async locked(_rehearse, section, work) {
        asked.push(work);
        if (work > most) throw new DvmError("TOO_LARGE", "no room");
        return { value: section(), faults: { minor: 0, major: 0 }, locked: true };
      },
    },
  };
}

function world(memory?: MemoryLock) {
  const store = memoryStore({ ...emptySimState(), leaves: { [DISK]: 65536 } });
  const dm = simDm(store, { leafSize: () => undefined, pause: () => {}, ...(memory && { memory }) });
  live(dm, "a", linear(DISK));
  return dm;
}

t.test(
  "what does more while something is suspended than fits is refused before anything is done",
  async (t) => {
    // The way on which the resume fails is two operations longer: clear, and resume again.
    const most = longProgram(WORK_MOST - 2);
    checkProgram(most);
    t.match(await runProgram(world(), most), { exit: 0, locked: true });

    const more = longProgram(WORK_MOST + 1);
    const message = new RegExp(
      `instruction 0 \\(suspend a\\): from here up to ${WORK_MOST + 1} operations .* ${WORK_MOST} is ` +
        "the most",
    );
    t.throws(() => checkProgram(more), { code: "UNSAFE_PROGRAM", message });
    const dm = world();
    await t.rejects(
      runProgram(dm, { instructions: [{ op: "clear", name: "a" }, ...more.instructions.map(later)] }),
      {
        code: "UNSAFE_PROGRAM",
      },
    );
    t.equal(dm.info("a").suspended, false);
  },
);

const later = (each: Instruction): Instruction => ("to" in each ? { ...each, to: each.to + 1 } : each);

/** Swaps one device again and again. */
function swaps(count: number): { instructions: Instruction[] } {
  const end = 2 * 2 * count;
  const clean = Array.from({ length: count }, (): Instruction[] => [
    { op: "suspend", name: "a" },
    { op: "jmp-fail", to: end + 1 },
    { op: "resume", name: "a" },
    { op: "jmp-fail", to: end + 2 },
  ]).flat();
  return {
    instructions: [
      ...clean,
      { op: "exit", status: 0 },
      { op: "exit", status: 1 },
      { op: "clear", name: "a" },
      { op: "jmp-fail", to: end + 4 },
      { op: "resume", name: "a" },
      { op: "jmp-fail", to: end + 7 },
      { op: "exit", status: 1 },
      { op: "exit", status: 8 },
    ],
  };
}

t.test("what can pause is divided into sections", async (t) => {
  const { memory, asked } = limited(Number.POSITIVE_INFINITY);
  const result = await runProgram(world(memory), swaps(WORK_PER_SECTION));
  t.match(result, { exit: 0, locked: true });
  t.equal(result.suspensions?.length, WORK_PER_SECTION);
  t.ok(asked.length >= 2 && asked.length <= 3, "sections", { asked });
  t.ok(
    asked.every((work) => work <= WORK_PER_SECTION + 4),
    "none of them long",
    { asked },
  );
});

t.test("a section that memory cannot be made ready for is not begun", async (t) => {
  const first = world(limited(1).memory);
  await t.rejects(runProgram(first, swapProgram(["a"])), { code: "TOO_LARGE" });
  t.equal(first.info("a").suspended, false);

  const dm = world(limited(1).memory);
  const { instructions } = swapProgram(["a"]);
  const program = { instructions: [{ op: "version" } as const, ...instructions.map(later)] };
  const error = await runProgram(dm, program).then(() => undefined, toDvmError);
  t.match(error, {
    code: "PROGRAM_FAILED",
    message: "no room",
    output: { exit: 1, trace: [{ op: "version" }] },
  });
  t.equal(dm.info("a").suspended, false);
});

t.test("sections of random programs are what they can reach, and no longer than they may be", async () => {
  fc.assert(
    fc.property(
      fc.oneof(arbitrarySmallProgram(10), arbitraryAlmostSwap),
      fc.integer({ min: 1, max: 6 }),
      ({ instructions }, workMost) => {
        let hazards: ReturnType<typeof hazardsOf>;
        try {
          hazards = hazardsOf({ instructions }, () => false);
        } catch {
          return;
        }
        const ends = sectionEnds(instructions, hazards, workMost);
        const windows = workAhead(instructions, (at) => hazards.inside[at] === 0);
        for (const [begin, risky] of hazards.risky.entries()) {
          const isBegin = risky === 1 && (hazards.inside[begin] === 0 || ends[begin] === 1);
          if (!isBegin) continue;
          const walked = walk(instructions, begin, ends);
          const { reached, work } = extentOf(instructions, begin, ends);
          assert.deepEqual(
            new Set(reached.flatMap((each, at) => (each ? [at] : []))),
            walked.reached,
            "reached",
          );
          assert.equal(work, walked.longest, "work");
          const window = Math.max(...windows);
          assert.ok(work < workMost + window + 64, `${work} of ${workMost} and ${window}`);
          for (const at of walked.stopped)
            assert.ok(hazards.inside[at] === 0, `nothing may be suspended at its end, ${at}`);
        }
      },
    ),
    { numRuns: 20_000, seed: 11 },
  );
});

/** All ways through a section, one by one. */
function walk(instructions: readonly Instruction[], begin: number, ends: Uint8Array) {
  const reached = new Set<number>();
  const stopped = new Set<number>();
  let longest = 0;
  const go = (at: number, before: number): void => {
    const instruction = instructions[at];
    longest = Math.max(longest, before);
    if (!instruction) return;
    if (at !== begin && ends[at] === 1) return void stopped.add(at);
    reached.add(at);
    for (const next of nextOf(instruction, at)) go(next, before + workOf(instruction));
    longest = Math.max(longest, before + workOf(instruction));
  };
  go(begin, 0);
  return { reached, stopped, longest };
}

function nextOf(instruction: Instruction, at: number): number[] {
  if (instruction.op === "exit") return [];
  if (instruction.op === "jmp") return [instruction.to];
  return instruction.op === "jmp-fail" ? [at + 1, instruction.to] : [at + 1];
}
