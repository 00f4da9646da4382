import { closeSync, constants, openSync, readSync } from "node:fs";
import { libc } from "./native.ts";

const RECORD_BYTES = 8192;
const SEEK_END = 2;

/** What the kernel logs about device-mapper while an operation runs: the reasons that an errno leaves out. */
export interface KernelLog {
  /** What is logged from here on is of interest. */
  mark(): void;
  /** Messages of device-mapper since the mark, without the prefix; undefined when there are none. */
  sinceMark(): string | undefined;
  close(): void;
}

/** The log in /dev/kmsg; one without messages where that cannot be read. */
export function openKernelLog(): KernelLog {
  let fd: number;
  try {
    fd = openSync("/dev/kmsg", constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return { mark() {}, sinceMark: () => undefined, close() {} };
  }
  const lseek = libc().declare("long lseek(int, long, int)");
  const record = Buffer.alloc(RECORD_BYTES);
  return {
    mark: () => lseek(fd, 0, SEEK_END),
    sinceMark() {
      const messages: string[] = [];
      for (let text = nextRecord(fd, record); text !== undefined; text = nextRecord(fd, record)) {
        // "priority,sequence,time,flags;message", then lines of keys
        const message = /^[^;]*;device-mapper: ([^\n]*)/.exec(text)?.[1];
        if (message !== undefined) messages.push(message);
      }
      return messages.length > 0 ? messages.join("; ") : undefined;
    },
    close: () => closeSync(fd),
  };
}

/** EAGAIN is the end; any other error (EPIPE: records were overwritten meanwhile) is as good as one. */
function nextRecord(fd: number, buffer: Buffer): string | undefined {
  try {
    return buffer.toString("utf8", 0, readSync(fd, buffer));
  } catch {
    return undefined;
  }
}
