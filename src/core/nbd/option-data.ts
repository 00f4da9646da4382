/** As the protocol has it for all names. */
const MOST_TEXT = 4096;

/** The data of an option, read from the front. What is not there, or is too long, is undefined. */
export class OptionData {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** All of it was read. */
  get isEmpty(): boolean {
    return this.#at === this.#bytes.length;
  }

  u16(): number | undefined {
    return this.#next(2)?.readUInt16BE(0);
  }

  u32(): number | undefined {
    return this.#next(4)?.readUInt32BE(0);
  }

  /** With its length before it. */
  text(): string | undefined {
    const length = this.u32();
    return length === undefined || length > MOST_TEXT ? undefined : this.#next(length)?.toString();
  }

  /** All that is left. */
  rest(): string {
    return this.#next(this.#bytes.length - this.#at)?.toString() ?? "";
  }

  #next(length: number): Buffer | undefined {
    if (this.#at + length > this.#bytes.length) return undefined;
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}
