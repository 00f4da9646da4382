import { closeSync, openSync, readFileSync } from "node:fs";
import { DvmError, errnoOf } from "../../base/error.ts";
import {
  AT,
  DM_COMMAND,
  DM_FLAG,
  type DmAnswer,
  decodePacket,
  devIn,
  dmRequest,
  encodePacket,
  flagsIn,
  HEADER_BYTES,
  infoIn,
  MAX_PACKET_BYTES,
} from "../../dm/ioctl.ts";
import { type DmCall, ROOM, requests } from "../../dm/requests.ts";
import { type DmInfo, DmRefused } from "../../port/dm.ts";
import { errnoName } from "../errno.ts";
import { inKernelView } from "../kernel-view.ts";
import { libc } from "../native.ts";
import { type UdevEvents, udevFlags } from "../udev/events.ts";
import { openKernelLog } from "./kernel-log.ts";
import { makeControlNode, type NodeInfo } from "./nodes.ts";
import { hangs, isSuspend, type SuspendDeadline, suspendDeadline } from "./suspend-deadline.ts";

const CONTROL = "/dev/mapper/control";
const MISC = "/proc/misc";
const EINTR = 4;
const ETIMEDOUT = 110;

/** The ioctls of /dev/mapper/control, one after the other. */
export class KernelCalls {
  readonly fd = openControl();
  readonly log = openKernelLog();
  readonly #events: UdevEvents;
  readonly #deadlineMs: number;
  readonly #libc = libc();
  /** By name, as far as it is known. */
  readonly #uuids = new Map<string, string>();
  #deadline: SuspendDeadline | undefined;
  // Each answer is decoded before the next question is asked.
  readonly #most = Buffer.alloc(HEADER_BYTES + ROOM);
  // Buffer's own fill makes objects.
  readonly #mostBytes = new Uint8Array(this.#most.buffer, this.#most.byteOffset, this.#most.length);

  /**
   * @param deadlineMs how long a suspend may take
   * @throws DvmError KERNEL when there is no device-mapper or this process may not use it
   */
  constructor(events: UdevEvents, deadlineMs: number) {
    this.#events = events;
    this.#deadlineMs = deadlineMs;
  }

  /** Of suspends; made when one is wanted. */
  deadline(): SuspendDeadline {
    this.#deadline ??= suspendDeadline(this.#deadlineMs);
    return this.#deadline;
  }

  /** One ioctl. @returns the answer, which holds until the next one @throws DmRefused */
  perform(call: DmCall, eventNr = 0): Buffer {
    const packet = encodePacket(call, (bytes) => this.#packetOf(bytes));
    if (eventNr !== 0) packet.writeUInt32LE(eventNr, AT.eventNr);
    const isChange = !ASKING.has(call.command);
    if (isChange) this.log.mark();
    const limit = isSuspend(call) ? this.deadline() : undefined;
    const number = this.#ioctl(call, packet, limit);
    if (number === 0) return packet;
    const reason = number === ETIMEDOUT && limit ? hangs(limit) : isChange ? this.#reason() : undefined;
    throw new DmRefused(call.operation, call.name ?? "", {
      errno: errnoName(number),
      ...(reason !== undefined && { reason }),
    });
  }

  /** @returns 0, or the number of the error */
  #ioctl({ command }: DmCall, packet: Buffer, limit: SuspendDeadline | undefined): number {
    const { ioctl, errno } = this.#libc;
    limit?.begin();
    try {
      for (;;) {
        if (ioctl(this.fd, dmRequest(command), packet) >= 0) return 0;
        const number = errno();
        if (number !== EINTR) return number;
        if (limit?.isOver()) return ETIMEDOUT;
      }
    } finally {
      limit?.end();
    }
  }

  #packetOf(bytes: number): Buffer {
    if (bytes > this.#most.length) return Buffer.alloc(bytes);
    // All zeros again, since the kernel leaves out the zero at the end of the type of a target.
    this.#mostBytes.fill(0, 0, bytes);
    return this.#most;
  }

  /** What has been logged since the mark. */
  #reason(): string | undefined {
    const ticket = this.log.keep();
    const reason = this.log.reason(ticket);
    this.log.drop(ticket);
    return reason;
  }

  /** For answers of unknown length. */
  ask(call: DmCall): DmAnswer {
    for (let room = ROOM; ; room *= 2) {
      const answer = decodePacket(this.perform(room === call.room ? call : { ...call, room }));
      if ((answer.flags & DM_FLAG.bufferFull) === 0) return answer;
      if (room > MAX_PACKET_BYTES) throw new DvmError("KERNEL", `${call.operation}: the answer has no end`);
    }
  }

  /** For an ioctl that makes the kernel tell the machine. */
  performEvent(call: DmCall): NodeInfo {
    const uuid = this.uuidOf(call.name ?? "");
    const eventNr = this.#events.eventNr(udevFlags(uuid, call.name ?? ""));
    let generated = false;
    try {
      const answer = this.perform(call, eventNr);
      generated = (flagsIn(answer) & DM_FLAG.ueventGenerated) !== 0;
      return { uuid, dev: devIn(answer) };
    } finally {
      if (!generated) this.#events.without();
    }
  }

  info(name: string): DmInfo {
    const info = infoIn(this.perform(requests.info(name)));
    this.note(info.name, info.uuid);
    return info;
  }

  /** "" for a device that is not there. */
  uuidOf(name: string): string {
    return this.#uuids.get(name) ?? orRefused(() => this.info(name).uuid, "");
  }

  /** The device has this uuid, as the kernel said. */
  note(name: string, uuid: string): void {
    this.#uuids.set(name, uuid);
  }

  /** There is no device of this name any more. */
  forget(name: string): void {
    this.#uuids.delete(name);
  }

  close(): void {
    this.log.close();
    closeSync(this.fd);
  }
}

/** What is asked for, or that instead when the kernel refuses it. */
export function orRefused<T>(ask: () => T, instead: T): T {
  try {
    return ask();
  } catch (thrown) {
    if (thrown instanceof DmRefused) return instead;
    throw thrown;
  }
}

/** The kernel logs no reason when it has no answer to these, so there is no need to look. */
const ASKING: ReadonlySet<number> = new Set([
  DM_COMMAND.version,
  DM_COMMAND.list,
  DM_COMMAND.status,
  DM_COMMAND.tableStatus,
  DM_COMMAND.deps,
  DM_COMMAND.versions,
  DM_COMMAND.targetVersion,
  DM_COMMAND.armPoll,
]);

function openControl(): number {
  try {
    makeControlNode(CONTROL, misc());
    return openSync(CONTROL, "r+");
  } catch (cause) {
    if (cause instanceof DvmError) throw cause;
    const errno = errnoOf(cause);
    const hint = errno === "EACCES" || errno === "EPERM" ? "; it takes root" : "";
    throw new DvmError("KERNEL", `${CONTROL}: cannot be opened: ${errno ?? cause}${hint}`, { cause });
  }
}

/** The minor number of device-mapper among the misc devices, undefined when the kernel has none. */
function misc(): number | undefined {
  const minor = /^\s*(\d+) device-mapper$/m.exec(inKernelView(MISC, () => readFileSync(MISC, "utf8")))?.[1];
  return minor === undefined ? undefined : Number(minor);
}
