/** Executes a program after checking it. */
import type { Program, ProgramResult } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { type Dm, type DmFailure, DmRefused } from "../port/dm.ts";
import { checkProgram, LOST_STATUS } from "./check.ts";
import { failureOf, OperationFailed } from "./failure.ts";
import { Gathered } from "./gather.ts";
import { changedDevice, type Instruction, isOperation, nameOf } from "./instructions.ts";
import { operate } from "./operate.ts";
import { Ownership } from "./ownership.ts";

/**
 * @returns what it gathered and did, when it ended with 0
 * @throws DvmError UNSAFE_PROGRAM before anything is done; EXISTS likewise for a device that is not dvm's;
 *   PROGRAM_FAILED with the result as output when it ended with another status, HALF_DONE when that is 8
 */
export async function runProgram(dm: Dm, program: Program): Promise<ProgramResult> {
  checkProgram(program);
  const { instructions } = program;
  const machine = new Machine(dm, instructions, new Ownership(dm, instructions));
  const suspends = instructions.some(({ op }) => op === "suspend" || op === "resume");
  const shielded = suspends ? await dm.shielded(() => machine.run()) : machine.run();
  const result: ProgramResult = { ...machine.result(), ...(shielded?.faults && { faults: shielded.faults }) };
  if (result.exit !== 0) throw failed(machine, result);
  return result;
}

function failed({ failures }: Machine, result: ProgramResult): DvmError {
  const { exit, suspended } = result;
  const reasons = failures.map(({ instruction, failure: { errno, reason } }) =>
    reason === undefined
      ? `${nameOf(instruction)}: ${errno}`
      : `${nameOf(instruction)}: ${errno} (${reason})`,
  );
  const left = suspended ? `; left suspended: ${suspended.join(", ")}` : "";
  const why = reasons.length > 0 ? reasons.slice(0, 4).join("; then ") : `it ended with ${exit}`;
  return new DvmError(exit === LOST_STATUS ? "HALF_DONE" : "PROGRAM_FAILED", `${why}${left}`, {
    output: result,
    details: { exit, ...(suspended && { suspended }) },
  });
}

/** What failed at an instruction. */
interface Failed {
  readonly instruction: Instruction;
  readonly failure: DmFailure;
}

class Machine {
  readonly failures: Failed[] = [];
  readonly #dm: Dm;
  readonly #instructions: readonly Instruction[];
  readonly #ownership: Ownership;
  readonly #gathered = new Gathered();
  readonly #trace: ProgramResult["trace"][number][] = [];
  /** Devices that may be suspended now, in the order in which that happened. */
  readonly #suspended = new Set<string>();
  #exit = 0;

  constructor(dm: Dm, instructions: readonly Instruction[], ownership: Ownership) {
    this.#dm = dm;
    this.#instructions = instructions;
    this.#ownership = ownership;
  }

  /** Whatever is thrown in here, nothing stays suspended that can be resumed. */
  run(): undefined {
    try {
      this.#exit = this.#steps();
    } finally {
      this.#settle();
    }
    return undefined;
  }

  result(): ProgramResult {
    const suspended = [...this.#suspended];
    const exit = suspended.length > 0 ? LOST_STATUS : this.#exit;
    const values = this.#gathered.values;
    return { exit, values, trace: this.#trace, ...(suspended.length > 0 && { suspended }) };
  }

  /** @returns the exit status */
  #steps(): number {
    let lastFailed = false;
    for (let at = 0; at < this.#instructions.length; at += 1) {
      const instruction = this.#instructions[at];
      if (!instruction) break;
      if (instruction.op === "exit") return instruction.status;
      if (instruction.op === "jmp" || (instruction.op === "jmp-fail" && lastFailed)) {
        at = instruction.to - 1;
      } else if (isOperation(instruction)) {
        lastFailed = !this.#perform(at, instruction);
        if (lastFailed && this.#instructions[at + 1]?.op !== "jmp-fail") return 1;
      } else {
        this.#report(instruction);
      }
    }
    return 0;
  }

  #report(instruction: Instruction): void {
    if (instruction.op === "begin-object") this.#gathered.begin(instruction.key);
    if (instruction.op === "end-object") this.#gathered.end();
    if (instruction.op === "literal") this.#gathered.put(instruction.key, instruction.value);
  }

  /** @returns whether it was done */
  #perform(index: number, instruction: Instruction): boolean {
    const begun = performance.now();
    const failure = this.#attempt(instruction);
    if (failure) this.failures.push({ instruction, failure });
    this.#follow(instruction, failure);
    this.#trace.push({
      index,
      op: instruction.op,
      ...("name" in instruction && { device: instruction.name }),
      errno: failure?.errno ?? null,
      ...(failure?.reason !== undefined && { reason: failure.reason }),
      durationUs: Math.round((performance.now() - begun) * 1000),
    });
    return !failure;
  }

  #attempt(instruction: Instruction): DmFailure | undefined {
    try {
      const device = changedDevice(instruction);
      if (device !== undefined && !this.#ownership.has(device))
        throw new OperationFailed({ errno: "ENXIO", reason: "there is no such device" });
      const value = operate(this.#dm, instruction);
      const key = "key" in instruction ? (instruction.key ?? nameOf(instruction)) : nameOf(instruction);
      if (value !== undefined) this.#gathered.put(key, value);
      return undefined;
    } catch (thrown) {
      return failureOf(thrown);
    }
  }

  #follow(instruction: Instruction, failure: DmFailure | undefined): void {
    if (!failure) this.#ownership.follow(instruction);
    if (instruction.op === "suspend" && !failure) this.#suspended.add(instruction.name);
    if (instruction.op === "remove" && !failure) this.#suspended.delete(instruction.name);
    if (instruction.op === "rename" && !failure && this.#suspended.delete(instruction.name))
      this.#suspended.add(instruction.newName);
    if (instruction.op === "resume") {
      if (failure) this.#suspended.add(instruction.name);
      else this.#suspended.delete(instruction.name);
    }
  }

  /** Children were suspended last, so they are resumed first. What stays is what is left suspended. */
  #settle(): void {
    for (const name of [...this.#suspended].reverse()) {
      if (this.#isWell(name) || this.#resume(name)) this.#suspended.delete(name);
    }
  }

  /** Not suspended, gone, or without a table: nobody waits for it. */
  #isWell(name: string): boolean {
    try {
      const { suspended, hasLive } = this.#dm.info(name);
      return !suspended || !hasLive;
    } catch (thrown) {
      return thrown instanceof DmRefused && thrown.failure.errno === "ENXIO";
    }
  }

  /** Without what was loaded, which is what may have failed. */
  #resume(name: string): boolean {
    try {
      this.#dm.clear(name);
      this.#dm.resume(name);
      return true;
    } catch {
      return false;
    }
  }
}
