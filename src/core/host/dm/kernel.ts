import { steadyMs } from "../../base/steady-ms.ts";
import { DM_FLAG, decodePacket, devIn } from "../../dm/ioctl.ts";
import { decodeList, decodeVersions, UUIDS_SINCE } from "../../dm/ioctl-data.ts";
import { answersOf, type DmCall, requests, tableOf, tooLong } from "../../dm/requests.ts";
import { type Dm, type DmAnswers, DmRefused, type ReadyOperations } from "../../port/dm.ts";
import type { MemoryLock } from "../../port/memory.ts";
import { libc } from "../native.ts";
import { type EventOptions, noEvents, type UdevEvents, udevEvents, udevFlags } from "../udev/events.ts";
import { udevNames } from "../udev/names.ts";
import { KernelCalls, orRefused } from "./calls.ts";
import { LateNodes } from "./late-nodes.ts";
import { ownNodes } from "./nodes.ts";
import { ReadyPackets } from "./ready.ts";
import { removeTogether } from "./remove-together.ts";

const POLLIN = 1;

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
  const events = udev ? udevEvents(options) : noEvents;
  const calls = new KernelCalls(events, options.deadlineMs);
  const nodes = new LateNodes(udev ? udevNames : ownNodes(options.warn));
  const answers = answersBy(calls);
  return {
    ...answers,
    ...changesBy(calls, nodes),
    targetVersion: (type) =>
      orRefused(() => decodeVersions(calls.ask(requests.targetVersion(type)).data)[0]?.version, undefined),
    look(name) {
      const answer = calls.ask(requests.table(name, "live"));
      const { info } = answer;
      calls.note(info.name, info.uuid);
      return { info, table: info.hasLive ? tableOf(answer) : null };
    },
    uuids() {
      const { version, data } = calls.ask(requests.listWithUuids());
      if (version[1] < UUIDS_SINCE) return undefined;
      const listed = new Map(decodeList(data, true).map(({ name, uuid = "" }) => [name, uuid]));
      for (const [name, uuid] of listed) calls.note(name, uuid);
      return listed;
    },
    removeTogether: (names) => removeTogether(names, removingBy(calls, events, nodes)),
    waitEvent(name, eventNr, deadlineMs) {
      waitEvent(calls, eventNr, { name, end: steadyMs() + deadlineMs });
    },
    pause: (ms) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms),
    memory: {
      locked: (rehearse, section, work) => memory.locked(rehearse, () => nodes.putOff(section), work),
    },
    ready: (operations) => readyBy(calls, events, nodes, operations),
    withEvents: (work) =>
      events.during(
        () => nodes.noting(work),
        () => nodes.repeat(ownNodes(options.warn)),
      ),
    close: () => calls.close(),
  };
}

const answersBy = (calls: KernelCalls): DmAnswers => ({
  version: () => decodePacket(calls.perform(requests.version())).version,
  targets: () => answersOf(() => calls.ask(requests.targets())).targets(),
  list: () => answersOf(() => calls.ask(requests.list())).list(),
  info: (name) => calls.info(name),
  table: (name, which) => answersOf(() => calls.ask(requests.table(name, which))).table(name, which),
  status: (name, how) => answersOf(() => calls.ask(requests.status(name, how))).status(name, how),
  deps: (name, which) => answersOf(() => calls.ask(requests.deps(name, which))).deps(name, which),
  // Not asked again for a longer answer: it would be done again.
  message(name, sector, message) {
    const answer = decodePacket(calls.perform(requests.message(name, sector, message)));
    if ((answer.flags & DM_FLAG.bufferFull) !== 0)
      throw new DmRefused("message", name, { errno: "ENOBUFS", reason: tooLong("message") });
    return answersOf(() => answer).message(name, sector, message);
  },
});

type Changes = Pick<Dm, "create" | "remove" | "rename" | "load" | "clear" | "suspend" | "resume">;

const changesBy = (calls: KernelCalls, nodes: LateNodes): Changes => ({
  create(name, uuid) {
    const answer = calls.perform(requests.create(name, uuid));
    calls.note(name, uuid);
    return { dev: devIn(answer) };
  },
  remove(name) {
    calls.performEvent(requests.remove(name));
    nodes.removed(name);
    calls.forget(name);
  },
  rename(name, newName) {
    nodes.expected(newName, calls.uuidOf(name));
    const renamed = calls.performEvent(requests.rename(name, newName));
    nodes.renamed(name, newName, renamed);
    calls.forget(name);
    calls.note(newName, renamed.uuid);
  },
  load: (name, table, how) => void calls.perform(requests.load(name, table, how)),
  clear: (name) => void calls.perform(requests.clear(name)),
  suspend: (name, how) => void calls.perform(requests.suspend(name, how)),
  resume(name) {
    nodes.expected(name, calls.uuidOf(name));
    nodes.resumed(name, calls.performEvent(requests.resume(name)));
  },
});

/** What removing many devices at a time takes. */
function removingBy(calls: KernelCalls, events: UdevEvents, nodes: LateNodes) {
  const { ioctl, declare, addressOf } = libc();
  const ioctlAt = declare("int ioctl(int, unsigned long, uint64_t)");
  return {
    ioctl: (request: number, packet: Buffer) => ioctl(calls.fd, request, packet),
    ioctlLater: (request: number, packet: Buffer): Promise<number> =>
      new Promise((resolve, reject) =>
        ioctlAt.async(calls.fd, request, addressOf(packet), (error: unknown, result: number) =>
          error ? reject(error) : resolve(result),
        ),
      ),
    eventNr: (name: string) => events.eventNr(udevFlags(calls.uuidOf(name), name)),
    without: () => events.without(),
    removed(name: string) {
      nodes.removed(name);
      calls.forget(name);
    },
  };
}

/** The kernel's own wait has no deadline, so the control device is polled: it is readable after an event. */
function waitEvent(calls: KernelCalls, eventNr: number, { name, end }: { name: string; end: number }): void {
  const poll = libc().declare("int poll(void *, unsigned long, int)");
  const pollfd = Buffer.alloc(8);
  for (;;) {
    if (decodePacket(calls.perform(requests.armPoll())).version[1] < 37)
      throw new DmRefused("wait-event", name, { errno: "ENOTTY" });
    if (calls.info(name).eventNr > eventNr) return;
    const left = Math.ceil(end - steadyMs());
    if (left <= 0) throw new DmRefused("wait-event", name, { errno: "ETIMEDOUT" });
    pollfd.writeInt32LE(calls.fd, 0);
    pollfd.writeInt32LE(POLLIN, 4);
    poll(pollfd, 1, left);
  }
}

function readyBy(
  calls: KernelCalls,
  events: UdevEvents,
  nodes: LateNodes,
  operations: Parameters<NonNullable<Dm["ready"]>>[0],
): ReadyOperations {
  const { errno, declare, addressOf } = libc();
  const ioctlAt = declare("int ioctl(int, unsigned long, uint64_t)");
  const { fd, log } = calls;
  const kernel = {
    ioctl: (request: number, address: number): number => (ioctlAt(fd, request, address) < 0 ? errno() : 0),
    addressOf,
    log,
    events,
    nodes,
    deadline: () => calls.deadline(),
    uuidOf: (name: string) => calls.uuidOf(name),
    answerBytes: (call: DmCall): number => orRefused(() => calls.ask(call).data.length, 0),
  };
  const packets = new ReadyPackets(kernel, operations);
  return {
    perform: (at) => packets.perform(at),
    failure: (at) => packets.failure(at),
    answers: (at) => packets.answers(at),
    finish() {
      packets.finish();
      nodes.flush();
    },
  };
}
