import { fstatSync, type Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { allocated } from "../../base/allocated.ts";
import { PathError } from "../../base/path-error.ts";
import type { Files, Sink, Source } from "../../port/files.ts";
import { type Fence, makeFence } from "../disk/fence.ts";

/** The slowest disk that is worth waiting for. */
const BYTES_PER_MS = 1024;

/**
 * Files of which each is written within a deadline or not at all, and read so: a document, a backup, a trace,
 * an export or what is imported may be on a file system whose server is gone, or on a disk that hangs, and
 * nobody is to wait for that, with a lock least of all. What is late is given up, and so is all that is
 * further asked of that directory; the thread that waits for it is lost. Each piece has the deadline, and
 * what is written has more at its end, when all of it is flushed: a second for each MiB. A document on stdin
 * has it as a whole where that is a file. Whoever is at the other end of a pipe, a character device or stdout
 * may take any time.
 */
export function filesInTime(files: Files, deadlineMs: number): Files {
  const fence = makeFence({ deadlineMs, stuckLimit: () => 1 });
  const inTime = <T>(path: string, operation: () => Promise<T>, what = cannotWrite): Promise<T> =>
    fence.run(dirname(path), what(path), operation);
  const openSource = async (path: string): Promise<Source> => {
    const isWaitedFor = path === "-" ? stdinWaits() : await inTime(path, () => waits(path), cannotRead);
    if (isWaitedFor) return files.openSource(path);
    return sourceInTime(fence, path, await inTime(path, () => files.openSource(path), cannotRead));
  };
  return {
    ...files,
    openSource,
    read: async (path, limit) => {
      if (path !== "-") return readAll(await openSource(path), path, limit);
      const read = () => files.read(path, limit);
      // Not opened once more by a name: that takes a right, and /proc, and begins at the file's first byte.
      return stdinWaits() ? read() : fence.run("stdin", cannotRead("stdin"), read);
    },
    write: (path, bytes) => inTime(path, () => files.write(path, bytes)),
    checkLinks: (path) => inTime(path, () => files.checkLinks(path)),
    async openSink(path) {
      if (path === "-" || (await inTime(path, () => waits(path)))) return files.openSink(path);
      return sinkInTime(fence, path, await inTime(path, () => files.openSink(path)));
    },
  };
}

const CHUNK = 1 << 20;

/** @throws DvmError BAD_INPUT for more than the limit; DEADLINE */
async function readAll(source: Source, path: string, limit: number): Promise<Buffer> {
  const refuseLonger = (length: number) => {
    if (length > limit) throw new PathError("BAD_INPUT", path, `more than the ${limit} bytes allowed`);
  };
  try {
    refuseLonger(source.size ?? 0);
    // One byte more than there is shows that there is no more; files of /proc have a size of 0.
    let bytes = allocated(() => Buffer.allocUnsafe((source.size || CHUNK) + 1));
    let length = 0;
    while (true) {
      const piece = bytes.subarray(length, length + CHUNK);
      const read = await source.read(piece);
      length += read;
      refuseLonger(length);
      if (read < piece.length) return bytes.subarray(0, length);
      if (length === bytes.length) bytes = allocated(() => Buffer.concat([bytes], 2 * length));
    }
  } finally {
    await source.close();
  }
}

const cannotWrite = (path: string): string => `${path}: cannot write`;

const cannotRead = (path: string): string => `${path}: cannot read`;

/** There is somebody at the other end, who may take any time; what is there is opened by whoever wants it. */
const waits = (path: string): Promise<boolean> => stat(path).then(isForOthers, () => false);

/** Nothing is known of one that is closed. */
function stdinWaits(): boolean {
  try {
    return isForOthers(fstatSync(0));
  } catch {
    return true;
  }
}

const isForOthers = (there: Stats): boolean =>
  there.isFIFO() || there.isSocket() || there.isCharacterDevice();

function sourceInTime(fence: Fence, path: string, source: Source): Source {
  const directory = dirname(path);
  return {
    size: source.size,
    read: (buffer) => fence.run(directory, cannotRead(path), () => source.read(buffer)),
    // What is stuck in a read holds it open until the process ends.
    close: async () => {
      if (!fence.isFenced(directory)) await source.close();
    },
  };
}

function sinkInTime(fence: Fence, path: string, sink: Sink): Sink {
  let written = 0;
  const directory = dirname(path);
  const inTime = (operation: () => Promise<void>, bytes: number) =>
    fence.run(directory, cannotWrite(path), operation, Math.ceil(bytes / BYTES_PER_MS));
  return {
    write: async (bytes) => {
      await inTime(() => sink.write(bytes), bytes.length);
      written += bytes.length;
    },
    finish: () => inTime(() => sink.finish(), written),
    // What does not answer keeps what is there under its temporary name.
    abandon: async () => {
      if (!fence.isFenced(directory)) await inTime(() => sink.abandon(), 0).catch(() => undefined);
    },
  };
}
