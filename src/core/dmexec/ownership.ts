/** The devices that a program changes, as they were before its first instruction, and which it may change. */
import { DvmError } from "../base/error.ts";
import { mayChange } from "../dm/uuid.ts";
import type { Dm, DmInfo } from "../port/dm.ts";
import { changedDevice, type Instruction } from "./instructions.ts";
import type { Owned } from "./machine.ts";

export class Ownership implements Owned {
  /** Those of which more is of interest than whose they are. */
  readonly #before: ReadonlyMap<string, DmInfo>;
  readonly #ours: Set<string>;

  /**
   * @param owns what uuids begin with that the program may change besides dvm's
   * @throws DvmError EXISTS when the program would change any other device
   */
  constructor(dm: Dm, instructions: readonly Instruction[], owns?: readonly string[]) {
    const changed = new Set<string>();
    const looked = new Set<string>();
    instructions.forEach((instruction) => {
      const name = changedDevice(instruction);
      if (name === undefined) return;
      changed.add(name);
      // Whether it is in use when it is removed, the kernel knows best.
      if (instruction.op !== "remove") looked.add(name);
    });
    const before = new Map<string, DmInfo>();
    const ours = new Set<string>();
    if (changed.size > 0) {
      const uuids = dm.uuids();
      for (const name of uuids?.keys() ?? dm.list().map((each) => each.name)) {
        if (!changed.has(name)) continue;
        const uuid = uuids?.get(name);
        if (uuid === undefined || looked.has(name)) before.set(name, checked(dm.info(name), owns));
        else refuseForeign(name, uuid, owns);
        ours.add(name);
      }
    }
    this.#before = before;
    this.#ours = ours;
  }

  /**
   * False: the device was not there before and has not been made by this program, so it is nobody's to
   * change.
   */
  has(name: string): boolean {
    return this.#ours.has(name);
  }

  follow(instruction: Instruction): void {
    if (instruction.op === "create") this.#ours.add(instruction.name);
    if (instruction.op === "remove") this.#ours.delete(instruction.name);
    if (instruction.op === "rename") {
      this.#ours.delete(instruction.name);
      this.#ours.add(instruction.newName);
    }
  }

  /** It had a live table before the program. */
  wasLive(name: string): boolean {
    return this.#before.get(name)?.hasLive ?? false;
  }

  get someUnused(): boolean {
    return [...this.#before.keys()].some((name) => this.wasUnused(name));
  }

  /** Without a live table nobody can be waiting for it, whether it is suspended or not. */
  wasUnused(name: string): boolean {
    const info = this.#before.get(name);
    return info !== undefined && !info.hasLive && info.openCount === 0;
  }
}

function checked(info: DmInfo, owns: readonly string[] | undefined): DmInfo {
  refuseForeign(info.name, info.uuid, owns);
  return info;
}

function refuseForeign(name: string, uuid: string, owns: readonly string[] | undefined): void {
  if (mayChange(uuid, owns)) return;
  throw new DvmError(
    "EXISTS",
    `dm device ${name} is not dvm's (its uuid is "${uuid}"), so it is not touched`,
    {
      details: { device: name, uuid },
    },
  );
}
