import type { Channel } from "../port/sockets.ts";

/** The bytes of a client, in pieces of the size that is wanted. */
export class Input {
  readonly #channel: Pick<Channel, "read">;
  #rest: Buffer = Buffer.alloc(0);
  #isEnded = false;
  #endWaiting: () => void = () => undefined;

  constructor(channel: Pick<Channel, "read">) {
    this.#channel = channel;
  }

  /** Nothing more is taken of it, as if the client had gone. */
  stop(): void {
    this.#isEnded = true;
    this.#endWaiting();
  }

  /** @returns undefined when so much will not come */
  async take(length: number): Promise<Buffer | undefined> {
    if (this.#rest.length >= length && !this.#isEnded) {
      const taken = this.#rest.subarray(0, length);
      this.#rest = this.#rest.subarray(length);
      return taken;
    }
    const bytes = Buffer.alloc(length);
    return (await this.fill(bytes)) ? bytes : undefined;
  }

  /** @returns false when so much will not come */
  async fill(bytes: Uint8Array): Promise<boolean> {
    return this.#move(bytes.length, (part, at) => bytes.set(part, at));
  }

  /** @returns false when so much will not come */
  async skip(length: number): Promise<boolean> {
    return this.#move(length, () => undefined);
  }

  async #move(length: number, use: (part: Buffer, at: number) => void): Promise<boolean> {
    for (let done = 0; done < length; ) {
      if (this.#isEnded) return false;
      if (this.#rest.length === 0) {
        const next = await this.#read();
        if (next === undefined) {
          this.#isEnded = true;
          return false;
        }
        this.#rest = next;
      }
      const part = this.#rest.subarray(0, length - done);
      use(part, done);
      this.#rest = this.#rest.subarray(part.length);
      done += part.length;
    }
    return true;
  }

  #read(): Promise<Buffer | undefined> {
    return new Promise((resolve, reject) => {
      this.#endWaiting = () => resolve(undefined);
      this.#channel.read().then(resolve, reject);
    });
  }
}
