import "./threads.ts";
import { fstatSync, readFileSync, statSync } from "node:fs";
import {
  lstat,
  mkdtemp,
  open,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  unlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { allocated } from "../../base/allocated.ts";
import { DvmError, errnoOf } from "../../base/error.ts";
import { nodeCrypto } from "../../base/node-crypto.ts";
import { PathError } from "../../base/path-error.ts";
import { reasonOf } from "../../base/system-failure.ts";
import type { Files, Sink, Source } from "../../port/files.ts";
import { isTerminal } from "./is-terminal.ts";
import { writeStdout } from "./stdio.ts";

const CHUNK = 1 << 20;

/** Files of the machine. "-" is stdin or stdout. */
export const hostFiles: Files = {
  async withTemporary(bytes, use) {
    const directory = await mkdtemp(join(tmpdir(), "dvm-")).catch((cause) => {
      const why = reasonOf(errnoOf(cause) ?? String(cause));
      throw new DvmError(
        "IO",
        `${tmpdir()}: ${why}: no temporary file can be made; set TMPDIR to a directory`,
        {
          cause,
        },
      );
    });
    try {
      const path = join(directory, "document");
      await writeFile(path, bytes, { mode: 0o600 });
      return await use(path);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
  async read(path, limit) {
    if (path === "-") return readStdin(limit);
    const bytes = await readWhole(path, limit);
    if (bytes === undefined) throw new PathError("BAD_INPUT", path, "no such file");
    return bytes;
  },
  readIfThere: readWhole,
  openSource,
  openSink,
  checkLinks,
  async write(path, bytes) {
    // A link may lead to anything: to a disk of a VG, which the file would take the place of.
    const there = await lstat(path).catch(() => undefined);
    if (there?.isSymbolicLink())
      throw new PathError("BAD_INPUT", path, "is a symlink, which is not followed");
    if (there && !there.isFile()) throw new PathError("BAD_INPUT", path, "is there, and is no file");
    const sink = await openSink(path);
    try {
      await sink.write(bytes);
    } catch (error) {
      await sink.abandon();
      throw error;
    }
    await sink.finish();
  },
};

async function openSource(path: string): Promise<Source> {
  // A pipe or socket is read through its descriptor: a socket cannot be opened by name.
  if (path === "-" && !fstatSync(0).isFile()) return streamSource(stdin());
  const file = await open(path === "-" ? "/dev/stdin" : path, "r").catch((cause) => {
    throw unreadable(path, cause);
  });
  const status = await file.stat();
  if (status.isDirectory()) {
    await file.close();
    throw new PathError("BAD_INPUT", path, "is a directory");
  }
  return {
    size: status.isFile() ? status.size : undefined,
    async read(buffer) {
      let done = 0;
      while (done < buffer.length) {
        const { bytesRead } = await file.read(buffer, done, buffer.length - done, null).catch((cause) => {
          throw unreadable(path, cause);
        });
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return done;
    },
    close: () => file.close(),
  };
}

function streamSource(stream: AsyncIterable<unknown>): Source {
  const chunks = stream[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  return {
    size: undefined,
    async read(buffer) {
      let done = 0;
      while (done < buffer.length) {
        if (rest.length === 0) {
          const next = await chunks.next().catch((cause) => {
            throw unreadable("stdin", cause);
          });
          if (next.done) break;
          rest = next.value as Buffer;
        }
        const part = rest.subarray(0, buffer.length - done);
        buffer.set(part, done);
        rest = rest.subarray(part.length);
        done += part.length;
      }
      return done;
    },
    close: async () => void (await chunks.return?.()),
  };
}

async function openSink(path: string): Promise<Sink> {
  if (path === "-") {
    return { write: writeStdout, finish: async () => undefined, abandon: async () => undefined };
  }
  const failed = (cause: unknown) =>
    new PathError("IO", path, `cannot write: ${errnoOf(cause) ?? cause}`, { cause });
  await checkLinks(path);
  // A link keeps pointing where it does; a pipe is written to, never replaced by a file.
  const target = await realpath(path).catch(() => path);
  const there = await stat(target).catch(() => undefined);
  if (there?.isDirectory()) throw new PathError("BAD_INPUT", path, "is a directory");
  if (there?.isBlockDevice()) throw new PathError("BAD_INPUT", path, "is a block device, not a file");
  const inPlace = there !== undefined && !there.isFile();
  const temporary = inPlace
    ? target
    : join(dirname(target), `.${basename(target)}.${nodeCrypto().randomBytes(6).toString("hex")}`);
  // Who may read the file that is replaced may read the new one; metadata and LVs are for nobody else. What
  // is there under the temporary name, a link too, is not written to.
  const mode = there?.isFile() ? there.mode & 0o777 : 0o600;
  const file = await open(temporary, inPlace ? "w" : "wx", mode).catch((cause) => {
    throw failed(cause);
  });
  const abandon = async () => {
    await file.close().catch(() => undefined);
    if (!inPlace) await unlink(temporary).catch(() => undefined);
  };
  return {
    abandon,
    write: (bytes) =>
      file.writeFile(bytes).catch((cause) => {
        throw failed(cause);
      }),
    async finish() {
      try {
        // A pipe or a character device has nothing to flush.
        if (!inPlace) await file.sync();
        await file.close();
        if (inPlace) return;
        await rename(temporary, target);
        await syncDirectory(dirname(target));
      } catch (cause) {
        await abandon();
        throw failed(cause);
      }
    },
  };
}

/** Follows links one by one, as many as the kernel would. */
async function checkLinks(path: string): Promise<void> {
  let at = path;
  for (let links = 0; links < 40; links += 1) {
    const link = await lstat(at).catch(() => undefined);
    if (!link?.isSymbolicLink()) return;
    const directory = await stat(dirname(at));
    const isOpenToAll = (directory.mode & 0o1002) === 0o1002;
    if (isOpenToAll && link.uid !== process.geteuid?.() && link.uid !== directory.uid)
      throw new PathError(
        "IN_USE",
        path,
        `${at} is a symlink that another user (${link.uid}) has made in a directory open to ` +
          "all: name the file that is meant",
      );
    at = resolve(dirname(at), await readlink(at));
  }
}

async function readWhole(path: string, limit: number): Promise<Buffer | undefined> {
  // A config is read before it is known how many threads are wanted, and a file of the machine needs none.
  const size = regularSize(path);
  if (size !== undefined) return readRegular(path, size, limit);
  const file = await open(path, "r").catch((cause) => {
    if (errnoOf(cause) === "ENOENT") return undefined;
    throw unreadable(path, cause);
  });
  if (!file) return undefined;
  try {
    return await collect(file.createReadStream({ autoClose: false, highWaterMark: CHUNK }), path, limit);
  } catch (cause) {
    throw cause instanceof DvmError ? cause : unreadable(path, cause);
  } finally {
    await file.close();
  }
}

/** Undefined for what is no regular file, or not there. */
function regularSize(path: string): number | undefined {
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    return there?.isFile() ? there.size : undefined;
  } catch {
    return undefined; // whoever opens it says why
  }
}

function readRegular(path: string, size: number, limit: number): Buffer {
  const tooLong = () => new PathError("BAD_INPUT", path, `more than the ${limit} bytes allowed`);
  if (size > limit) throw tooLong();
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
  if (bytes.length > limit) throw tooLong();
  return bytes;
}

const readStdin = (limit: number): Promise<Buffer> => collect(stdin(), "stdin", limit);

/** @throws DvmError USAGE when it is a terminal: nobody is to sit and wait */
function stdin(): NodeJS.ReadStream {
  if (isTerminal(0))
    throw new DvmError("USAGE", "reads a document on stdin, which is a terminal: pipe one in");
  return process.stdin;
}

async function collect(stream: AsyncIterable<unknown>, path: string, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = chunk as Buffer;
    length += bytes.length;
    if (length > limit) throw new PathError("BAD_INPUT", path, `more than the ${limit} bytes allowed`);
    chunks.push(bytes);
  }
  return allocated(() => Buffer.concat(chunks));
}

/** The rename itself must survive a power cut. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

const unreadable = (path: string, cause: unknown): DvmError => {
  const errno = errnoOf(cause);
  const reason =
    errno === "EISDIR"
      ? "is a directory"
      : errno === "ENOENT"
        ? "no such file"
        : `cannot be read: ${errno ?? cause}`;
  return new PathError("BAD_INPUT", path, reason, { cause });
};
