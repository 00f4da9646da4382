import { DvmError } from "../base/error.ts";
import type { Channel, Listener, SocketPlace, Sockets } from "../port/sockets.ts";

/** Sockets of a machine in memory, and the clients that connect to them. */
export class SimSockets implements Sockets {
  readonly #waiting: ((channel: Channel | undefined) => void)[] = [];
  readonly #arrived: Channel[] = [];
  /** Where somebody listens. */
  place: SocketPlace | undefined;

  async listen(place: SocketPlace): Promise<Listener> {
    if (this.place) throw new DvmError("IN_USE", "another process listens there");
    this.place = place;
    return {
      next: async () => {
        const channel = this.#arrived.shift();
        if (channel || !this.place) return channel;
        return new Promise((resolve) => this.#waiting.push(resolve));
      },
      close: async () => {
        this.place = undefined;
        for (const resolve of this.#waiting.splice(0)) resolve(undefined);
      },
    };
  }

  connect(): SimClient {
    const client = new SimClient();
    const next = this.#waiting.shift();
    if (next) next(client.channel);
    else this.#arrived.push(client.channel);
    return client;
  }
}

/** The other end of a channel. */
export class SimClient {
  readonly #toServer: Buffer[] = [];
  #fromServer: Buffer = Buffer.alloc(0);
  #serverWaits: (() => void) | undefined;
  #clientWaits: (() => void) | undefined;
  #isGone = false;
  /** The server has closed it. */
  isClosed = false;
  /** False: what the server sends is not taken, as by a client that does not read. */
  reads = true;
  #unread: (() => void)[] = [];

  readonly channel: Channel = {
    read: async () => {
      while (this.#toServer.length === 0 && !this.#isGone && !this.isClosed)
        await new Promise<void>((resolve) => {
          this.#serverWaits = resolve;
        });
      return this.#toServer.shift();
    },
    write: async (parts) => {
      this.#fromServer = Buffer.concat([this.#fromServer, ...parts]);
      this.#clientWaits?.();
      if (!this.reads)
        await new Promise<void>((resolve) => {
          this.#unread.push(resolve);
        });
      if (this.#isGone || this.isClosed) throw new DvmError("IO", "the client is gone");
    },
    close: () => {
      this.isClosed = true;
      this.#wake();
    },
  };

  send(...parts: readonly Uint8Array[]): void {
    this.#toServer.push(Buffer.concat(parts));
    this.#serverWaits?.();
  }

  /** @returns undefined when the server has closed before it has sent so much */
  async take(length: number): Promise<Buffer | undefined> {
    while (this.#fromServer.length < length) {
      if (this.isClosed) return undefined;
      await new Promise<void>((resolve) => {
        this.#clientWaits = resolve;
      });
    }
    const taken = this.#fromServer.subarray(0, length);
    this.#fromServer = this.#fromServer.subarray(length);
    return taken;
  }

  /** Resolves when the server has closed. */
  async closed(): Promise<void> {
    while (!this.isClosed)
      await new Promise<void>((resolve) => {
        this.#clientWaits = resolve;
      });
  }

  /** It goes on reading. */
  readAgain(): void {
    this.reads = true;
    for (const resolve of this.#unread.splice(0)) resolve();
  }

  /** It is killed. */
  kill(): void {
    this.#isGone = true;
    this.#wake();
  }

  #wake(): void {
    this.#serverWaits?.();
    this.#clientWaits?.();
    for (const resolve of this.#unread.splice(0)) resolve();
  }
}
