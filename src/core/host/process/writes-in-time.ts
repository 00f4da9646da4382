import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Files, Sink } from "../../port/files.ts";
import { type Fence, makeFence } from "../disk/fence.ts";

/** The slowest disk that is worth waiting for. */
const BYTES_PER_MS = 1024;

/**
 * Files of which each is written within a deadline or not at all: a backup, a trace or an export may go to a
 * file system whose server is gone, and nobody is to wait for that with a lock. A write that is late is given
 * up, and so is every further one to that directory; the thread that makes it is lost. What is written piece
 * by piece has the deadline for each piece, and more at its end, when all of it is flushed: a second for each
 * MiB. Whoever reads a pipe, a character device or stdout may take any time.
 */
export function writesInTime(files: Files, deadlineMs: number): Files {
  const fence = makeFence({ deadlineMs, stuckLimit: () => 1 });
  const inTime = <T>(path: string, operation: () => Promise<T>): Promise<T> =>
    fence.run(dirname(path), cannotWrite(path), operation);
  return {
    ...files,
    write: (path, bytes) => inTime(path, () => files.write(path, bytes)),
    checkLinks: (path) => inTime(path, () => files.checkLinks(path)),
    async openSink(path) {
      if (path === "-" || (await inTime(path, () => isStream(path)))) return files.openSink(path);
      return sinkInTime(fence, path, await inTime(path, () => files.openSink(path)));
    },
  };
}

const cannotWrite = (path: string): string => `${path}: cannot write`;

/** Something is there that is no file; a directory is refused by whoever opens it. */
const isStream = (path: string): Promise<boolean> =>
  stat(path).then(
    (there) => !there.isFile() && !there.isDirectory(),
    () => false,
  );

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
