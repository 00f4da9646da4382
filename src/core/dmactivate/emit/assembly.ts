/** Writes instructions with labels in place of indices. Jumps only go forward, as programs demand. */
import type { Instruction, Program } from "../../../schema/index.ts";
import { assert } from "../../base/assert.ts";

/** Of a chain of jumps. */
const NONE = -1;

/** A place in the program, known once it is placed. */
export class Label {
  at: number | undefined;
  /** The latest jump that waits for it. Until then each waiting jump has the one before it for its target. */
  latest = NONE;
}

export class Assembly {
  readonly #instructions: Instruction[] = [];
  /** Jumps whose label has no place yet. */
  #waiting = 0;

  /**
   * Adds an operation; when it fails, the program goes on at `onFailure`, or ends with 1 when there is none.
   */
  add(instruction: Instruction, onFailure?: Label): void {
    this.#instructions.push(instruction);
    if (onFailure) this.#jump("jmp-fail", onFailure);
  }

  /** Adds an operation whose failure changes nothing about what follows. */
  tryTo(instruction: Instruction): void {
    const next = new Label();
    this.add(instruction, next);
    this.place(next);
  }

  jump(label: Label): void {
    this.#jump("jmp", label);
  }

  exit(status: number): void {
    this.#instructions.push({ op: "exit", status });
  }

  place(label: Label): void {
    assert(label.at === undefined, "a label is placed once");
    const here = this.#instructions.length;
    label.at = here;
    for (let at = label.latest; at !== NONE; ) {
      const jump = this.#instructions[at] as Jump;
      at = jump.to;
      jump.to = here;
      this.#waiting -= 1;
    }
  }

  finish(): Program {
    assert(this.#waiting === 0, "every label has a place");
    return { instructions: this.#instructions };
  }

  #jump(op: Jump["op"], label: Label): void {
    assert(label.at === undefined, "jumps go forward");
    const jump: Jump = { op, to: label.latest };
    label.latest = this.#instructions.length;
    this.#instructions.push(jump);
    this.#waiting += 1;
  }
}

interface Jump {
  readonly op: "jmp" | "jmp-fail";
  to: number;
}
