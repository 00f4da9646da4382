/**
 * Operations of device-mapper as packets that lie ready in one piece of memory. Performing one takes an ioctl
 * and a few stores: no memory of JavaScript's or of the C library's, no file, no name.
 */
import type { Instruction } from "../../../schema/index.ts";
import { assert, defined } from "../../base/assert.ts";
import {
  AT,
  DM_COMMAND,
  DM_FLAG,
  type DmAnswer,
  decodePacket,
  dmRequest,
  encodePacket,
} from "../../dm/ioctl.ts";
import { majorOf, minorOf } from "../../dm/ioctl-fields.ts";
import { answersOf, tooLong } from "../../dm/requests.ts";
import { type DmAnswers, type DmFailure, DmRefused, type ReadyOperations } from "../../port/dm.ts";
import { errnoName } from "../errno.ts";
import type { UdevEvents } from "../udev/events.ts";
import type { KernelLog } from "./kernel-log.ts";
import type { Nodes } from "./nodes.ts";
import {
  Foreseen,
  type Known,
  PacketLayout,
  type PacketRange,
  type PreparedPacket,
  prepare,
  SLOT,
} from "./ready-packets.ts";
import { hangs, isSuspend, type SuspendDeadline } from "./suspend-deadline.ts";

export interface ReadyKernel extends Known {
  /** 0, or the number of the error. Takes no memory. */
  readonly ioctl: (request: number, address: number) => number;
  readonly addressOf: (buffer: Buffer) => number;
  readonly log: KernelLog;
  readonly events: UdevEvents;
  readonly nodes: Nodes;
  readonly deadline: () => SuspendDeadline;
}

const ENOBUFS = 105;
const EINTR = 4;
const ETIMEDOUT = 110;
const WORD = 4;
const SPACE = 0x20;
const COLON = 0x3a;
const ZERO = 0x30;

export class ReadyPackets implements ReadyOperations {
  readonly #kernel: ReadyKernel;
  readonly #prepared: readonly (PreparedPacket | undefined)[];
  readonly #arena: Buffer;
  readonly #words: Uint32Array;
  readonly #address: number;
  /** By number: -1 not performed, 0 done, an errno. */
  readonly #errnos: Int32Array;
  readonly #tickets: Int32Array;
  /** 1 + the index of the reference that was not there. */
  readonly #missing: Int32Array;
  readonly #order: Int32Array;
  #count = 0;
  /** Of suspends; there before memory is locked. */
  readonly #deadline: SuspendDeadline | undefined;

  constructor(kernel: ReadyKernel, operations: readonly (Instruction | undefined)[]) {
    this.#kernel = kernel;
    const layout = new PacketLayout();
    const foreseen = new Foreseen();
    this.#prepared = operations.map(
      (instruction) => instruction && prepare(kernel, layout, foreseen, instruction),
    );
    if (this.#prepared.some((prepared) => prepared && isSuspend(prepared.call)))
      this.#deadline = kernel.deadline();
    for (const prepared of this.#prepared) if (prepared) expectNode(kernel.nodes, prepared);
    this.#arena = layout.build();
    this.#words = new Uint32Array(this.#arena.buffer, this.#arena.byteOffset, this.#arena.length / WORD);
    this.#address = kernel.addressOf(this.#arena);
    this.#errnos = new Int32Array(operations.length).fill(-1);
    this.#tickets = new Int32Array(operations.length);
    this.#missing = new Int32Array(operations.length);
    this.#order = new Int32Array(operations.length);
  }

  perform(at: number): boolean {
    const { events, log } = this.#kernel;
    const prepared = this.#prepared[at];
    assert(prepared !== undefined, "an operation that was made ready");
    if (this.#errnos[at] === -1) {
      this.#order[this.#count] = at;
      this.#count += 1;
    }
    log.mark();
    let errno = this.#patch(at, prepared);
    if (errno === 0) {
      const { udevFlags, offset, call, list } = prepared;
      errno = this.#ioctl(
        prepared.request,
        offset,
        prepared.length,
        call.flags ?? 0,
        call.targetCount ?? 0,
        udevFlags === undefined ? 0 : events.eventNr(udevFlags),
        isSuspend(call) ? this.#deadline : undefined,
      );
      const flags = this.#words[(offset + AT.flags) / WORD] ?? 0;
      if (udevFlags !== undefined && (errno !== 0 || (flags & DM_FLAG.ueventGenerated) === 0))
        events.without();
      if (errno === 0 && (flags & DM_FLAG.bufferFull) !== 0) errno = ENOBUFS;
      if (errno === 0 && list !== undefined) errno = this.#ioctl(LIST, list.offset, list.length, 0, 0, 0);
    }
    this.#errnos[at] = errno;
    if (errno !== 0) this.#tickets[at] = log.keep();
    return errno === 0;
  }

  failure(at: number): DmFailure | undefined {
    const errno = this.#errnos[at] ?? -1;
    if (errno <= 0) return undefined;
    const missing = this.#prepared[at]?.references[(this.#missing[at] ?? 0) - 1];
    const reason = missing
      ? `the table names @${missing.name}, which does not exist`
      : errno === ETIMEDOUT && this.#deadline
        ? hangs(this.#deadline)
        : errno === ENOBUFS
          ? tooLong(this.#prepared[at]?.call.operation ?? "")
          : this.#kernel.log.reason(this.#tickets[at] ?? 0);
    return { errno: errnoName(errno), ...(reason !== undefined && { reason }) };
  }

  answers(at: number): DmAnswers {
    const { call, list, ...place } = defined(this.#prepared[at], "operation");
    const failure = this.failure(at);
    const answerAt = (where: PacketRange) => (): DmAnswer => {
      if (failure) throw new DmRefused(call.operation, call.name ?? "", failure);
      return this.#decode(where);
    };
    return { ...answersOf(answerAt(place)), ...(list && { list: answersOf(answerAt(list)).list }) };
  }

  finish(): void {
    const { nodes } = this.#kernel;
    for (const at of this.#order.subarray(0, this.#count)) {
      const prepared = defined(this.#prepared[at], "operation");
      const { instruction, call, offset, length, uuid = "" } = prepared;
      if (((call.flags ?? 0) & DM_FLAG.secureData) !== 0 && instruction.op === "load")
        this.#arena.fill(0, offset, offset + length);
      if (this.#errnos[at] !== 0) continue;
      const info = { uuid, dev: this.#decode(prepared).info.dev };
      if (instruction.op === "resume") nodes.resumed(instruction.name, info);
      if (instruction.op === "remove") nodes.removed(instruction.name);
      if (instruction.op === "rename") nodes.renamed(instruction.name, instruction.newName, info);
    }
  }

  #decode({ offset, length }: PacketRange): DmAnswer {
    return decodePacket(this.#arena.subarray(offset, offset + length));
  }

  /** Writes the numbers of the devices that a table names. @returns 0 or an errno */
  #patch(at: number, { references }: PreparedPacket): number {
    for (let index = 0; index < references.length; index += 1) {
      const reference = references[index];
      if (reference === undefined) break;
      const errno = this.#ioctl(STATUS, reference.offset, HEADER_ONLY, 0, 0, 0);
      if (errno !== 0) {
        this.#missing[at] = index + 1;
        return errno;
      }
      this.#writeDev(reference.slot, this.#words[(reference.offset + AT.dev) / WORD] ?? 0);
    }
    return 0;
  }

  /** The kernel answers into the packet, so what it changes is set each time. */
  #ioctl(
    request: number,
    offset: number,
    length: number,
    flags: number,
    targetCount: number,
    eventNr: number,
    deadline?: SuspendDeadline,
  ): number {
    deadline?.begin();
    for (;;) {
      this.#words[(offset + AT.dataSize) / WORD] = length;
      this.#words[(offset + AT.dataStart) / WORD] = HEADER_ONLY;
      this.#words[(offset + AT.targetCount) / WORD] = targetCount;
      this.#words[(offset + AT.flags) / WORD] = flags;
      this.#words[(offset + AT.eventNr) / WORD] = eventNr;
      const errno = this.#kernel.ioctl(request, this.#address + offset);
      const over = errno === EINTR && deadline?.isOver();
      if (errno === EINTR && !over) continue;
      deadline?.end();
      return over ? ETIMEDOUT : errno;
    }
  }

  /** "major:minor" and spaces, which the kernel passes over. */
  #writeDev(slot: number, dev: number): void {
    let at = this.#writeNumber(slot, majorOf(dev));
    this.#arena[at] = COLON;
    at = this.#writeNumber(at + 1, minorOf(dev));
    for (; at < slot + SLOT.length; at += 1) this.#arena[at] = SPACE;
  }

  /** @returns where the number ends */
  #writeNumber(at: number, value: number): number {
    let scale = 1;
    while (scale * 10 <= value) scale *= 10;
    let place = at;
    for (; scale >= 1; scale = Math.floor(scale / 10)) {
      this.#arena[place] = ZERO + (Math.floor(value / scale) % 10);
      place += 1;
    }
    return place;
  }
}

/** What goes live is told while files can be written. */
function expectNode(nodes: Nodes, { instruction, uuid = "" }: PreparedPacket): void {
  if (instruction.op === "resume") nodes.expected(instruction.name, uuid);
  if (instruction.op === "rename") nodes.expected(instruction.newName, uuid);
}

const STATUS = dmRequest(DM_COMMAND.status);
const LIST = dmRequest(DM_COMMAND.list);
const HEADER_ONLY = encodePacket({}).length;
