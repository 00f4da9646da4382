/**
 * Proves that a program leaves nothing suspended, whatever fails: one forward pass over what may be true
 * before each instruction. Jumps go forward only, so one pass sees every way.
 */
import type { Program } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { isOurs } from "../dm/name.ts";
import { type Instruction, isOperation, nameOf, waits } from "./instructions.ts";
import { bitsOf, findBits, type Possible, possible, union, withBits } from "./possible.ts";
import { CLEAN, MAY_BE_LOST, MAY_BE_SUSPENDED, MUST_BE_RESUMED, NEW, step } from "./suspension.ts";
import { WORK_MOST, workAhead } from "./work.ts";

/** The status with which a program may leave a device suspended that could not be resumed. */
export const LOST_STATUS = 8;

/**
 * @throws DvmError UNSAFE_PROGRAM naming the instruction and the device: a way through the program may end with
 *   a device suspended (but for one whose resume failed, was cleared, and failed again, ending with 8), waits
 *   while one may be, does more at once than memory can be made ready for, jumps backwards or out of range, leaves
 *   objects unbalanced, or creates a device whose uuid is not dvm's
 */
export function checkProgram(program: Program): void {
  hazardsOf(program);
}

/** Where something may be suspended, by instruction. */
export interface Hazards {
  /** 1: it suspends, or a device may be suspended before it. */
  readonly risky: Uint8Array;
  /** 1: a device may be suspended before it. */
  readonly inside: Uint8Array;
}

/**
 * Checks as checkProgram does, and tells where the program may have something suspended.
 * @param isUnused true for a device that nobody can be using, since it has no live table yet; the check is the strict
 *   one only without any
 */
export function hazardsOf(
  { instructions }: Program,
  isUnused: (name: string) => boolean = () => false,
): Hazards {
  const check = new Check(instructions, isUnused);
  check.run();
  return check;
}

/** What may be true at a point: bits of each device, after an operation that was done, and after one that failed. */
interface Point {
  readonly done: Possible | undefined;
  readonly failed: Possible | undefined;
  /** How many objects are open; undefined where no way leads. */
  readonly depth: number | undefined;
}

const NOWHERE: Point = { done: undefined, failed: undefined, depth: undefined };

class Check implements Hazards {
  readonly risky: Uint8Array;
  readonly inside: Uint8Array;
  readonly #isUnused: (name: string) => boolean;
  readonly #instructions: readonly Instruction[];
  readonly #names: string[] = [];
  readonly #numberOf = new Map<string, number>();
  /** Points ahead that a jump leads to. */
  readonly #ahead = new Map<number, Point[]>();

  constructor(instructions: readonly Instruction[], isUnused: (name: string) => boolean) {
    this.#instructions = instructions;
    this.#isUnused = isUnused;
    this.risky = new Uint8Array(instructions.length);
    this.inside = new Uint8Array(instructions.length);
    for (const instruction of instructions) {
      if ("name" in instruction) this.#number(instruction.name);
      if (instruction.op === "rename") this.#number(instruction.newName);
    }
  }

  run(): void {
    const end = this.#instructions.length;
    const done = possible(this.#names.map((name) => (this.#isUnused(name) ? NEW : CLEAN)));
    let now: Point = { done, failed: undefined, depth: 0 };
    for (let at = 0; at < end; at += 1) {
      const instruction = this.#instructions[at];
      if (!instruction) continue;
      this.#checkTarget(at, instruction);
      now = this.#arrive(at, now);
      if (now.depth === undefined) continue; // no way leads here
      if (this.#maySuspend(now)) this.inside[at] = this.risky[at] = 1;
      now = this.#through(at, instruction, now);
    }
    const last = this.#arrive(end, now);
    if (last.depth !== undefined) {
      if (last.depth > 0) throw this.#unsafe(end, "an object is still open");
      this.#finish(end, last, 0);
    }
    this.#checkLengths();
  }

  /** A program cannot be made to pause where something is suspended. */
  #checkLengths(): void {
    const work = workAhead(this.#instructions, (at) => this.inside[at] === 0);
    for (const [at, ahead] of work.entries()) {
      if (this.risky[at] === 1 && ahead > WORK_MOST)
        throw this.#unsafe(
          at,
          `from here up to ${ahead} operations may follow one another while something is suspended, and ` +
            `${WORK_MOST} is the most (docs/memory-locking.md says how they count)`,
        );
    }
  }

  /** Joins what falls through to an instruction with what jumps to it. */
  #arrive(at: number, now: Point): Point {
    const jumped = this.#ahead.get(at);
    this.#ahead.delete(at);
    return jumped ? this.#joinAll(at, [now, ...jumped]) : now;
  }

  /** In pairs, so that a place where very many ways meet does not take as long as all of them together. */
  #joinAll(at: number, points: readonly Point[]): Point {
    let left = points;
    while (left.length > 1) {
      const joined: Point[] = [];
      for (let index = 0; index < left.length; index += 2) {
        const point = left[index] ?? NOWHERE;
        const next = left[index + 1];
        joined.push(next ? this.#join(at, point, next) : point);
      }
      left = joined;
    }
    return left[0] ?? NOWHERE;
  }

  /** @returns what holds when the next instruction follows; nothing when it never does */
  #through(at: number, instruction: Instruction, now: Point): Point {
    switch (instruction.op) {
      case "jmp":
        this.#jump(instruction.to, now);
        return NOWHERE;
      case "jmp-fail": {
        const { done, failed, depth } = now;
        if (failed) this.#jump(instruction.to, { done: undefined, failed, depth });
        return done ? { done, failed: undefined, depth } : NOWHERE;
      }
      case "exit":
        this.#finish(at, now, instruction.status);
        return NOWHERE;
      case "begin-object":
        return { ...now, depth: (now.depth ?? 0) + 1 };
      case "end-object":
        if ((now.depth ?? 0) === 0) throw this.#unsafe(at, "no object is open");
        return { ...now, depth: (now.depth ?? 0) - 1 };
      default:
        return isOperation(instruction) ? this.#operate(at, instruction, now) : now;
    }
  }

  #operate(at: number, instruction: Instruction, now: Point): Point {
    const before = either(now.done, now.failed) ?? possible([]);
    const suspended = this.#find(before, MAY_BE_SUSPENDED);
    if (waits(instruction) && suspended !== undefined)
      throw this.#unsafe(at, `waits while ${suspended} may be suspended`);
    if (this.#suspends(instruction, before)) this.risky[at] = 1;
    if (instruction.op === "create" && !isOurs(instruction.uuid))
      throw this.#unsafe(at, `the uuid "${instruction.uuid}" does not begin with DVM-`);
    const depth = now.depth ?? 0;
    const handled = this.#instructions[at + 1]?.op === "jmp-fail";
    const number = "name" in instruction ? this.#number(instruction.name) : undefined;
    let done = before;
    let failed = before;
    if (number !== undefined) {
      const bits = bitsOf(before, number);
      failed = withBits(before, number, step(instruction.op, "failed", bits));
      done = withBits(before, number, step(instruction.op, "done", bits));
      if (instruction.op === "rename")
        done = withBits(withBits(before, number, CLEAN), this.#number(instruction.newName), bits);
    }
    if (handled) return { done, failed, depth };
    this.#finish(at, { ...NOWHERE, failed }, 1, "when it fails, and no jmp-fail follows, ");
    return { done, failed: undefined, depth };
  }

  #maySuspend({ done, failed }: Point): boolean {
    return (((done?.any ?? 0) | (failed?.any ?? 0)) & MAY_BE_SUSPENDED) !== 0;
  }

  /** A resume that swaps tables suspends the device by itself, and leaves it so when it fails. */
  #suspends(instruction: Instruction, before: Possible): boolean {
    if (instruction.op === "suspend") return true;
    return instruction.op === "resume" && (bitsOf(before, this.#number(instruction.name)) & CLEAN) !== 0;
  }

  #jump(to: number, carried: Point): void {
    const there = this.#ahead.get(to);
    if (there) there.push(carried);
    else this.#ahead.set(to, [carried]);
  }

  #join(at: number, into: Point, from: Point): Point {
    if (into.depth !== undefined && from.depth !== undefined && into.depth !== from.depth)
      throw this.#unsafe(at, "begin-object and end-object are not balanced on every way");
    return {
      done: either(into.done, from.done),
      failed: either(into.failed, from.failed),
      depth: into.depth ?? from.depth,
    };
  }

  #finish(at: number, { done, failed }: Point, status: number, when = ""): void {
    for (const bits of [done, failed]) {
      if (((bits?.any ?? 0) & (MUST_BE_RESUMED | MAY_BE_LOST)) === 0) continue;
      const forgotten = bits && this.#find(bits, MUST_BE_RESUMED);
      if (forgotten !== undefined)
        throw this.#unsafe(at, `${when}the program may end here with ${forgotten} suspended`);
      const lost = bits && this.#find(bits, MAY_BE_LOST);
      if (lost !== undefined && status !== LOST_STATUS)
        throw this.#unsafe(
          at,
          `${when}the program may end here with ${lost} suspended, so it must end with 8`,
        );
    }
  }

  #checkTarget(at: number, instruction: Instruction): void {
    if (instruction.op !== "jmp" && instruction.op !== "jmp-fail") return;
    if (instruction.to <= at) throw this.#unsafe(at, `jumps backwards, to ${instruction.to}`);
    if (instruction.to > this.#instructions.length)
      throw this.#unsafe(at, `jumps to ${instruction.to}, beyond the end`);
  }

  #find(tree: Possible, wanted: number): string | undefined {
    const device = findBits(tree, wanted);
    return device === undefined ? undefined : this.#names[device];
  }

  #number(name: string): number {
    const known = this.#numberOf.get(name);
    if (known !== undefined) return known;
    this.#numberOf.set(name, this.#names.length);
    return this.#names.push(name) - 1;
  }

  #unsafe(at: number, reason: string): DvmError {
    const instruction = this.#instructions[at];
    const where = instruction ? `instruction ${at} (${nameOf(instruction)})` : "the end";
    return new DvmError("UNSAFE_PROGRAM", `${where}: ${reason}`, { details: { instruction: at, reason } });
  }
}

const either = (a: Possible | undefined, b: Possible | undefined): Possible | undefined =>
  a && b ? union(a, b) : (a ?? b);
