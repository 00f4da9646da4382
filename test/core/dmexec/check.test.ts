/** The data-flow check against a walker that takes every way through a program, one after the other. */
import fc from "fast-check";
import t from "tap";
import { applyProgram } from "../../../src/core/dmactivate/plan.ts";
import { checkProgram, hazardsOf } from "../../../src/core/dmexec/check.ts";
import { suspendsNothing } from "../../../src/core/dmexec/suspends-nothing.ts";
import type { Instruction, Program } from "../../../src/schema/index.ts";
import {
  appearProgram,
  arbitraryAlmostAppear,
  arbitraryAlmostSwap,
  arbitrarySmallProgram,
  swapProgram,
} from "../../lib/dm-programs.ts";

/** One device on one way. */
interface Device {
  /** Made by the program, and never resumed since. */
  readonly fresh: boolean;
  readonly suspended: boolean;
  /** What was done since a resume has failed: nothing, clear, clear and a resume that failed too. */
  readonly since?: "failed" | "cleared" | "lost";
}

type Devices = Readonly<Record<string, Device>>;

const IDLE: Device = { fresh: false, suspended: false };

function afterwards(devices: Devices, instruction: Instruction, done: boolean): Devices {
  if (!("name" in instruction)) return devices;
  const { name } = instruction;
  const device = devices[name] ?? IDLE;
  const set = (next: Device): Devices => ({ ...devices, [name]: next });
  switch (instruction.op) {
    case "create":
      return done ? set({ fresh: true, suspended: false }) : devices;
    case "remove":
      return done ? set(IDLE) : devices;
    case "suspend":
      return done && !device.since ? set({ fresh: false, suspended: true }) : devices;
    case "resume":
      if (done) return set(IDLE);
      if (device.fresh || device.since === "failed" || device.since === "lost") return devices;
      return set({ fresh: false, suspended: true, since: device.since === "cleared" ? "lost" : "failed" });
    case "clear":
      return device.since === "failed" ? set({ ...device, since: "cleared" }) : devices;
    case "load":
      return done && (device.since === "cleared" || device.since === "lost")
        ? set({ ...device, since: "failed" })
        : devices;
    case "rename":
      return done ? { ...devices, [name]: IDLE, [instruction.newName]: device } : devices;
    default:
      return devices;
  }
}

const anySuspended = (devices: Devices): boolean => Object.values(devices).some(({ suspended }) => suspended);

interface Walked {
  readonly safe: boolean;
  /** Instructions before which some device was suspended on some way. */
  readonly suspendedAt: ReadonlySet<number>;
}

function walkAll({ instructions }: Program): Walked {
  // Wherever they stand, jumps go forward.
  let safe = instructions.every(
    (each, at) => !("to" in each) || (each.to > at && each.to <= instructions.length),
  );
  const suspendedAt = new Set<number>();
  const depths = new Map<number, number>();
  const end = (devices: Devices, status: number): void => {
    for (const { suspended, since } of Object.values(devices))
      if (suspended && !(since === "lost" && status === 8)) safe = false;
  };
  const operate = (at: number, instruction: Instruction, devices: Devices, depth: number): void => {
    const waits = instruction.op === "remove" && (instruction.attempts ?? 1) > 1;
    if (waits && anySuspended(devices)) safe = false;
    walk(at + 1, afterwards(devices, instruction, true), false, depth);
    const left = afterwards(devices, instruction, false);
    if (instructions[at + 1]?.op === "jmp-fail") walk(at + 1, left, true, depth);
    else end(left, 1);
  };
  const walk = (at: number, devices: Devices, failed: boolean, depth: number): void => {
    if ((depths.get(at) ?? depth) !== depth || depth < 0) safe = false;
    depths.set(at, depth);
    if (anySuspended(devices)) suspendedAt.add(at);
    const instruction = instructions[at];
    switch (instruction?.op) {
      case undefined:
        if (depth !== 0) safe = false;
        end(devices, 0);
        break;
      case "exit":
        end(devices, instruction.status);
        break;
      case "jmp":
      case "jmp-fail":
        if (instruction.to > at)
          walk(instruction.op === "jmp" || failed ? instruction.to : at + 1, devices, failed, depth);
        break;
      case "begin-object":
        walk(at + 1, devices, failed, depth + 1);
        break;
      case "end-object":
        walk(at + 1, devices, failed, depth - 1);
        break;
      case "literal":
        walk(at + 1, devices, failed, depth);
        break;
      default:
        if (instruction) operate(at, instruction, devices, depth);
    }
  };
  walk(0, {}, false, 0);
  return { safe, suspendedAt };
}

const isSafe = (program: Program): boolean => {
  try {
    checkProgram(program);
    return true;
  } catch {
    return false;
  }
};

t.test("the check agrees with all ways through small programs", async (t) => {
  let safe = 0;
  let suspending = 0;
  fc.assert(
    fc.property(fc.oneof(arbitrarySmallProgram(9), arbitraryAlmostSwap), (program) => {
      const walked = walkAll(program);
      if (isSafe(program) !== walked.safe) throw new Error(`the walker says ${walked.safe}`);
      if (!walked.safe) return;
      safe += 1;
      if (walked.suspendedAt.size > 0) suspending += 1;
      const { risky, inside } = hazardsOf(program, () => false);
      for (const at of walked.suspendedAt)
        if (at < inside.length && (inside[at] !== 1 || risky[at] !== 1))
          throw new Error(`no hazard at ${at}`);
    }),
    { numRuns: 30_000, seed: 6 },
  );
  t.comment(`states ${30_000} programs, ${safe} of them safe, ${suspending} of those suspend something`);
  t.ok(safe > 3000 && suspending > 300, "programs of both kinds", { safe, suspending });
});

t.test("what is said to suspend nothing does so on no way", async (t) => {
  let found = 0;
  fc.assert(
    fc.property(fc.oneof(arbitraryAlmostAppear, arbitrarySmallProgram(9)), (program) => {
      if (!suspendsNothing(program.instructions)) return;
      const { safe, suspendedAt } = walkAll(program);
      if (!safe || suspendedAt.size > 0) throw new Error(`the walker says ${safe}, ${[...suspendedAt]}`);
      if (program.instructions.some(({ op }) => op === "resume")) found += 1;
    }),
    { numRuns: 30_000, seed: 8 },
  );
  t.ok(found > 1000, "programs that resume something", { found });
});

t.test("what brings up and takes down is seen to suspend nothing", async (t) => {
  t.ok(suspendsNothing(appearProgram(["a", "b"]).instructions));
  t.notOk(suspendsNothing(swapProgram(["a", "b"]).instructions));
  const devices = ["a", "b", "c"].map((name) => ({
    name,
    uuid: `DVM-${name}`,
    table: [{ start: 0, length: 8, type: "linear", params: "8:0 0" }],
  }));
  t.ok(suspendsNothing(applyProgram({ devices: [] }, { scope: ["DVM-"], devices }).instructions));
  t.ok(suspendsNothing(applyProgram({ devices }, { scope: ["DVM-"], devices: [] }).instructions));
});

const swap: readonly Instruction[] = [
  { op: "suspend", name: "a" },
  { op: "jmp-fail", to: 9 },
  { op: "resume", name: "a" },
  { op: "jmp-fail", to: 5 },
  { op: "exit", status: 0 },
  { op: "clear", name: "a" },
  { op: "jmp-fail", to: 7 },
  { op: "resume", name: "a" },
  { op: "jmp-fail", to: 10 },
  { op: "exit", status: 1 },
  { op: "exit", status: 8 },
];

t.test("rows", async (t) => {
  t.ok(isSafe({ instructions: [...swap] }));
  t.ok(isSafe(swapProgram(["a", "b"])));
  const refused: readonly (readonly [RegExp, readonly Instruction[]])[] = [
    [
      /^instruction 0 \(suspend a\): the program may end here with a suspended|^the end: .* a suspended/,
      [{ op: "suspend", name: "a" }],
    ],
    [
      /instruction 10 \(exit\): .* with a suspended, so it must end with 8/,
      [...swap.slice(0, 10), { op: "exit", status: 1 }],
    ],
    [
      /instruction 1 \(wait-event b\): waits while a may be suspended/,
      [
        { op: "suspend", name: "a" },
        { op: "wait-event", name: "b", eventNr: 0, deadlineMs: 1 },
      ],
    ],
    [
      /instruction 1 \(remove b\): waits while a may be suspended/,
      [
        { op: "suspend", name: "a" },
        { op: "remove", name: "b", attempts: 2 },
      ],
    ],
    [/instruction 0 \(jmp\): jumps backwards, to 0/, [{ op: "jmp", to: 0 }]],
    [/instruction 0 \(jmp-fail\): jumps to 2, beyond the end/, [{ op: "jmp-fail", to: 2 }]],
    [/the end: an object is still open/, [{ op: "begin-object", key: "k" }]],
    [/instruction 0 \(end-object\): no object is open/, [{ op: "end-object" }]],
    [/the uuid "LVM-x" does not begin with DVM-/, [{ op: "create", name: "a", uuid: "LVM-x" }]],
    [
      /instruction 0 \(load a\): the table has a key, .* keyring may stand there$/,
      [
        {
          op: "load",
          name: "a",
          table: [{ start: 0, length: 8, type: "crypt", params: "aes 00aa 0 8:0 0" }],
        },
      ],
    ],
    // A resume that fails leaves suspended what it was to swap.
    [
      /\(resume a\): when it fails, and no jmp-fail follows, the program may end here with a suspended/,
      [{ op: "resume", name: "a" }],
    ],
  ];
  for (const [message, instructions] of refused)
    t.throws(
      () => checkProgram({ instructions: [...instructions] }),
      { code: "UNSAFE_PROGRAM", message },
      String(message),
    );
});

t.test("a device that nobody uses is no hazard", async (t) => {
  const { instructions } = swapProgram(["a"]);
  const appear = { instructions: instructions.slice(2).map(earlier) };
  t.strictSame(new Set(hazardsOf(appear, () => true).risky), new Set([0]));
  t.strictSame([...hazardsOf(appear, () => false).risky].slice(0, 3), [1, 1, 0]);
  t.strictSame([...hazardsOf(appear, () => false).inside].slice(0, 3), [0, 1, 0]);
});

const earlier = (each: Instruction): Instruction => ("to" in each ? { ...each, to: each.to - 2 } : each);
