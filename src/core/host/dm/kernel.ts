import { closeSync, openSync, readFileSync } from "node:fs";
import { DvmError, errnoOf } from "../../base/error.ts";
import { steadyMs } from "../../base/steady-ms.ts";
import {
  AT,
  DM_COMMAND,
  DM_FLAG,
  type DmAnswer,
  decodeList,
  decodePacket,
  decodeVersions,
  devIn,
  dmRequest,
  encodePacket,
  flagsIn,
  HEADER_BYTES,
  infoIn,
  MAX_PACKET_BYTES,
  UUIDS_SINCE,
} from "../../dm/ioctl.ts";
import { answersOf, type DmCall, ROOM, requests, tableOf, tooLong } from "../../dm/requests.ts";
import { type Dm, type DmAnswers, type DmInfo, DmRefused } from "../../port/dm.ts";
import type { MemoryLock } from "../../port/memory.ts";
import { errnoName } from "../errno.ts";
import { inKernelView } from "../kernel-view.ts";
import { libc } from "../native.ts";
import { type EventOptions, noEvents, udevEvents, udevFlags } from "../udev/events.ts";
import { udevNames } from "../udev/names.ts";
import { type KernelLog, openKernelLog } from "./kernel-log.ts";
import { LateNodes } from "./late-nodes.ts";
import { makeControlNode, type NodeInfo, ownNodes } from "./nodes.ts";
import { ReadyPackets } from "./ready.ts";
import { removeTogether } from "./remove-together.ts";
import { hangs, isSuspend, type SuspendDeadline, suspendDeadline } from "./suspend-deadline.ts";

const MISC = "/proc/misc";
const POLLIN = 1;
const EINTR = 4;
const ETIMEDOUT = 110;

export interface KernelDmOptions extends EventOptions {
  readonly memory: MemoryLock;
  /** Whether udevd makes the nodes. */
  readonly udev: boolean;
}

/**
 * The kernel's device-mapper, through /dev/mapper/control.
 * @throws DvmError KERNEL when there is none or this process may not use it
 */
export function openKernelDm({ memory, udev, ...options }: KernelDmOptions): Dm {
  const fd = openControl();
  const { ioctl, errno, declare, addressOf } = libc();
  const poll = declare("int poll(void *, unsigned long, int)");
  const ioctlAt = declare("int ioctl(int, unsigned long, uint64_t)");
  const ioctlLater = (...call: readonly unknown[]): Promise<number> =>
    new Promise((resolve, reject) =>
      ioctlAt.async(...call, (error: unknown, result: number) => (error ? reject(error) : resolve(result))),
    );
  const log = openKernelLog();
  let made: SuspendDeadline | undefined;
  const deadline = (): SuspendDeadline => {
    made ??= suspendDeadline(options.deadlineMs);
    return made;
  };
  const events = udev ? udevEvents(options) : noEvents;
  const nodes = new LateNodes(udev ? udevNames : ownNodes(options.warn));
  /** By name, as far as it is known. */
  const uuids = new Map<string, string>();

  // Each answer is decoded before the next question is asked.
  const most = Buffer.alloc(HEADER_BYTES + ROOM);
  // Buffer's own fill makes objects.
  const mostBytes = new Uint8Array(most.buffer, most.byteOffset, most.length);
  const packetOf = (bytes: number): Buffer => {
    if (bytes > most.length) return Buffer.alloc(bytes);
    // All zeros again, since the kernel leaves out the zero at the end of the type of a target.
    mostBytes.fill(0, 0, bytes);
    return most;
  };

  /** One ioctl. @returns the answer, which holds until the next one @throws DmRefused */
  const perform = (call: DmCall, eventNr = 0): Buffer => {
    const { operation, command } = call;
    const packet = encodePacket(call, packetOf);
    if (eventNr !== 0) packet.writeUInt32LE(eventNr, AT.eventNr);
    const isChange = !ASKING.has(command);
    if (isChange) log.mark();
    const limit = isSuspend(call) ? deadline() : undefined;
    const ask = (): number => {
      for (;;) {
        if (ioctl(fd, dmRequest(command), packet) >= 0) return 0;
        const number = errno();
        if (number !== EINTR) return number;
        if (limit?.isOver()) return ETIMEDOUT;
      }
    };
    limit?.begin();
    const number = ask();
    limit?.end();
    if (number !== 0) {
      const reason = number === ETIMEDOUT && limit ? hangs(limit) : isChange ? reasonIn(log) : undefined;
      throw new DmRefused(operation, call.name ?? "", {
        errno: errnoName(number),
        ...(reason !== undefined && { reason }),
      });
    }
    return packet;
  };
  /** Of a device that was asked about. */
  const noted = (info: DmInfo): DmInfo => {
    uuids.set(info.name, info.uuid);
    return info;
  };
  /** For answers of unknown length. */
  const ask = (call: DmCall): DmAnswer => {
    for (let room = ROOM; ; room *= 2) {
      const answer = decodePacket(perform(room === call.room ? call : { ...call, room }));
      if ((answer.flags & DM_FLAG.bufferFull) === 0) return answer;
      if (room > MAX_PACKET_BYTES) throw new DvmError("KERNEL", `${call.operation}: the answer has no end`);
    }
  };
  /** For an ioctl that makes the kernel tell the machine. */
  const performEvent = (call: DmCall): NodeInfo => {
    const uuid = uuidOf(call.name ?? "");
    const eventNr = events.eventNr(udevFlags(uuid));
    let generated = false;
    try {
      const answer = perform(call, eventNr);
      generated = (flagsIn(answer) & DM_FLAG.ueventGenerated) !== 0;
      return { uuid, dev: devIn(answer) };
    } finally {
      if (!generated) events.without();
    }
  };
  const info = (name: string): DmInfo => noted(infoIn(perform(requests.info(name))));
  const uuidOf = (name: string): string => {
    try {
      return uuids.get(name) ?? info(name).uuid;
    } catch (thrown) {
      if (thrown instanceof DmRefused) return "";
      throw thrown;
    }
  };
  const answers: DmAnswers = {
    version: () => decodePacket(perform(requests.version())).version,
    targets: () => answersOf(() => ask(requests.targets())).targets(),
    list: () => answersOf(() => ask(requests.list())).list(),
    info,
    table: (name, which) => answersOf(() => ask(requests.table(name, which))).table(name, which),
    status: (name, how) => answersOf(() => ask(requests.status(name, how))).status(name, how),
    deps: (name, which) => answersOf(() => ask(requests.deps(name, which))).deps(name, which),
    // Not asked again for a longer answer: it would be done again.
    message(name, sector, message) {
      const answer = decodePacket(perform(requests.message(name, sector, message)));
      if ((answer.flags & DM_FLAG.bufferFull) !== 0)
        throw new DmRefused("message", name, { errno: "ENOBUFS", reason: tooLong("message") });
      return answersOf(() => answer).message(name, sector, message);
    },
  };
  const targetVersion: Dm["targetVersion"] = (type) => {
    try {
      return decodeVersions(ask(requests.targetVersion(type)).data)[0]?.version;
    } catch (thrown) {
      if (thrown instanceof DmRefused) return undefined;
      throw thrown;
    }
  };
  const ready = {
    ioctl: (request: number, address: number): number => (ioctlAt(fd, request, address) < 0 ? errno() : 0),
    addressOf,
    log,
    events,
    nodes,
    deadline,
    uuidOf,
    answerBytes(call: DmCall): number {
      try {
        return ask(call).data.length;
      } catch (thrown) {
        if (thrown instanceof DmRefused) return 0;
        throw thrown;
      }
    },
  };

  return {
    ...answers,
    targetVersion,
    look(name) {
      const answer = ask(requests.table(name, "live"));
      const { info } = answer;
      return { info: noted(info), table: info.hasLive ? tableOf(answer) : null };
    },
    uuids() {
      const { version, data } = ask(requests.listWithUuids());
      if (version[1] < UUIDS_SINCE) return undefined;
      const listed = new Map<string, string>();
      decodeList(data, true).forEach(({ name, uuid = "" }) => {
        listed.set(name, uuid);
        uuids.set(name, uuid);
      });
      return listed;
    },
    create(name, uuid) {
      const answer = perform(requests.create(name, uuid));
      uuids.set(name, uuid);
      return { dev: devIn(answer) };
    },
    remove(name) {
      performEvent(requests.remove(name));
      nodes.removed(name);
      uuids.delete(name);
    },
    removeTogether: (names) =>
      removeTogether(names, {
        ioctl: (request, packet) => ioctl(fd, request, packet),
        ioctlLater: (request, packet) => ioctlLater(fd, request, addressOf(packet)),
        eventNr: (name) => events.eventNr(udevFlags(uuidOf(name))),
        without: () => events.without(),
        removed(name) {
          nodes.removed(name);
          uuids.delete(name);
        },
      }),
    rename(name, newName) {
      nodes.expected(newName, uuidOf(name));
      const renamed = performEvent(requests.rename(name, newName));
      nodes.renamed(name, newName, renamed);
      uuids.delete(name);
      uuids.set(newName, renamed.uuid);
    },
    load: (name, table, how) => void perform(requests.load(name, table, how)),
    clear: (name) => void perform(requests.clear(name)),
    suspend: (name, how) => void perform(requests.suspend(name, how)),
    resume(name) {
      nodes.expected(name, uuidOf(name));
      nodes.resumed(name, performEvent(requests.resume(name)));
    },
    waitEvent(name, eventNr, deadlineMs) {
      // The kernel's own wait has no deadline, so the control device is polled: it is readable after an event.
      const end = steadyMs() + deadlineMs;
      const pollfd = Buffer.alloc(8);
      for (;;) {
        if (decodePacket(perform(requests.armPoll())).version[1] < 37)
          throw new DmRefused("wait-event", name, { errno: "ENOTTY" });
        if (answers.info(name).eventNr > eventNr) return;
        const left = Math.ceil(end - steadyMs());
        if (left <= 0) throw new DmRefused("wait-event", name, { errno: "ETIMEDOUT" });
        pollfd.writeInt32LE(fd, 0);
        pollfd.writeInt32LE(POLLIN, 4);
        poll(pollfd, 1, left);
      }
    },
    pause: (ms) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms),
    memory: {
      locked: (rehearse, section, work) => memory.locked(rehearse, () => nodes.putOff(section), work),
    },
    ready(operations) {
      const packets = new ReadyPackets(ready, operations);
      return {
        perform: (at) => packets.perform(at),
        failure: (at) => packets.failure(at),
        answers: (at) => packets.answers(at),
        finish() {
          packets.finish();
          nodes.flush();
        },
      };
    },
    withEvents: (work) =>
      events.during(
        () => nodes.noting(work),
        () => nodes.repeat(ownNodes(options.warn)),
      ),
    close() {
      log.close();
      closeSync(fd);
    },
  };
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

/** What has been logged since the mark. */
function reasonIn(log: KernelLog): string | undefined {
  const ticket = log.keep();
  const reason = log.reason(ticket);
  log.drop(ticket);
  return reason;
}

function openControl(): number {
  const path = "/dev/mapper/control";
  try {
    makeControlNode(path, misc());
    return openSync(path, "r+");
  } catch (cause) {
    if (cause instanceof DvmError) throw cause;
    const errno = errnoOf(cause);
    const hint = errno === "EACCES" || errno === "EPERM" ? "; it takes root" : "";
    throw new DvmError("KERNEL", `${path}: cannot be opened: ${errno ?? cause}${hint}`, { cause });
  }
}

/** The minor number of device-mapper among the misc devices, undefined when the kernel has none. */
function misc(): number | undefined {
  const minor = /^\s*(\d+) device-mapper$/m.exec(inKernelView(MISC, () => readFileSync(MISC, "utf8")))?.[1];
  return minor === undefined ? undefined : Number(minor);
}
