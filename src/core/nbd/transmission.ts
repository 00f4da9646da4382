import { toDvmError } from "../base/error.ts";
import type { Channel } from "../port/sockets.ts";
import { Budget } from "./budget.ts";
import { errnoFor } from "./errno.ts";
import type { Input } from "./input.ts";
import { CMD, CMD_FLAG, ERRNO, type Errno } from "./layout.ts";
import type { Chosen } from "./negotiate.ts";
import { costOf, PIECE, piecesOf, type RequestPiece, takeBuffer } from "./pieces.ts";
import { dataHead, emptyChunk, errorChunk, simpleReply, statusChunk } from "./reply.ts";
import { type Request, refusalOf } from "./request.ts";
import { runsOf } from "./runs.ts";

/** Told what people should know of, when a request has failed. */
export type TellFailure = (message: string) => void;

/** Requests of one client that are under way at once, and bytes of them that are in memory. */
const MOST_REQUESTS = 64;
const MOST_BYTES = 4 * PIECE;

const ZEROES = Buffer.alloc(PIECE);

/** The requests of one client. */
export class Transmission {
  readonly #channel: Channel;
  readonly #input: Input;
  readonly #chosen: Chosen;
  readonly #isStopped: () => boolean;
  readonly #tell: TellFailure;
  readonly #slots = new Budget(MOST_REQUESTS);
  readonly #memory = new Budget(MOST_BYTES);
  /** Nothing can be sent any more. */
  #isGone = false;

  constructor(channel: Channel, input: Input, chosen: Chosen, isStopped: () => boolean, tell: TellFailure) {
    this.#channel = channel;
    this.#input = input;
    this.#chosen = chosen;
    this.#isStopped = isStopped;
    this.#tell = tell;
  }

  /** Begins a request, when there is room for it. @returns false when the client is gone */
  async accept(request: Request): Promise<boolean> {
    await this.#slots.take(1);
    const refusal = refusalOf(request, this.#chosen);
    const isWrite = request.type === CMD.WRITE;
    if (refusal !== undefined) {
      const isThere = !isWrite || (await this.#input.skip(request.length));
      this.#go(this.#send([this.#failed(request, refusal)]));
      return isThere && !this.#isGone;
    }
    if (isWrite) return this.#write(request);
    if (request.type === CMD.READ && !this.#chosen.structured && piecesFor(request).length > 1) {
      // Its answer is one piece, between whose parts no other may come.
      this.#slots.giveBack(1);
      await this.#slots.whole();
      await this.#slots.take(1);
      await this.#go(this.#readInOrder(request));
    } else if (request.type === CMD.READ) this.#go(this.#read(request));
    else this.#go(this.#other(request));
    return !this.#isGone;
  }

  /** Resolves when nothing is under way. */
  ended(): Promise<void> {
    return this.#slots.whole();
  }

  /** A request, which gives back its slot whatever becomes of it. */
  async #go(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch {
      this.#isGone = true;
      this.#input.stop();
    } finally {
      this.#slots.giveBack(1);
    }
  }

  /** Takes in its bytes piece by piece; each is written while the next one comes. */
  async #write(request: Request): Promise<boolean> {
    const { write } = this.#chosen.export;
    const writes: Promise<unknown>[] = [];
    let isThere = true;
    for (const piece of piecesFor(request)) {
      await this.#memory.take(costOf(piece.length));
      const { bytes, giveBack } = takeBuffer(piece.length);
      const done = () => {
        giveBack();
        this.#memory.giveBack(costOf(piece.length));
      };
      isThere = await this.#input.fill(bytes);
      if (!isThere) {
        done();
        break;
      }
      // Caught at once: it may fail long before it is looked at.
      writes.push(this.#attempt(write(piece.at, bytes)).finally(done));
    }
    this.#go(
      (async () => {
        const failures = (await Promise.all(writes)).filter((each) => each !== undefined);
        if (isThere) await this.#finish(request, failures[0] as Errno | undefined);
      })(),
    );
    return isThere && !this.#isGone;
  }

  async #read(request: Request): Promise<void> {
    const { structured } = this.#chosen;
    const pieces = piecesFor(request);
    if (pieces.length === 0) return this.#finish(request, undefined);
    const isTooMuch = pieces.length > 1 && (request.flags & CMD_FLAG.DF) !== 0;
    if (isTooMuch) return this.#send([this.#failed(request, ERRNO.EOVERFLOW)]);
    let left = pieces.length;
    let failure: Errno | undefined;
    const readOne = async (piece: RequestPiece): Promise<void> => {
      const { bytes, giveBack } = takeBuffer(piece.length);
      try {
        const failed = await this.#attempt(this.#chosen.export.read(piece.at, bytes));
        failure ??= failed;
        left -= 1;
        const wanted = bytes.subarray(piece.begin - piece.at, piece.end - piece.at);
        if (left === 0 && failure !== undefined) await this.#send([this.#failed(request, failure)]);
        else if (failed === undefined)
          await this.#send([
            structured
              ? dataHead(request.cookie, left === 0, piece.begin, wanted.length)
              : simpleReply(request.cookie, 0),
            wanted,
          ]);
      } finally {
        giveBack();
        this.#memory.giveBack(costOf(piece.length));
      }
    };
    const reads: Promise<void>[] = [];
    for (const piece of pieces) {
      await this.#memory.take(costOf(piece.length));
      const read = readOne(piece);
      read.catch(() => undefined);
      reads.push(read);
    }
    await Promise.all(reads);
  }

  /**
   * For a client that takes an answer in one piece only. When a later part fails nothing can say so any more:
   * then the connection ends.
   */
  async #readInOrder(request: Request): Promise<void> {
    for (const [index, piece] of piecesFor(request).entries()) {
      const { bytes, giveBack } = takeBuffer(piece.length);
      try {
        const failed = await this.#attempt(this.#chosen.export.read(piece.at, bytes));
        if (failed !== undefined && index === 0) return await this.#send([this.#failed(request, failed)]);
        if (failed !== undefined) throw new Error("the rest of an answer cannot be read");
        const wanted = bytes.subarray(piece.begin - piece.at, piece.end - piece.at);
        await this.#send([...(index === 0 ? [simpleReply(request.cookie, 0)] : []), wanted]);
      } finally {
        giveBack();
      }
    }
  }

  async #other(request: Request): Promise<void> {
    const [offset, length] = [Number(request.offset), request.length];
    switch (request.type) {
      case CMD.FLUSH:
        return this.#finish(request, await this.#attempt(this.#chosen.export.flush()));
      case CMD.TRIM:
        return this.#finish(request, await this.#attempt(this.#trim(offset, length)));
      case CMD.WRITE_ZEROES:
        return this.#finish(request, await this.#attempt(this.#zero(offset, length)));
      default:
        return this.#status(request);
    }
  }

  async #status({ flags, cookie, offset, length }: Request): Promise<void> {
    const most = (flags & CMD_FLAG.REQ_ONE) === 0 ? Number.POSITIVE_INFINITY : 1;
    const runs: Awaited<ReturnType<typeof runsOf>> = [];
    const look = async () => {
      runs.push(...(await runsOf(this.#chosen.export.runAt, Number(offset), length, most)));
    };
    const failed = await this.#attempt(look());
    await this.#send([failed === undefined ? statusChunk(cookie, runs) : errorChunk(cookie, failed)]);
  }

  async #trim(offset: number, length: number): Promise<void> {
    const { logicalBlockSize: block, discard } = this.#chosen.export;
    const [begin, end] = [Math.ceil(offset / block) * block, Math.floor((offset + length) / block) * block];
    if (begin < end) await discard(begin, end - begin);
  }

  async #zero(offset: number, length: number): Promise<void> {
    const { zero, write } = this.#chosen.export;
    if (zero) return zero(offset, length);
    for (const piece of piecesOf(offset, length)) {
      if (this.#isStopped() || this.#isGone) throw new Stopped();
      await write(piece.at, ZEROES.subarray(0, piece.length));
    }
  }

  /** The answer of a request without data; after its writes are durable, if that was asked for. */
  async #finish(request: Request, failed: Errno | undefined): Promise<void> {
    const { flags, type, cookie } = request;
    const { structured, export: served } = this.#chosen;
    const mustFlush = failed === undefined && (flags & CMD_FLAG.FUA) !== 0 && type !== CMD.FLUSH;
    const failure = mustFlush ? await this.#attempt(served.flush()) : failed;
    if (failure !== undefined) return this.#send([this.#failed(request, failure)]);
    await this.#send([structured ? emptyChunk(cookie) : simpleReply(cookie, 0)]);
  }

  #failed({ cookie }: Request, errno: Errno): Buffer {
    return this.#chosen.structured ? errorChunk(cookie, errno) : simpleReply(cookie, errno);
  }

  /** @returns what it failed with */
  async #attempt(work: Promise<void>): Promise<Errno | undefined> {
    try {
      await work;
      return undefined;
    } catch (thrown) {
      if (thrown instanceof Stopped) return ERRNO.ESHUTDOWN;
      const error = toDvmError(thrown);
      this.#tell(error.message);
      return errnoFor(error);
    }
  }

  async #send(parts: readonly Uint8Array[]): Promise<void> {
    if (!this.#isGone) await this.#channel.write(parts);
  }
}

/** The server ends before the request does. */
class Stopped extends Error {}

const piecesFor = ({ offset, length }: Request): RequestPiece[] => piecesOf(Number(offset), length);
