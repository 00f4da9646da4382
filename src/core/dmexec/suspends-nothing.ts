/**
 * Programs in which nothing can come to be suspended: what brings devices up or takes them down. Such a
 * program suspends nothing itself, and resumes only what it has made and not resumed before, which nobody
 * uses yet, so that a resume that fails holds nobody up.
 *
 * The check (check.ts) finds out the same and much more, but follows all devices through all ways for it.
 * This goes over the instructions twice and asks only what is easy to tell because jumps go forward.
 */

import { hasSecret } from "../dm/secrets.ts";
import { mayChange } from "../dm/uuid.ts";
import type { Instruction } from "./instructions.ts";

/** @returns true only for a program that is safe; false says nothing: the check has to look */
export function suspendsNothing(instructions: readonly Instruction[], owns?: readonly string[]): boolean {
  const uses = firstResumes(instructions, owns);
  return uses !== undefined && areResumedOnce(uses);
}

/** What matters of a program in which each resume comes after its device was made. */
interface Uses {
  /** 0, or one of those below, by instruction. */
  readonly kinds: Uint8Array;
  /** The device's number, or where it jumps to. */
  readonly whats: Int32Array;
  /** How many devices the program makes. */
  readonly devices: number;
}

const JUMP = 1;
const JUMP_FAIL = 2;
const EXIT = 3;
/** Of a device that the program makes. */
const RESUME = 4;
const REMOVE = 5;

/**
 * @returns undefined when some resume may come to a device that the program has not made, or when there is
 *   something that only the check can judge
 */
function firstResumes(
  instructions: readonly Instruction[],
  owns: readonly string[] | undefined,
): Uses | undefined {
  const end = instructions.length;
  const kinds = new Uint8Array(end);
  const whats = new Int32Array(end);
  const numbers = new Map<string, number>();
  /** By device number: the instruction that makes it. A name that is used twice has two. */
  const madeAt: number[] = [];
  /** The first jump to an instruction. */
  const firstFrom = new Int32Array(end + 1).fill(end);
  /** The first of all jumps that have come down so far. */
  let earliest = end;
  for (let at = 0; at < end; at += 1) {
    const instruction = instructions[at] as Instruction;
    const from = firstFrom[at] as number;
    if (from < earliest) earliest = from;
    switch (instruction.op) {
      case "jmp-fail":
      case "jmp": {
        const { op, to } = instruction;
        if (to <= at || to > end) return undefined;
        if (at < (firstFrom[to] as number)) firstFrom[to] = at;
        kinds[at] = op === "jmp" ? JUMP : JUMP_FAIL;
        whats[at] = to;
        break;
      }
      case "exit":
        kinds[at] = EXIT;
        break;
      case "create": {
        const { name, uuid } = instruction;
        if (!mayChange(uuid, owns)) return undefined;
        numbers.set(name, madeAt.push(at) - 1);
        break;
      }
      case "resume": {
        const device = numbers.get(instruction.name);
        // Who jumps over the create, or away after it has failed, must come down behind this.
        if (device === undefined || earliest <= (madeAt[device] as number) + 1) return undefined;
        kinds[at] = RESUME;
        whats[at] = device;
        break;
      }
      case "remove": {
        const device = numbers.get(instruction.name);
        if (device === undefined) break;
        kinds[at] = REMOVE;
        whats[at] = device;
        break;
      }
      case "load":
        if (instruction.table.some(hasSecret)) return undefined;
        break;
      case "suspend":
      case "rename":
      case "begin-object":
      case "end-object":
        return undefined;
      default:
    }
  }
  return { kinds, whats, devices: madeAt.length };
}

/** Whether no way leads from a resume or a removal that was done to another resume of that device. */
function areResumedOnce({ kinds, whats, devices }: Uses): boolean {
  const nowhere = kinds.length + 1;
  /** By device: the first and the last resume from here on. */
  const first = new Int32Array(devices).fill(nowhere);
  const last = new Int32Array(devices).fill(-1);
  // From here one comes to what follows, as far as the next exit or jmp, and beyond that not before where a
  // jump comes down.
  let stop = kinds.length;
  let beyond = nowhere;
  /** Without the jump of the instruction behind this one. */
  let beyondThat = nowhere;
  for (let at = kinds.length - 1; at >= 0; at -= 1) {
    const kind = kinds[at] as number;
    const what = whats[at] as number;
    const before = beyond;
    if (kind === EXIT || kind === JUMP) {
      stop = at;
      beyond = kind === JUMP ? what : nowhere;
    } else if (kind === JUMP_FAIL) {
      if (what > stop && what < beyond) beyond = what;
    } else if (kind === RESUME || kind === REMOVE) {
      const next = first[what] as number;
      // A jmp-fail right behind it is for when it has failed.
      const reached = kinds[at + 1] === JUMP_FAIL ? beyondThat : beyond;
      if (next < nowhere && (next <= stop || (last[what] as number) >= reached)) return false;
      if (kind === RESUME) {
        first[what] = at;
        if (next === nowhere) last[what] = at;
      }
    }
    beyondThat = before;
  }
  return true;
}
