/** The system calls of block I/O as promises. Callbacks and bare descriptors: the least that Node can do. */
import fs from "node:fs";
import { openUring, type Uring } from "./uring.ts";

/** What is used of node:fs, so that a test can hand in calls that fail or never answer. */
export type RawIo = Pick<typeof fs, "open" | "close" | "fstat" | "stat" | "read" | "write" | "fdatasync">;

export const rawIo: RawIo = fs;

/** How many transfers may be in the ring; more than anybody has under way. */
const RING = 256;
let ring: Uring | undefined | null = null;

/** The same calls, but reads and writes by io_uring where there is one: for devices that may hang. */
export function ringIo(io: RawIo): RawIo {
  if (ring === null) ring = openUring(RING);
  if (!ring) return io;
  const { read, write } = ring;
  const transfer =
    (taken: Uring["read"], otherwise: Transfer) =>
    (fd: number, buffer: Uint8Array, at: number, length: number, position: number, done: Done) => {
      if (!taken(fd, buffer, at, length, position, done)) otherwise(fd, buffer, at, length, position, done);
    };
  return {
    ...io,
    read: transfer(read, io.read) as typeof io.read,
    write: transfer(write, io.write) as typeof io.write,
  };
}

type Transfer = (...args: Parameters<Uring["read"]>) => void;
type Done = (error: NodeJS.ErrnoException | null, count: number) => void;
type Callback<T> = (error: NodeJS.ErrnoException | null, value: T) => void;

const promised = <T>(call: (done: Callback<T>) => void): Promise<T> =>
  new Promise((resolve, reject) => {
    call((error, value) => (error ? reject(error) : resolve(value)));
  });

export const openFd = (io: RawIo, path: string, flags: number): Promise<number> =>
  promised((done) => io.open(path, flags, done));

export const closeFd = (io: RawIo, fd: number): Promise<void> =>
  promised<void>((done) => io.close(fd, (error) => done(error ?? null, undefined)));

export const statFd = (io: RawIo, fd: number): Promise<fs.BigIntStats> =>
  promised((done) => io.fstat(fd, { bigint: true }, done));

export const statPath = (io: RawIo, path: string): Promise<fs.BigIntStats> =>
  promised((done) => io.stat(path, { bigint: true }, done));

export const syncFd = (io: RawIo, fd: number): Promise<void> =>
  promised<void>((done) => io.fdatasync(fd, (error) => done(error, undefined)));

/** Where to transfer to or from. `proceed` is called before each system call and throws when there is to be none. */
export interface Target {
  readonly io: RawIo;
  readonly fd: number;
  readonly proceed: () => void;
}

/** Reads until `buffer` is full. @throws Error with code EIO at the end of the file */
export async function readFully(target: Target, offset: number, buffer: Uint8Array): Promise<void> {
  const { io, fd, proceed } = target;
  for (let done = 0; done < buffer.length; ) {
    proceed();
    const count = await promised<number>((end) =>
      io.read(fd, buffer, done, buffer.length - done, offset + done, end),
    );
    if (count === 0) throw Object.assign(new Error("unexpected end"), { code: "EIO" });
    done += count;
  }
}

/** Writes until all of `buffer` is handed over. */
export async function writeFully(target: Target, offset: number, buffer: Uint8Array): Promise<void> {
  const { io, fd, proceed } = target;
  for (let done = 0; done < buffer.length; ) {
    proceed();
    const count = await promised<number>((end) =>
      io.write(fd, buffer, done, buffer.length - done, offset + done, end),
    );
    if (count === 0) throw Object.assign(new Error("nothing was written"), { code: "EIO" });
    done += count;
  }
}
