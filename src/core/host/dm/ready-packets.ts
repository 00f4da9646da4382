/** Packets of operations, laid out in one piece of memory. */
import type { Instruction } from "../../../schema/index.ts";
import { dmRequest, encodePacket } from "../../dm/ioctl.ts";
import { mapDevices, referenceOf } from "../../dm/references.ts";
import { type DmCall, MESSAGE_ROOM, ROOM, requestOf, requests } from "../../dm/requests.ts";
import { udevFlags } from "../udev/events.ts";

/** Room for a device number in a table: longer than any, and no white space yet. */
export const SLOT = "\u0001".repeat(20);

/** What has to be known of the devices before the packets are made. */
export interface Known {
  /** "" for a device that is not there. */
  readonly uuidOf: (name: string) => string;
  /** About how long the answer to an operation is now, in bytes. */
  readonly answerBytes: (call: DmCall) => number;
}

export interface PreparedPacket {
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
  /** The packet that lists all devices, for a table in which they are to be named. */
  readonly list: PacketRange | undefined;
}

/** Of a packet. */
export interface PacketRange {
  readonly offset: number;
  readonly length: number;
}

/** A device that a table to be loaded names. */
export interface Reference {
  readonly name: string;
  /** Of the packet that asks for it. */
  readonly offset: number;
  /** Where its number goes. */
  readonly slot: number;
}

/** What the operations so far come to, by the names that devices will have then. */
export class Foreseen {
  /** Uuids of devices that the program makes or renames. */
  readonly uuids = new Map<string, string>();
  /** The most bytes that an answer about what the program loads may take. */
  readonly answers = new Map<string, number>();
}

/** The longest status of a target, about, for tables that are not there yet. */
const STATUS_BYTES = 512;

/**
 * Makes an operation ready.
 * @param foreseen what the operations before this one come to; this one is added
 * @returns undefined for what is no operation, or waits
 */
export function prepare(
  { uuidOf, answerBytes }: Known,
  layout: PacketLayout,
  { uuids, answers }: Foreseen,
  instruction: Instruction,
): PreparedPacket | undefined {
  const names: string[] = [];
  const call = requestOf(instruction.op === "load" ? withSlots(instruction, names) : instruction);
  if (!call) return undefined;
  if (instruction.op === "create") uuids.set(instruction.name, instruction.uuid);
  const uuid = causesEvent(instruction)
    ? (uuids.get(instruction.name) ?? uuidOf(instruction.name))
    : undefined;
  if (instruction.op === "rename") {
    uuids.set(instruction.newName, uuid ?? "");
    const left = Math.max(answers.get(instruction.name) ?? 0, answers.get(instruction.newName) ?? 0);
    answers.set(instruction.newName, left);
  }
  const roomOf = (asked: DmCall): number => {
    const later = asked.name === undefined ? 0 : (answers.get(asked.name) ?? 0);
    return Math.max(ROOM, 2 * answerBytes(asked), later);
  };
  // A message is not sent beforehand just to see how long its answer is.
  const room = instruction.op === "message" ? MESSAGE_ROOM : call.room === undefined ? 0 : roomOf(call);
  const packet = encodePacket({ ...call, room });
  if (instruction.op === "load") {
    const bytes = packet.length + STATUS_BYTES * instruction.table.length;
    answers.set(instruction.name, Math.max(bytes, answers.get(instruction.name) ?? 0));
  }
  const offset = layout.add(packet);
  const listing = instruction.op === "table" ? encodePacket({ room: roomOf(requests.list()) }) : undefined;
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
    udevFlags: uuid === undefined ? undefined : udevFlags(uuid, call.name ?? ""),
    references,
    list: listing && { offset: layout.add(listing), length: listing.length },
  };
}

type EventOp = Extract<Instruction, { op: "resume" | "remove" | "rename" }>;

const causesEvent = (instruction: Instruction): instruction is EventOp =>
  instruction.op === "resume" || instruction.op === "remove" || instruction.op === "rename";

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
export class PacketLayout {
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
