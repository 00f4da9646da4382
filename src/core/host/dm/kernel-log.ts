import { closeSync, constants, openSync } from "node:fs";
import { libc } from "../native.ts";

const RECORD_BYTES = 8192;
/** Enough for the reasons of very many failures. */
const KEPT_BYTES = 16 * RECORD_BYTES;
const SEEK_END = 2;

/** What the kernel logs about device-mapper while an operation runs: the reasons that an errno leaves out. */
export interface KernelLog {
  /** What is logged from here on is of interest. Takes no memory. */
  mark(): void;
  /** Keeps what was logged since the mark. Takes no memory. @returns a ticket for `reason` */
  keep(): number;
  /** Messages of device-mapper that were kept, without the prefix; undefined when there are none. */
  reason(ticket: number): string | undefined;
  /** Forgets what was kept since the ticket. */
  drop(ticket: number): void;
  close(): void;
}

/** The log in /dev/kmsg; one without messages where that cannot be read. */
export function openKernelLog(): KernelLog {
  let fd: number;
  try {
    fd = openSync("/dev/kmsg", constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return { mark() {}, keep: () => 0, reason: () => undefined, drop() {}, close() {} };
  }
  const { declare } = libc();
  const lseek = declare("long lseek(int, long, int)");
  const read = declare("long read(int, void *, size_t)");
  const record = Buffer.alloc(RECORD_BYTES);
  const kept = Buffer.alloc(KEPT_BYTES);
  let end = 0;
  return {
    mark: () => void lseek(fd, 0, SEEK_END),
    keep() {
      const ticket = end;
      for (;;) {
        // EAGAIN is the end; any other error (EPIPE: records were overwritten meanwhile) is as good as one.
        const length: number = read(fd, record, RECORD_BYTES);
        if (length <= 0 || end + length + 1 > KEPT_BYTES) break;
        for (let at = 0; at < length; at += 1) kept[end + at] = record[at] ?? 0;
        end += length;
      }
      if (end < KEPT_BYTES) {
        kept[end] = 0; // the end of a ticket
        end += 1;
      }
      return ticket;
    },
    reason(ticket) {
      const text = kept.toString("utf8", ticket, Math.max(ticket, kept.indexOf(0, ticket)));
      // "priority,sequence,time,flags;message", then lines of keys
      const messages = [...text.matchAll(/^[^;\n]*;device-mapper: ([^\n]*)/gm)].map(([, message]) => message);
      return messages.length > 0 ? messages.join("; ") : undefined;
    },
    drop(ticket) {
      end = ticket;
    },
    close: () => closeSync(fd),
  };
}
