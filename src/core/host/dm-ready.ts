/**
 * Operations of device-mapper as packets that lie ready in one piece of memory. Performing one takes an ioctl and a
 * few stores: no memory of JavaScript's or of the C library's, no file, no name.
 */
import type { Instruction } from "../../schema/index.ts";
import { assert, defined } from "../base/assert.ts";
import {
  AT,
  DM_COMMAND,
  DM_FLAG,
  type DmAnswer,
  decodePacket,
  dmRequest,
  encodePacket,
  majorOf,
  minorOf,
} from "../dm/ioctl.ts";
import { mapDevices, referenceOf } from "../dm/references.ts";
import { answersOf, type DmCall, ROOM, requestOf } from "../dm/requests.ts";
import { type DmAnswers, type DmFailure, DmRefused, type ReadyOperations } from "../port/dm.ts";
import type { Nodes } from "./dm-nodes.ts";
import { errnoName } from "./errno.ts";
import type { KernelLog } from "./kernel-log.ts";
import { type UdevEvents, udevFlags } from "./udev-events.ts";

export interface ReadyKernel {
  /** 0, or the number of the error. Takes no memory. */
  readonly ioctl: (request: number, address: number) => number;
  readonly addressOf: (buffer: Buffer) => number;
  readonly log: KernelLog;
  readonly events: UdevEvents;
  readonly nodes: Nodes;
  /** "" for a device that is not there. */
  readonly uuidOf: (name: string) => string;
  /** About how long the answer to an operation is now, in bytes. */
  readonly answerBytes: (call: DmCall) => number;
  readonly answers: DmAnswers;
}

const ENOBUFS = 105;
const EINTR = 4;
const WORD = 4;
/** Room for a device number in a table: longer than any, and no white space yet. */
const SLOT = "\u0001".repeat(20);
const SPACE = 0x20;
const COLON = 0x3a;
const ZERO = 0x30;

interface Prepared {
  readonly instruction: Instruction;
  readonly call: DmCall;
  readonly request: number;
  readonly offset: number;
  readonly length: number;
  /** Of its device, when it causes an event. */
  readonly uuid: string | undefined;
  /** For udev, when it causes an event. */
  readonly udevFlags: number | undefined;
  readonly references: readonly Reference[];
}

/** A device that a table to be loaded names. */
interface Reference {
  readonly name: string;
  /** Of the packet that asks for it. */
  readonly offset: number;
  /** Where its number goes. */
  readonly slot: number;
}

export class ReadyPackets implements ReadyOperations {
  readonly #kernel: ReadyKernel;
  readonly #prepared: readonly (Prepared | undefined)[];
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

  constructor(kernel: ReadyKernel, operations: readonly (Instruction | undefined)[]) {
    this.#kernel = kernel;
    const layout = new Layout();
    const made = new Map<string, string>();
    this.#prepared = operations.map(
      (instruction) => instruction && prepare(kernel, layout, made, instruction),
    );
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
      const { udevFlags, offset, call } = prepared;
      errno = this.#ioctl(
        prepared.request,
        offset,
        prepared.length,
        call.flags ?? 0,
        call.targetCount ?? 0,
        udevFlags === undefined ? 0 : events.eventNr(udevFlags),
      );
      const flags = this.#words[(offset + AT.flags) / WORD] ?? 0;
      if (udevFlags !== undefined && (errno !== 0 || (flags & DM_FLAG.ueventGenerated) === 0))
        events.without();
      if (errno === 0 && (flags & DM_FLAG.bufferFull) !== 0) errno = ENOBUFS;
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
      : this.#kernel.log.reason(this.#tickets[at] ?? 0);
    return { errno: errnoName(errno), ...(reason !== undefined && { reason }) };
  }

  answers(at: number): DmAnswers {
    const { instruction, call } = defined(this.#prepared[at], "operation");
    const failure = this.failure(at);
    const answer = (): DmAnswer => {
      if (failure) throw new DmRefused(call.operation, call.name ?? "", failure);
      return this.#answer(at);
    };
    // The table of devices is another question than the one that was asked, and changes nothing.
    return { ...answersOf(answer), ...(instruction.op !== "list" && { list: this.#kernel.answers.list }) };
  }

  finish(): void {
    const { nodes } = this.#kernel;
    for (const at of this.#order.subarray(0, this.#count)) {
      const { instruction, call, offset, length, uuid = "" } = defined(this.#prepared[at], "operation");
      if (((call.flags ?? 0) & DM_FLAG.secureData) !== 0 && instruction.op === "load")
        this.#arena.fill(0, offset, offset + length);
      if (this.#errnos[at] !== 0) continue;
      const info = { uuid, dev: this.#answer(at).info.dev };
      if (instruction.op === "resume") nodes.resumed(instruction.name, info);
      if (instruction.op === "remove") nodes.removed(instruction.name);
      if (instruction.op === "rename") nodes.renamed(instruction.name, instruction.newName, info);
    }
  }

  #answer(at: number): DmAnswer {
    const { offset, length } = defined(this.#prepared[at], "operation");
    return decodePacket(this.#arena.subarray(offset, offset + length));
  }

  /** Writes the numbers of the devices that a table names. @returns 0 or an errno */
  #patch(at: number, { references }: Prepared): number {
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
  ): number {
    for (;;) {
      this.#words[(offset + AT.dataSize) / WORD] = length;
      this.#words[(offset + AT.dataStart) / WORD] = HEADER_ONLY;
      this.#words[(offset + AT.targetCount) / WORD] = targetCount;
      this.#words[(offset + AT.flags) / WORD] = flags;
      this.#words[(offset + AT.eventNr) / WORD] = eventNr;
      const errno = this.#kernel.ioctl(request, this.#address + offset);
      if (errno !== EINTR) return errno;
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

const STATUS = dmRequest(DM_COMMAND.status);
const HEADER_ONLY = encodePacket({}).length;

/** @param made uuids of the devices that the program makes or renames, by name */
function prepare(
  kernel: ReadyKernel,
  layout: Layout,
  made: Map<string, string>,
  instruction: Instruction,
): Prepared | undefined {
  const names: string[] = [];
  const call = requestOf(instruction.op === "load" ? withSlots(instruction, names) : instruction);
  if (!call) return undefined;
  if (instruction.op === "create") made.set(instruction.name, instruction.uuid);
  const uuid = causesEvent(instruction)
    ? (made.get(instruction.name) ?? kernel.uuidOf(instruction.name))
    : undefined;
  if (instruction.op === "rename") made.set(instruction.newName, uuid ?? "");
  const room =
    call.room === undefined ? 0 : Math.max(ROOM, asks(instruction) ? 2 * kernel.answerBytes(call) : 0);
  const packet = encodePacket({ ...call, room });
  const offset = layout.add(packet);
  let searched = 0;
  const references = names.map((name) => {
    const found = packet.indexOf(SLOT, searched);
    searched = found + SLOT.length;
    return { name, offset: layout.add(encodePacket({ name })), slot: offset + found };
  });
  return {
    instruction,
    call,
    request: dmRequest(call.command),
    offset,
    length: packet.length,
    uuid,
    udevFlags: uuid === undefined ? undefined : udevFlags(uuid),
    references,
  };
}

type EventOp = Extract<Instruction, { op: "resume" | "remove" | "rename" }>;

const causesEvent = (instruction: Instruction): instruction is EventOp =>
  instruction.op === "resume" || instruction.op === "remove" || instruction.op === "rename";

/** May be asked beforehand, to see how long the answer is. */
const asks = ({ op }: Instruction): boolean => op !== "message";

/** The load with room for the numbers of the devices that it names, whose names are added to `names`. */
function withSlots(
  load: Extract<Instruction, { op: "load" }>,
  names: string[],
): Extract<Instruction, { op: "load" }> {
  const table = load.table.map((line) =>
    mapDevices(line, (token) => {
      const name = referenceOf(token);
      if (name === undefined) return token;
      names.push(name);
      return SLOT;
    }),
  );
  return { ...load, table };
}

/** Packets one after the other, each at a multiple of 8 bytes. */
class Layout {
  readonly #packets: Buffer[] = [];
  #length = 0;

  /** @returns its offset */
  add(packet: Buffer): number {
    const offset = this.#length;
    this.#packets.push(packet);
    this.#length += Math.ceil(packet.length / 8) * 8;
    return offset;
  }

  build(): Buffer {
    const arena = Buffer.alloc(Math.max(this.#length, 8));
    let at = 0;
    for (const packet of this.#packets) {
      packet.copy(arena, at);
      at += Math.ceil(packet.length / 8) * 8;
    }
    return arena;
  }
}
