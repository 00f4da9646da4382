import { dirname } from "node:path";
import type { Files } from "../../port/files.ts";
import { makeFence } from "../disk/fence.ts";

/**
 * Files of which each is written within a deadline or not at all: a backup or a trace may go to a file system
 * whose server is gone, and nobody is to wait for that with a lock. A write that is late is given up, and so
 * is every further one to that directory; the thread that makes it is lost.
 */
export function writesInTime(files: Files, deadlineMs: number): Files {
  const fence = makeFence({ deadlineMs, stuckLimit: () => 1 });
  return {
    ...files,
    write: (path, bytes) => fence.run(dirname(path), `${path}: cannot write`, () => files.write(path, bytes)),
  };
}
