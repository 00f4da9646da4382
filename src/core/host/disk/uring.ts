/**
 * Reads and writes by io_uring(7). A thread that waits for direct I/O on a device which neither answers nor
 * fails cannot be interrupted, not by the end of its process either; a transfer that is in the kernel's ring
 * waits in no thread, and costs none. A flush has no such form: the kernel does it in a thread, which waits
 * as ours would. A write through the device's cache has: direct I/O on a block device makes it one request
 * with forced unit access (FUA), and where the device has no such thing the block layer asks a flush after
 * the write, both without anybody who waits.
 *
 * Invariants: this thread alone moves the tail of the submission queue and the head of the completion queue.
 * A buffer is kept as long as the kernel may use it, which for a transfer that never ends is for ever. Each
 * transfer that was taken is called back once, with what the kernel said of it and not before; it says so of
 * a write when the device has taken it, in any order: who wants an order waits.
 */
import fs from "node:fs";
import { errnoName } from "../errno.ts";
import { koffi } from "../koffi.ts";
import { checked, libc } from "../native.ts";

/** System calls (the same numbers on every architecture), operations and offsets from <linux/io_uring.h>. */
const SYS = { setup: 425, enter: 426, register: 427 } as const;
const REGISTER_EVENTFD = 4;
const OP = { read: 22, write: 23 } as const;
/** RWF_DSYNC from <linux/fs.h>. */
const DSYNC = 2;
const IOSQE_ASYNC = 1 << 4;
const EAGAIN = 11;
/**
 * IORING_FEAT_…: both rings by one mmap (Linux 5.4), and one that came with the operations that are used here
 * (5.6).
 */
const SINGLE_MMAP = 1 << 0;
const RW_CUR_POS = 1 << 3;
const AT_RING = 0;
const AT_ENTRIES = 0x10000000;
const PARAMS_BYTES = 120;
const SQ = { offsets: 40, head: 0, tail: 4, mask: 8, array: 24 } as const;
const CQ = { offsets: 80, head: 0, tail: 4, mask: 8, entries: 20 } as const;
const SQE_WORDS = 16;
const CQE_BYTES = 16;
const PROT_READ_WRITE = 3;
const MAP_SHARED_POPULATE = 0x8001;
const EFD_CLOEXEC = 0x80000;

type Done = (error: NodeJS.ErrnoException | null, count: number) => void;

/** As fs.read and fs.write. @returns false when it was not taken and has to be done in another way */
type Submit = (
  fd: number,
  buffer: Uint8Array,
  at: number,
  length: number,
  position: number,
  done: Done,
) => boolean;

export interface Uring {
  readonly read: Submit;
  readonly write: Submit;
  /** A write that is called back when it is durable. */
  readonly writeThrough: Submit;
}

interface Wanted {
  readonly op: (typeof OP)[keyof typeof OP];
  /** RWF_… */
  readonly flags: number;
  readonly fd: number;
  /** Kept here as long as the kernel may use it. */
  readonly buffer: Uint8Array;
  readonly address: number;
  readonly length: number;
  readonly position: number;
  readonly done: Done;
  /** IOSQE_ASYNC: a worker of the kernel submits it, which may wait where we may not. */
  readonly byWorker: boolean;
}

/**
 * @param entries how many transfers may be under way. @returns undefined where the kernel or its policy has
 * no io_uring
 */
export function openUring(entries: number): Uring | undefined {
  try {
    return new Ring(mapRings(entries));
  } catch {
    return undefined;
  }
}

/**
 * Earlier kernels than Linux 5.6 have rings, but no reads and writes of one buffer in them: each would fail.
 * @param features that io_uring_setup(2) tells
 */
export const isNewEnough = (features: number): boolean =>
  (features & SINGLE_MMAP) !== 0 && (features & RW_CUR_POS) !== 0;

/**
 * The two rings in memory that the kernel shares, and the entries of submissions. Places are in words of 32
 * bits.
 */
interface Rings {
  readonly fd: number;
  readonly sqEntries: number;
  readonly words: Uint32Array;
  readonly entry: Uint32Array;
  readonly sq: {
    readonly head: number;
    readonly tail: number;
    readonly array: number;
    readonly mask: number;
  };
  readonly cq: {
    readonly head: number;
    readonly tail: number;
    readonly entries: number;
    readonly mask: number;
  };
}

/** @throws Error where the kernel, its policy or its age has no rings for this */
function mapRings(entries: number): Rings {
  const { declare } = libc();
  const mmap = declare("int64_t mmap(uint64_t, size_t, int, int, int, int64_t)");
  const setup = declare("long syscall(long, uint32_t, void *)");
  const params = Buffer.alloc(PARAMS_BYTES);
  const fd = checked("io_uring_setup", Number(setup(SYS.setup, entries, params)));
  const u32 = (offset: number) => params.readUInt32LE(offset);
  const [sqEntries, cqEntries, features] = [u32(0), u32(4), u32(20)];
  if (!isNewEnough(features)) throw new Error("io_uring: before Linux 5.6");
  const map = (length: number, offset: number): Uint32Array => {
    const address = Number(mmap(0, length, PROT_READ_WRITE, MAP_SHARED_POPULATE, fd, offset));
    checked("mmap", address);
    return new Uint32Array(koffi().view(BigInt(address), length));
  };
  const array = u32(SQ.offsets + SQ.array);
  const cqes = u32(CQ.offsets + CQ.entries);
  const words = map(Math.max(array + sqEntries * 4, cqes + cqEntries * CQE_BYTES), AT_RING);
  const entry = map(sqEntries * SQE_WORDS * 4, AT_ENTRIES);
  const place = (ring: typeof SQ | typeof CQ) => ({
    head: u32(ring.offsets + ring.head) / 4,
    tail: u32(ring.offsets + ring.tail) / 4,
    mask: words[u32(ring.offsets + ring.mask) / 4] ?? 0,
  });
  const sq = { ...place(SQ), array: array / 4 };
  const cq = { ...place(CQ), entries: cqes / 4 };
  return { fd, sqEntries, words, entry, sq, cq };
}

class Ring implements Uring {
  readonly #rings: Rings;
  readonly #enter = libc().declare("long syscall(long, int, uint32_t, uint32_t, uint32_t, void *, size_t)");
  /** Readable when something has ended. A thread waits for that: such a wait can be interrupted. */
  readonly #event: number;
  readonly #ticks = Buffer.alloc(8);
  readonly #waiting = new Map<number, Wanted>();
  #next = 1;
  #listens = false;

  readonly read = this.#taking(OP.read);
  readonly write = this.#taking(OP.write);
  readonly writeThrough = this.#taking(OP.write, DSYNC);

  constructor(rings: Rings) {
    this.#rings = rings;
    const { declare } = libc();
    const register = declare("long syscall(long, int, uint32_t, void *, uint32_t)");
    const eventfd = declare("int eventfd(unsigned int, int)");
    this.#event = checked("eventfd", eventfd(0, EFD_CLOEXEC));
    const argument = Buffer.alloc(4);
    argument.writeInt32LE(this.#event);
    checked("io_uring_register", Number(register(SYS.register, rings.fd, REGISTER_EVENTFD, argument, 1)));
  }

  #taking(op: Wanted["op"], flags = 0): Submit {
    return (fd, buffer, at, length, position, done) => {
      const address = libc().addressOf(buffer) + at;
      return this.#submit({ op, flags, fd, buffer, address, length, position, done, byWorker: false });
    };
  }

  #submit(wanted: Wanted): boolean {
    const { fd, sqEntries, words, sq } = this.#rings;
    if (this.#waiting.size >= sqEntries || this.#waiting.has(this.#next)) return false;
    const id = this.#next;
    this.#next = id === 0xffffffff ? 1 : id + 1;
    const tail = Atomics.load(words, sq.tail);
    const index = tail & sq.mask;
    this.#fillEntry(index * SQE_WORDS, id, wanted);
    words[sq.array + index] = index;
    this.#waiting.set(id, wanted);
    Atomics.store(words, sq.tail, (tail + 1) >>> 0);
    const taken = Number(this.#enter(SYS.enter, fd, 1, 0, 0, null, 0));
    if (taken !== 1 && Atomics.load(words, sq.head) === tail) {
      // Not consumed: as if it had never been there.
      Atomics.store(words, sq.tail, tail);
      this.#waiting.delete(id);
      return false;
    }
    this.#listen();
    return true;
  }

  /** struct io_uring_sqe at that word. */
  #fillEntry(at: number, id: number, { op, flags, fd, address, length, position, byWorker }: Wanted): void {
    const { entry } = this.#rings;
    const putU64 = (word: number, value: number): void => {
      entry[word] = value;
      entry[word + 1] = Math.floor(value / 2 ** 32);
    };
    entry.fill(0, at, at + SQE_WORDS);
    entry[at] = op | ((byWorker ? IOSQE_ASYNC : 0) << 8);
    entry[at + 1] = fd;
    putU64(at + 2, position);
    putU64(at + 4, address);
    entry[at + 6] = length;
    entry[at + 7] = flags;
    entry[at + 8] = id;
  }

  #listen(): void {
    if (this.#listens || this.#waiting.size === 0) return;
    this.#listens = true;
    fs.read(this.#event, this.#ticks, 0, 8, null, () => {
      this.#listens = false;
      this.#reap();
      this.#listen();
    });
  }

  /** Calls back all that has ended. */
  #reap(): void {
    const { words, cq } = this.#rings;
    let head = Atomics.load(words, cq.head);
    for (; head !== Atomics.load(words, cq.tail); head = (head + 1) >>> 0) {
      const at = cq.entries + (head & cq.mask) * (CQE_BYTES / 4);
      const id = words[at] ?? 0;
      const result = (words[at + 2] ?? 0) | 0;
      Atomics.store(words, cq.head, (head + 1) >>> 0);
      const found = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (!found) continue;
      // The driver cannot tell whether it would have to wait: then it may.
      if (-result === EAGAIN && !found.byWorker && this.#submit({ ...found, byWorker: true })) continue;
      const code = result < 0 ? errnoName(-result) : undefined;
      found.done(code === undefined ? null : Object.assign(new Error(code), { code }), Math.max(result, 0));
    }
  }
}
