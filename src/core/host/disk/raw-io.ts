/** The system calls of block I/O as promises. Callbacks and bare descriptors: the least that Node can do. */
import fs from "node:fs";
import { openUring, type Uring } from "./uring.ts";

/** What is used of node:fs, so that a test can hand in calls that fail or never answer. */
export type RawIo = Pick<
  typeof fs,
  "open" | "close" | "closeSync" | "fstat" | "fstatSync" | "stat" | "statfs" | "read" | "write" | "fdatasync"
>;

/** With writes of a block device opened with O_DIRECT that call back when they are durable. */
export interface RingIo extends RawIo {
  readonly writeThrough: Write;
}

export type Write = (
  fd: number,
  buffer: Uint8Array,
  at: number,
  length: number,
  position: number,
  done: (error: NodeJS.ErrnoException | null, count: number) => void,
) => void;

export const rawIo: RawIo = fs;

/** How many transfers may be in the ring; more than anybody has under way. */
const RING = 256;
let ring: Uring | undefined | null = null;

/**
 * The same calls, but transfers by io_uring: for devices that may hang. @returns undefined where there is
 * none
 */
export function ringIo(io: RawIo): RingIo | undefined {
  if (ring === null) ring = openUring(RING);
  if (!ring) return undefined;
  const transfer =
    (taken: Uring["read"], otherwise: Write): Write =>
    (fd, buffer, at, length, position, done) => {
      if (!taken(fd, buffer, at, length, position, done)) otherwise(fd, buffer, at, length, position, done);
    };
  const writeAndSync: Write = (fd, buffer, at, length, position, done) =>
    io.write(fd, buffer, at, length, position, (failure, count) => {
      if (failure) done(failure, 0);
      else io.fdatasync(fd, (error) => done(error, count));
    });
  return {
    ...io,
    read: transfer(ring.read, io.read) as typeof io.read,
    write: transfer(ring.write, io.write) as typeof io.write,
    writeThrough: transfer(ring.writeThrough, writeAndSync),
  };
}

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

/** f_type of statfs(2). */
export const typeOfFileSystem = (io: RawIo, path: string): Promise<number> =>
  promised<fs.StatsFs>((done) => io.statfs(path, done)).then(({ type }) => type);

export const syncFd = (io: RawIo, fd: number): Promise<void> =>
  promised<void>((done) => io.fdatasync(fd, (error) => done(error, undefined)));

/**
 * Where to transfer to or from. `proceed` is called before each system call and throws when there is to be
 * none.
 */
export interface TransferTarget {
  readonly io: RawIo;
  readonly fd: number;
  readonly proceed: () => void;
}

/** Reads until `buffer` is full. @throws Error with code EIO at the end of the file */
export async function readFully(target: TransferTarget, offset: number, buffer: Uint8Array): Promise<void> {
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
export const writeFully = (target: TransferTarget, offset: number, buffer: Uint8Array): Promise<void> =>
  writeFullyBy(target.io.write as Write, target, offset, buffer);

/** Writes until `write` has taken all of `buffer`. */
export async function writeFullyBy(
  write: Write,
  { fd, proceed }: TransferTarget,
  offset: number,
  buffer: Uint8Array,
): Promise<void> {
  for (let done = 0; done < buffer.length; ) {
    proceed();
    const count = await promised<number>((end) =>
      write(fd, buffer, done, buffer.length - done, offset + done, end),
    );
    if (count === 0) throw Object.assign(new Error("nothing was written"), { code: "EIO" });
    done += count;
  }
}
