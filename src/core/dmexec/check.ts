/**
 * Proves that a program leaves nothing suspended, whatever fails: one forward pass over what may be true
 * before each instruction. Jumps go forward only, so one pass sees every way.
 */
import type { Program } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { hasSecret } from "../dm/secrets.ts";
import { mayChange } from "../dm/uuid.ts";
import { type Instruction, nameOf, waits } from "./instructions.ts";
import { type Possible, PossibleTrees } from "./possible.ts";
import { suspendsNothing } from "./suspends-nothing.ts";
import { CLEAN, MAY_BE_LOST, MAY_BE_SUSPENDED, MUST_BE_RESUMED, NEW, stepsOf } from "./suspension.ts";
import { NOWHERE, Ways } from "./ways.ts";
import { WORK_MOST, workAhead } from "./work.ts";

/** The status with which a program may leave a device suspended that could not be resumed. */
export const LOST_STATUS = 8;

/**
 * @throws DvmError UNSAFE_PROGRAM naming the instruction and the device: a way through the program may end
 *   with a device suspended (but for one whose resume failed, was cleared, and failed again, ending with 8),
 *   waits while one may be, does more at once than memory can be made ready for, jumps backwards or out of
 *   range, leaves objects unbalanced, creates a device whose uuid is not dvm's, or has a key in a table
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
 * @param isUnused true for a device that nobody can be using, since it has no live table yet; the check is
 *   the strict one only without any
 */
export function hazardsOf(
  { instructions, owns }: Program,
  isUnused: (name: string) => boolean = () => false,
): Hazards {
  if (suspendsNothing(instructions, owns)) return noHazards(instructions.length);
  const check = new Check(instructions, isUnused, owns);
  check.run();
  return check;
}

/** Both are one array, which nobody changes. */
function noHazards(instructions: number): Hazards {
  const none = new Uint8Array(instructions);
  return { risky: none, inside: none };
}

class Check implements Hazards {
  readonly risky: Uint8Array;
  readonly inside: Uint8Array;
  readonly #instructions: readonly Instruction[];
  /** What uuids begin with that the program may change besides dvm's. */
  readonly #owns: readonly string[] | undefined;
  readonly #names: string[] = [];
  readonly #numberOf = new Map<string, number>();
  readonly #trees: PossibleTrees;
  /**
   * What may be true now: bits of each device, after an operation that was done, and after one that failed.
   */
  #done: Possible;
  #failed: Possible = NOWHERE;
  /** How many objects are open. */
  #depth = 0;
  readonly #ways: Ways;

  constructor(
    instructions: readonly Instruction[],
    isUnused: (name: string) => boolean,
    owns: readonly string[] | undefined,
  ) {
    this.#owns = owns;
    this.#instructions = instructions;
    this.risky = new Uint8Array(instructions.length);
    this.inside = new Uint8Array(instructions.length);
    // Here and elsewhere no iterators: they make an object for each of hundreds of thousands of instructions.
    let jumps = 0;
    instructions.forEach((instruction) => {
      if ("name" in instruction) this.#number(instruction.name);
      else if ("to" in instruction) jumps += 1;
      if (instruction.op === "rename") this.#number(instruction.newName);
    });
    this.#trees = new PossibleTrees(this.#names.length);
    this.#ways = new Ways(this.#trees, jumps, instructions.length, (at) => {
      throw this.#unsafe(at, "begin-object and end-object are not balanced on every way");
    });
    const bits = new Uint8Array(this.#names.length);
    this.#names.forEach((name, device) => {
      bits[device] = isUnused(name) ? NEW : CLEAN;
    });
    this.#done = this.#trees.tree(bits);
  }

  run(): void {
    const end = this.#instructions.length;
    for (let at = 0; at < end; at += 1) {
      const instruction = this.#instructions[at];
      if (!instruction) continue;
      if ("to" in instruction) this.#checkTarget(at, instruction.to);
      if (instruction.op === "load" && instruction.table.some(hasSecret))
        throw this.#unsafe(at, "the table has a key, of which only a reference to a keyring may stand there");
      if (this.#ways.leadTo(at)) this.#arrive(at);
      if (this.#depth === NOWHERE) continue; // no way leads here
      if ((this.#any() & MAY_BE_SUSPENDED) !== 0) this.inside[at] = this.risky[at] = 1;
      this.#pass(at, instruction);
    }
    this.#arrive(end);
    if (this.#depth !== NOWHERE) {
      if (this.#depth > 0) throw this.#unsafe(end, "an object is still open");
      this.#finish(end, 0);
    }
    this.#checkLengths();
  }

  /** A program cannot be made to pause where something is suspended. */
  #checkLengths(): void {
    if (!this.risky.includes(1)) return;
    const work = workAhead(this.#instructions, (at) => this.inside[at] === 0);
    for (let at = 0; at < work.length; at += 1) {
      const ahead = work[at] ?? 0;
      if (this.risky[at] === 1 && ahead > WORK_MOST)
        throw this.#unsafe(
          at,
          `from here up to ${ahead} operations may follow one another while something is suspended, and ` +
            `${WORK_MOST} is the most (docs/memory-locking.md says how they count)`,
        );
    }
  }

  /** Joins what falls through to an instruction with what jumps to it. */
  #arrive(at: number): void {
    const ways = this.#ways;
    const way = ways.joined(at);
    if (way === NOWHERE) return;
    this.#depth = ways.bothDepths(at, this.#depth, ways.depth(way));
    this.#done = ways.either(this.#done, ways.done(way));
    this.#failed = ways.either(this.#failed, ways.failed(way));
  }

  /** Goes on to what holds when the next instruction follows: nothing when it never does. */
  #pass(at: number, instruction: Instruction): void {
    switch (instruction.op) {
      case "jmp":
        this.#ways.add(instruction.to, this.#done, this.#failed, this.#depth);
        this.#stop();
        break;
      case "jmp-fail":
        if (this.#failed !== NOWHERE) this.#ways.add(instruction.to, NOWHERE, this.#failed, this.#depth);
        if (this.#done === NOWHERE) this.#stop();
        this.#failed = NOWHERE;
        break;
      case "exit":
        this.#finish(at, instruction.status);
        this.#stop();
        break;
      case "begin-object":
        this.#depth += 1;
        break;
      case "end-object":
        if (this.#depth === 0) throw this.#unsafe(at, "no object is open");
        this.#depth -= 1;
        break;
      case "literal":
        break;
      default:
        this.#operate(at, instruction);
    }
  }

  #stop(): void {
    this.#done = this.#failed = this.#depth = NOWHERE;
  }

  #operate(at: number, instruction: Instruction): void {
    const trees = this.#trees;
    const before = this.#ways.either(this.#done, this.#failed);
    if (waits(instruction) && (trees.any(before) & MAY_BE_SUSPENDED) !== 0)
      throw this.#unsafe(at, `waits while ${this.#find(before, MAY_BE_SUSPENDED)} may be suspended`);
    if (instruction.op === "create" && !mayChange(instruction.uuid, this.#owns))
      throw this.#unsafe(at, `the uuid "${instruction.uuid}" does not begin with DVM-`);
    let done = before;
    let failed = before;
    if (instruction.op === "rename") done = this.#rename(before, instruction);
    const steps = stepsOf(instruction.op);
    if (steps && "name" in instruction) {
      const number = this.#number(instruction.name);
      const bits = trees.bitsOf(before, number);
      if (suspends(instruction.op, bits)) this.risky[at] = 1;
      const bitsDone = steps.done[bits] ?? 0;
      const bitsFailed = steps.failed[bits] ?? 0;
      if (bitsDone !== bits) done = trees.withBits(before, number, bitsDone);
      if (bitsFailed !== bits) failed = trees.withBits(before, number, bitsFailed);
    }
    this.#done = done;
    this.#failed = failed;
    if (this.#instructions[at + 1]?.op === "jmp-fail") return;
    this.#done = NOWHERE;
    this.#finish(at, 1, "when it fails, and no jmp-fail follows, ");
    this.#done = done;
    this.#failed = NOWHERE;
  }

  #rename(before: Possible, { name, newName }: Extract<Instruction, { op: "rename" }>): Possible {
    const from = this.#number(name);
    const left = this.#trees.withBits(before, from, CLEAN);
    return this.#trees.withBits(left, this.#number(newName), this.#trees.bitsOf(before, from));
  }

  #any(): number {
    const done = this.#done === NOWHERE ? 0 : this.#trees.any(this.#done);
    return this.#failed === NOWHERE || this.#failed === this.#done
      ? done
      : done | this.#trees.any(this.#failed);
  }

  #finish(at: number, status: number, when = ""): void {
    this.#finishWith(at, this.#done, status, when);
    this.#finishWith(at, this.#failed, status, when);
  }

  #finishWith(at: number, bits: Possible, status: number, when: string): void {
    if (bits === NOWHERE || (this.#trees.any(bits) & (MUST_BE_RESUMED | MAY_BE_LOST)) === 0) return;
    const forgotten = this.#find(bits, MUST_BE_RESUMED);
    if (forgotten !== undefined)
      throw this.#unsafe(at, `${when}the program may end here with ${forgotten} suspended`);
    const lost = this.#find(bits, MAY_BE_LOST);
    if (lost !== undefined && status !== LOST_STATUS)
      throw this.#unsafe(at, `${when}the program may end here with ${lost} suspended, so it must end with 8`);
  }

  #checkTarget(at: number, to: number): void {
    if (to <= at) throw this.#unsafe(at, `jumps backwards, to ${to}`);
    if (to > this.#instructions.length) throw this.#unsafe(at, `jumps to ${to}, beyond the end`);
  }

  #find(tree: Possible, wanted: number): string | undefined {
    const device = this.#trees.findBits(tree, wanted);
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

/** A resume that swaps tables suspends the device by itself, and leaves it so when it fails. */
const suspends = (op: Instruction["op"], bits: number): boolean =>
  op === "suspend" || (op === "resume" && (bits & CLEAN) !== 0);
