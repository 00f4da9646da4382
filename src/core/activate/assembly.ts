/** Writes instructions with labels in place of indices. Jumps only go forward, as programs demand. */
import type { Instruction, Program } from "../../schema/index.ts";
import { assert } from "../base/assert.ts";

/** A place in the program, known once it is placed; jumps to it wait for that. */
export class Label {
  at: number | undefined;
  readonly waiting: Jump[] = [];
}

export class Assembly {
  readonly #instructions: Instruction[] = [];
  /** Jumps whose label has no place yet. */
  #waiting = 0;

  /** Adds an operation; when it fails, the program goes on at `onFailure`, or ends with 1 when there is none. */
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
    label.at = this.#instructions.length;
    for (const jump of label.waiting) jump.to = label.at;
    this.#waiting -= label.waiting.length;
  }

  finish(): Program {
    assert(this.#waiting === 0, "every label has a place");
    return { instructions: this.#instructions };
  }

  #jump(op: Jump["op"], label: Label): void {
    assert(label.at === undefined, "jumps go forward");
    const jump: Jump = { op, to: 0 };
    label.waiting.push(jump);
    this.#waiting += 1;
    this.#instructions.push(jump);
  }
}

interface Jump {
  readonly op: "jmp" | "jmp-fail";
  to: number;
}
