/** Which devices a program may change: those with a uuid of dvm's, as they were before its first instruction. */
import { DvmError } from "../base/error.ts";
import { isOurs } from "../dm/name.ts";
import type { Dm } from "../port/dm.ts";
import { changedDevice, type Instruction } from "./instructions.ts";

export class Ownership {
  readonly #ours: Set<string>;

  /** @throws DvmError EXISTS when the program would change a device that is not dvm's */
  constructor(dm: Dm, instructions: readonly Instruction[]) {
    const existing = new Set(dm.list().map(({ name }) => name));
    const changed = new Set(instructions.map(changedDevice).filter((name) => name !== undefined));
    this.#ours = new Set([...changed].filter((name) => existing.has(name) && checked(dm, name)));
  }

  /** False: the device was not there before and has not been made by this program, so it is nobody's to change. */
  has(name: string): boolean {
    return this.#ours.has(name);
  }

  /** Follows an operation that was done. */
  follow(instruction: Instruction): void {
    if (instruction.op === "create") this.#ours.add(instruction.name);
    if (instruction.op === "remove") this.#ours.delete(instruction.name);
    if (instruction.op === "rename") {
      this.#ours.delete(instruction.name);
      this.#ours.add(instruction.newName);
    }
  }
}

function checked(dm: Dm, name: string): true {
  const { uuid } = dm.info(name);
  if (isOurs(uuid)) return true;
  throw new DvmError(
    "EXISTS",
    `dm device ${name} is not dvm's (its uuid is "${uuid}"), so it is not touched`,
    {
      details: { device: name, uuid },
    },
  );
}
