/**
 * One client: the handshake, then its requests, many at once. What it may use is bounded: so many requests,
 * so much memory. Who does not read its answers, or sends half a request, stops itself and nobody else.
 */
import type { Channel } from "../port/sockets.ts";
import type { NbdExports } from "./export.ts";
import { Input } from "./input.ts";
import { CMD } from "./layout.ts";
import { type Chosen, negotiate } from "./negotiate.ts";
import { decodeRequest, REQUEST_BYTES } from "./request.ts";
import { type TellFailure, Transmission } from "./transmission.ts";

export class Connection {
  readonly #channel: Channel;
  readonly #exports: NbdExports;
  readonly #input: Input;
  readonly #tell: TellFailure;
  #isStopped = false;
  /** An export is chosen. */
  hasChosen = false;

  constructor(channel: Channel, exports: NbdExports, tell: TellFailure = () => undefined) {
    this.#channel = channel;
    this.#exports = exports;
    this.#input = new Input(channel);
    this.#tell = tell;
  }

  /** No further request is taken; those that are under way are answered. */
  stop(): void {
    this.#isStopped = true;
    this.#input.stop();
  }

  /** Until the client is gone or has been stopped, and nothing of it is under way. Never fails. */
  async run(): Promise<void> {
    try {
      const chosen = await this.#negotiated();
      if (chosen) await this.#serve(chosen);
    } catch {
      // It went away in the middle of an answer.
    } finally {
      this.#channel.close();
    }
  }

  async #negotiated(): Promise<Chosen | undefined> {
    const steps = negotiate();
    for (let step = steps.next(undefined); ; ) {
      if (step.done) {
        this.hasChosen = step.value !== undefined;
        return step.value;
      }
      const want = step.value;
      if ("send" in want) {
        await this.#channel.write([want.send]);
        step = steps.next(undefined);
      } else if ("take" in want) {
        const taken = await this.#input.take(want.take);
        if (!taken) return undefined;
        step = steps.next(taken);
      } else if ("names" in want) step = steps.next(this.#exports.names);
      else step = steps.next(await this.#exports.find(want.find));
    }
  }

  async #serve(chosen: Chosen): Promise<void> {
    const isStopped = () => this.#isStopped;
    const transmission = new Transmission(this.#channel, this.#input, chosen, isStopped, this.#tell);
    try {
      for (;;) {
        const head = await this.#input.take(REQUEST_BYTES);
        const request = head && decodeRequest(head);
        if (!request || request.type === CMD.DISC) return;
        if (!(await transmission.accept(request))) return;
      }
    } finally {
      await transmission.ended();
    }
  }
}
