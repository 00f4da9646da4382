/**
 * A device-mapper to run planned programs on: simulated, with failures where a test wants them, or a real
 * one.
 */

import { checkProgram } from "../../src/core/dmexec/check.ts";
import { isOperation } from "../../src/core/dmexec/instructions.ts";
import { operate } from "../../src/core/dmexec/operate.ts";
import { dmState } from "../../src/core/dmexec/state.ts";
import type { Dm } from "../../src/core/port/dm.ts";
import { simDm } from "../../src/core/sim/dm-sim.ts";
import { emptySimState, type SimState } from "../../src/core/sim/dm-state.ts";
import type { DmState, Instruction, Program } from "../../src/schema/index.ts";

/** Leaf devices of the bench, all of this many sectors. */
export const LEAF_SECTORS = 2 ** 40;

/**
 * refused: the operation does nothing. dropped: a resume drops the loaded table and leaves the device
 * suspended with the old one. stuck: a resume swaps tables and leaves the device suspended with the new one.
 */
export type FailureMode = "refused" | "dropped" | "stuck";

export interface Failure {
  /** Index of the instruction. */
  readonly at: number;
  readonly mode: FailureMode;
}

export interface Run {
  readonly exit: number;
  /** Indices of the operations that were tried, in order. */
  readonly tried: readonly number[];
}

export class Bench {
  readonly state: SimState;
  readonly dm: Dm;

  /** @param dm a real one, of which `state` knows nothing */
  constructor(state: SimState = emptySimState(), dm?: Dm) {
    this.state = state;
    this.dm =
      dm ??
      simDm(
        { read: (look) => look(state), change: (operation) => operation(state) },
        { leafSize: (token) => ({ size: LEAF_SECTORS, token }), pause() {} },
      );
  }

  copy(): Bench {
    return new Bench(structuredClone(this.state));
  }

  dump(): DmState {
    return dmState(this.dm, { all: true });
  }

  /** Puts devices there, tables and all, with nothing of the code under test. */
  build(devices: DmState["devices"]): void {
    const built = new Set<string>();
    const byName = new Map(devices.map((device) => [device.name, device]));
    const make = (device: DmState["devices"][number]): void => {
      if (built.has(device.name)) return;
      built.add(device.name);
      for (const line of device.table ?? [])
        for (const [, name] of line.params.matchAll(/@(\S+)/g)) {
          const child = byName.get(name ?? "");
          if (child) make(child);
        }
      this.dm.create(device.name, device.uuid);
      if (!device.table) return;
      this.#operate({
        op: "load",
        name: device.name,
        table: device.table,
        readOnly: device.readOnly ?? false,
      });
      this.dm.resume(device.name);
    };
    for (const device of devices) make(device);
    for (const { name, inactive, suspended, table } of devices) {
      if (suspended && table) this.dm.suspend(name, { noflush: false, skipLockfs: false });
      if (inactive) this.#operate({ op: "load", name, table: inactive });
    }
  }

  /** Somebody other than dm has it open. */
  open(name: string): void {
    for (const device of this.state.devices) if (device.name === name) device.opened += 1;
  }

  /**
   * Runs a program that passes the check, without waiting.
   * @param watch called after each operation that was done
   */
  run(program: Program, failures: readonly Failure[] = [], watch?: (instruction: Instruction) => void): Run {
    checkProgram(program);
    return this.runUnchecked(program, failures, watch);
  }

  /** As run, for the beginning of a program, which by itself would not pass. */
  runUnchecked(
    { instructions }: Program,
    failures: readonly Failure[] = [],
    watch?: (instruction: Instruction) => void,
  ): Run {
    const failing = new Map(failures.map(({ at, mode }) => [at, mode]));
    const tried: number[] = [];
    let failed = false;
    for (let at = 0; at < instructions.length; at += 1) {
      const instruction = instructions[at];
      if (!instruction) break;
      if (instruction.op === "exit") return { exit: instruction.status, tried };
      if (instruction.op === "jmp" || (instruction.op === "jmp-fail" && failed)) {
        at = instruction.to - 1;
        continue;
      }
      if (!isOperation(instruction)) continue;
      tried.push(at);
      failed = !this.#attempt(instruction, failing.get(at));
      if (failed && instructions[at + 1]?.op !== "jmp-fail") return { exit: 1, tried };
      if (!failed) watch?.(instruction);
    }
    return { exit: 0, tried };
  }

  #attempt(instruction: Instruction, mode: FailureMode | undefined): boolean {
    if (mode !== undefined) {
      if (instruction.op === "resume" && mode !== "refused") this.#breakResume(instruction.name, mode);
      return false;
    }
    try {
      this.#operate(instruction.op === "remove" ? { op: "remove", name: instruction.name } : instruction);
      return true;
    } catch {
      return false;
    }
  }

  #breakResume(name: string, mode: FailureMode): void {
    const device = this.state.devices.find((each) => each.name === name);
    if (!device) return;
    if (mode === "stuck" && device.inactive) device.live = device.inactive;
    device.inactive = null;
    device.suspended = true;
  }

  #operate(instruction: Instruction): void {
    operate(this.dm, instruction);
  }
}
