import { DvmError } from "../base/error.ts";
import { splitArgs } from "../dm/args.ts";

/** Reads the params of a table line word by word, unescaped. */
export class Words {
  readonly #words: readonly string[];
  readonly #where: string;
  #next = 0;

  constructor(params: string, where: string) {
    this.#words = splitArgs(params);
    this.#where = where;
  }

  get left(): number {
    return this.#words.length - this.#next;
  }

  /** The next word. @throws DvmError BAD_INPUT when there is none */
  word(what: string): string {
    const word = this.#words[this.#next];
    if (word === undefined) throw this.refuse(`${what} is missing`);
    this.#next += 1;
    return word;
  }

  /** The next word as a whole number. @throws DvmError BAD_INPUT */
  count(what: string): number {
    const word = this.word(what);
    if (!/^\d{1,16}$/.test(word) || !Number.isSafeInteger(Number(word)))
      throw this.refuse(`${what} "${word}" is no whole number`);
    return Number(word);
  }

  /** The next `count` words. */
  take(count: number, what: string): readonly string[] {
    return Array.from({ length: count }, () => this.word(what));
  }

  /** @throws DvmError BAD_INPUT when words are left over */
  end(): void {
    if (this.left > 0) throw this.refuse(`"${this.#words[this.#next]}" is one word too many`);
  }

  refuse(reason: string): DvmError {
    return new DvmError("BAD_INPUT", `${this.#where}: ${reason}`);
  }
}
