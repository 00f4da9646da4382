/** Executes the instructions of one program, one after the other. */
import { type Dm, type DmFailure, DmRefused } from "../port/dm.ts";
import { changedDevice, type Instruction, isOperation } from "./instructions.ts";
import { Journal } from "./journal.ts";
import { NO_SUCH_DEVICE, type Performer } from "./performer.ts";

/** Which devices a program may change. */
export interface Owned {
  has(name: string): boolean;
  /** Follows an operation that was done. */
  follow(instruction: Instruction): void;
}

export class Machine {
  readonly journal: Journal;
  readonly #dm: Dm;
  readonly #instructions: readonly Instruction[];
  readonly #owned: Owned;
  readonly #unanswered: ReadonlyMap<string, DmFailure>;
  /**
   * By device that the program may suspend: the number of the suspension, so that they can be told in order;
   * 0 when it is not suspended.
   */
  readonly #suspended = new Map<string, number>();
  #suspensions = 0;
  #at = 0;
  #lastFailed = false;
  #exit: number | undefined;

  /** @param unanswered by device that is not to be suspended: why not */
  constructor(
    dm: Dm,
    instructions: readonly Instruction[],
    owned: Owned,
    unanswered: ReadonlyMap<string, DmFailure> = new Map(),
  ) {
    this.#dm = dm;
    this.#unanswered = unanswered;
    this.#instructions = instructions;
    this.#owned = owned;
    this.journal = new Journal(instructions);
    // All keys from the beginning: a map that grows takes memory.
    instructions.forEach((instruction) => {
      const { op } = instruction;
      if (op !== "suspend" && op !== "resume" && op !== "rename") return;
      this.#suspended.set(instruction.name, 0);
      if (op === "rename") this.#suspended.set(instruction.newName, 0);
    });
  }

  /** The number of the next instruction. */
  get at(): number {
    return this.#at;
  }

  /** The status that the program has ended with; undefined while it has not. */
  get exit(): number | undefined {
    return this.#exit;
  }

  /** Devices that may be suspended now, in the order in which that happened. */
  suspended(): string[] {
    return [...this.#suspended]
      .filter(([, number]) => number > 0)
      .sort(([, a], [, b]) => a - b)
      .map(([name]) => name);
  }

  /**
   * Goes on until the program ends, or stands before an instruction at which `stops` is 1. Whatever is thrown
   * in here, and at the end, nothing stays suspended that can be resumed.
   */
  walk(performer: Performer, stops: Uint8Array): void {
    this.journal.start();
    try {
      this.#exit = this.#walk(performer, stops);
    } catch (thrown) {
      this.#settle();
      throw thrown;
    }
    if (this.#exit !== undefined && this.#suspensions > 0) this.#settle();
  }

  /** Back to the beginning. */
  restart(): void {
    this.#at = 0;
    this.#exit = undefined;
    this.journal.clear();
  }

  #walk(performer: Performer, stops: Uint8Array): number | undefined {
    for (; this.#at < this.#instructions.length; this.#at += 1) {
      const instruction = this.#instructions[this.#at];
      if (instruction === undefined) break;
      if (stops[this.#at] === 1) return undefined;
      if (instruction.op === "exit") return instruction.status;
      if (instruction.op === "jmp" || (instruction.op === "jmp-fail" && this.#lastFailed)) {
        this.#at = instruction.to - 1;
      } else if (isOperation(instruction)) {
        this.#lastFailed = !this.#perform(performer, this.#at, instruction);
        if (this.#lastFailed && this.#instructions[this.#at + 1]?.op !== "jmp-fail") return 1;
      } else if (instruction.op !== "jmp-fail") {
        this.journal.begin(this.#at);
      }
    }
    return 0;
  }

  /** @returns whether it was done */
  #perform(performer: Performer, at: number, instruction: Instruction): boolean {
    this.journal.begin(at);
    const device = changedDevice(instruction);
    const refusal = device === undefined ? undefined : this.#refusalOf(instruction, device);
    if (refusal) performer.refuse(at, refusal);
    const may = !refusal;
    const done = may && performer.perform(at, instruction);
    this.journal.end(at);
    if (done) this.#owned.follow(instruction);
    this.#follow(instruction, done, may);
    return done;
  }

  #refusalOf({ op }: Instruction, device: string): DmFailure | undefined {
    if (!this.#owned.has(device)) return NO_SUCH_DEVICE;
    return op === "suspend" ? this.#unanswered.get(device) : undefined;
  }

  #follow(instruction: Instruction, done: boolean, tried: boolean): void {
    switch (instruction.op) {
      case "suspend":
        if (done) this.#setSuspended(instruction.name);
        break;
      case "resume":
        if (done) this.#suspended.set(instruction.name, 0);
        else if (tried) this.#setSuspended(instruction.name);
        break;
      case "remove":
        if (done && this.#suspended.has(instruction.name)) this.#suspended.set(instruction.name, 0);
        break;
      case "rename":
        if (!done) break;
        this.#suspended.set(instruction.newName, this.#suspended.get(instruction.name) ?? 0);
        this.#suspended.set(instruction.name, 0);
        break;
      default:
    }
  }

  #setSuspended(name: string): void {
    if (this.#suspended.get(name) !== 0) return;
    this.#suspensions += 1;
    this.#suspended.set(name, this.#suspensions);
  }

  /** Children were suspended last, so they are resumed first. What stays is what is left suspended. */
  #settle(): void {
    for (const name of this.suspended().reverse()) {
      if (this.#isWell(name) || this.#resume(name)) this.#suspended.set(name, 0);
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
