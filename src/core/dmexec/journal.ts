/** What a program has done so far. Taking notes takes no memory, so that it works in a locked section. */
import type { ProgramResult } from "../../schema/index.ts";
import { steadyMs } from "../base/steady-ms.ts";
import type { DmFailure } from "../port/dm.ts";
import { Gathered } from "./gather.ts";
import { type Instruction, isOperation, nameOf } from "./instructions.ts";

export class Journal {
  readonly #instructions: readonly Instruction[];
  /** Numbers of the instructions that were executed, in order. */
  readonly #executed: Int32Array;
  #count = 0;
  /** In ms, by instruction number. */
  readonly #begun: Float64Array;
  readonly #ended: Float64Array;
  #now = 0;
  readonly #failures = new Map<number, DmFailure>();
  readonly #values = new Map<number, unknown>();

  constructor(instructions: readonly Instruction[]) {
    this.#instructions = instructions;
    this.#executed = new Int32Array(instructions.length);
    this.#begun = new Float64Array(instructions.length);
    this.#ended = new Float64Array(instructions.length);
  }

  /**
   * The clock runs from here. Later its reading after one operation is that before the next: it takes a
   * system call.
   */
  start(): void {
    this.#now = steadyMs();
  }

  /** How many instructions were executed. */
  get length(): number {
    return this.#count;
  }

  begin(at: number): void {
    this.#executed[this.#count] = at;
    this.#count += 1;
    this.#begun[at] = this.#now;
  }

  end(at: number): void {
    this.#now = steadyMs();
    this.#ended[at] = this.#now;
  }

  /** Forgets everything. */
  clear(): void {
    this.#count = 0;
  }

  /** What came of an operation. Takes memory: for after the locked section. */
  note(at: number, { failure, value }: { readonly failure?: DmFailure; readonly value?: unknown }): void {
    if (failure) this.#failures.set(at, failure);
    if (value !== undefined) this.#values.set(at, value);
  }

  /** Looks at each instruction that was executed, from the one that was executed as number `from`. */
  each(look: (at: number, instruction: Instruction) => void, from = 0): void {
    for (let number = from; number < this.#count; number += 1) {
      const at = this.#executed[number] ?? 0;
      const instruction = this.#instructions[at];
      if (instruction) look(at, instruction);
    }
  }

  failures(): { readonly instruction: Instruction; readonly failure: DmFailure }[] {
    const found: { instruction: Instruction; failure: DmFailure }[] = [];
    this.each((at, instruction) => {
      const failure = this.#failures.get(at);
      if (failure) found.push({ instruction, failure });
    });
    return found;
  }

  values(): Record<string, unknown> {
    const gathered = new Gathered();
    this.each((at, instruction) => {
      if (instruction.op === "begin-object") gathered.begin(instruction.key);
      if (instruction.op === "end-object") gathered.end();
      if (instruction.op === "literal") gathered.put(instruction.key, instruction.value);
      const value = this.#values.get(at);
      if (value === undefined) return;
      const key = "key" in instruction ? instruction.key : undefined;
      gathered.put(key ?? nameOf(instruction), value);
    });
    return gathered.values;
  }

  trace(): ProgramResult["trace"] {
    const trace: ProgramResult["trace"] = [];
    this.each((at, instruction) => {
      if (!isOperation(instruction)) return;
      const failure = this.#failures.get(at);
      // Most of them, at once.
      if (!failure && "name" in instruction) {
        const { op, name: device } = instruction;
        trace.push({ index: at, op, device, errno: null, durationUs: this.#durationUs(at, at) });
        return;
      }
      trace.push({
        index: at,
        op: instruction.op,
        ...("name" in instruction && { device: instruction.name }),
        errno: failure?.errno ?? null,
        ...(failure?.reason !== undefined && { reason: failure.reason }),
        durationUs: this.#durationUs(at, at),
      });
    });
    return trace;
  }

  /**
   * How long each device was suspended: from the beginning of its suspend to the end of the resume that was
   * done, which is a little more than its users had to wait.
   * @param isLive true for a device that had a live table when the program began
   */
  suspensions(isLive: (name: string) => boolean): { device: string; durationUs: number }[] {
    const since = new Map<string, number>();
    const made = new Set<string>();
    const found: { device: string; durationUs: number }[] = [];
    this.each((at, instruction) => {
      if (this.#failures.has(at)) return;
      if (instruction.op === "create") made.add(instruction.name);
      if (instruction.op === "suspend" && !since.has(instruction.name)) since.set(instruction.name, at);
      if (instruction.op !== "resume") return;
      const { name } = instruction;
      // A resume that swaps tables suspends by itself.
      const from = since.get(name) ?? (isLive(name) && !made.has(name) ? at : undefined);
      if (from !== undefined) found.push({ device: name, durationUs: this.#durationUs(from, at) });
      since.delete(name);
    });
    return found;
  }

  #durationUs(from: number, to: number): number {
    return Math.max(0, Math.round(((this.#ended[to] ?? 0) - (this.#begun[from] ?? 0)) * 1000));
  }
}
