/** Writes instructions with labels in place of indices. Jumps only go forward, as programs demand. */
import type { Instruction, Program } from "../../schema/index.ts";
import { assert, defined } from "../base/assert.ts";

/** A place in the program, known once it is placed. */
export class Label {
  at: number | undefined;
}

export class Assembly {
  readonly #instructions: (Instruction | PendingJump)[] = [];

  /** Adds an operation; when it fails, the program goes on at `onFailure`, or ends with 1 when there is none. */
  add(instruction: Instruction, onFailure?: Label): void {
    this.#instructions.push(instruction);
    if (onFailure) this.#instructions.push({ op: "jmp-fail", label: onFailure });
  }

  /** Adds an operation whose failure changes nothing about what follows. */
  tryTo(instruction: Instruction): void {
    const next = new Label();
    this.add(instruction, next);
    this.place(next);
  }

  jump(label: Label): void {
    this.#instructions.push({ op: "jmp", label });
  }

  exit(status: number): void {
    this.#instructions.push({ op: "exit", status });
  }

  place(label: Label): void {
    assert(label.at === undefined, "a label is placed once");
    label.at = this.#instructions.length;
  }

  /** A label at the next instruction. */
  here(): Label {
    const label = new Label();
    this.place(label);
    return label;
  }

  finish(): Program {
    return {
      instructions: this.#instructions.map((instruction, index) => {
        if (!("label" in instruction)) return instruction;
        const to = defined(instruction.label.at, "the place of a label");
        assert(to > index, "jumps go forward");
        return { op: instruction.op, to };
      }),
    };
  }
}

interface PendingJump {
  readonly op: "jmp" | "jmp-fail";
  readonly label: Label;
}
