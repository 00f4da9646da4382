/** The ioctl for each operation: one place for flags and data, whoever performs it. Pure. */
import type { Instruction, TableLine } from "../../schema/index.ts";
import type { DmAnswers } from "../port/dm.ts";
import { DM_COMMAND, DM_FLAG, type DmAnswer, type DmRequest } from "./ioctl.ts";
import {
  decodeDeps,
  decodeList,
  decodeTable,
  decodeText,
  decodeVersions,
  encodeMessage,
  encodeRename,
  encodeTable,
} from "./ioctl-data.ts";
import { mayHaveSecrets } from "./secrets.ts";

/** A request, its command, and what it is called in messages. */
export interface DmCall extends DmRequest {
  readonly operation: string;
  readonly command: number;
}

/** The first room for an answer of unknown length, in bytes; doubled until it is enough. */
export const ROOM = 16384;
/**
 * The room for an answer to a message, which cannot be sent again for a longer one: that would do it again.
 */
export const MESSAGE_ROOM = 4 * ROOM;

/** The reason of ENOBUFS. */
export const tooLong = (operation: string): string =>
  operation === "message"
    ? `it was done, but its answer is longer than ${MESSAGE_ROOM} bytes`
    : "its answer has become longer than the room made for it";

type Which = "live" | "inactive";

const inactive = (which: Which): number => (which === "inactive" ? DM_FLAG.queryInactive : 0);

export const requests = {
  version: (): DmCall => ({ operation: "version", command: DM_COMMAND.version }),
  targets: (): DmCall => ({ operation: "targets", command: DM_COMMAND.versions, room: ROOM }),
  targetVersion: (type: string): DmCall => ({
    operation: "target version",
    command: DM_COMMAND.targetVersion,
    name: type,
    room: ROOM,
  }),
  list: (): DmCall => ({ operation: "list", command: DM_COMMAND.list, room: ROOM }),
  listWithUuids: (): DmCall => ({ ...requests.list(), flags: DM_FLAG.uuid }),
  info: (name: string): DmCall => ({ operation: "info", command: DM_COMMAND.status, name }),
  create: (name: string, uuid: string): DmCall => ({
    operation: "create",
    command: DM_COMMAND.create,
    name,
    uuid,
  }),
  remove: (name: string): DmCall => ({ operation: "remove", command: DM_COMMAND.remove, name }),
  rename: (name: string, newName: string): DmCall => ({
    operation: "rename",
    command: DM_COMMAND.rename,
    name,
    data: encodeRename(newName),
  }),
  load: (
    name: string,
    table: readonly TableLine[],
    { readOnly }: { readonly readOnly: boolean },
  ): DmCall => ({
    operation: "load",
    command: DM_COMMAND.load,
    name,
    flags:
      (readOnly ? DM_FLAG.readOnly : 0) |
      (table.some(({ type }) => mayHaveSecrets(type)) ? DM_FLAG.secureData : 0),
    targetCount: table.length,
    data: encodeTable(table),
  }),
  clear: (name: string): DmCall => ({ operation: "clear", command: DM_COMMAND.clear, name }),
  suspend: (
    name: string,
    { noflush, skipLockfs }: { readonly noflush: boolean; readonly skipLockfs: boolean },
  ): DmCall => ({
    operation: "suspend",
    command: DM_COMMAND.suspend,
    name,
    flags: DM_FLAG.suspend | (noflush ? DM_FLAG.noflush : 0) | (skipLockfs ? DM_FLAG.skipLockfs : 0),
  }),
  resume: (name: string): DmCall => ({ operation: "resume", command: DM_COMMAND.suspend, name }),
  message: (name: string, sector: number, message: string): DmCall => ({
    operation: "message",
    command: DM_COMMAND.message,
    name,
    data: encodeMessage(sector, message),
    room: MESSAGE_ROOM,
  }),
  armPoll: (): DmCall => ({ operation: "wait-event", command: DM_COMMAND.armPoll }),
  table: (name: string, which: Which): DmCall => ({
    operation: "table",
    command: DM_COMMAND.tableStatus,
    name,
    flags: DM_FLAG.statusTable | inactive(which) | DM_FLAG.noflush | DM_FLAG.secureData,
    room: ROOM,
  }),
  status: (name: string, { noflush }: { readonly noflush: boolean }): DmCall => ({
    operation: "status",
    command: DM_COMMAND.tableStatus,
    name,
    flags: noflush ? DM_FLAG.noflush : 0,
    room: ROOM,
  }),
  deps: (name: string, which: Which): DmCall => ({
    operation: "deps",
    command: DM_COMMAND.deps,
    name,
    flags: inactive(which),
    room: ROOM,
  }),
} as const;

/**
 * The ioctl of an instruction.
 * @returns undefined for one that is no operation, or that waits
 */
export function requestOf(instruction: Instruction): DmCall | undefined {
  switch (instruction.op) {
    case "create":
      return requests.create(instruction.name, instruction.uuid);
    case "remove":
      return (instruction.attempts ?? 1) > 1 ? undefined : requests.remove(instruction.name);
    case "load":
      return requests.load(instruction.name, instruction.table, { readOnly: instruction.readOnly ?? false });
    case "suspend": {
      const { name, noflush = false, skipLockfs = false } = instruction;
      return requests.suspend(name, { noflush, skipLockfs });
    }
    case "rename":
      return requests.rename(instruction.name, instruction.newName);
    case "message":
      return requests.message(instruction.name, instruction.sector ?? 0, instruction.message);
    case "clear":
    case "resume":
    case "info":
      return requests[instruction.op](instruction.name);
    case "table":
    case "deps":
      return requests[instruction.op](instruction.name, instruction.inactive ? "inactive" : "live");
    case "status":
      return requests.status(instruction.name, { noflush: instruction.noflush ?? false });
    case "check-status":
      return requests.status(instruction.name, { noflush: true });
    case "list":
      return requests.list();
    case "version":
      return requests.targets(); // whose answer has the version too
    default:
      return undefined;
  }
}

/**
 * What device-mapper answered, decoded.
 * @param answer gives the answer to the one question that was asked, or throws
 */
export const answersOf = (answer: () => DmAnswer): DmAnswers => ({
  version: () => answer().version,
  targets: () => decodeVersions(answer().data),
  list: () => decodeList(answer().data),
  info: () => answer().info,
  table: () => tableOf(answer()),
  status: (_name, { target }) => lines(answer(), target),
  deps: () => decodeDeps(answer().data),
  message() {
    const { flags, data } = answer();
    return (flags & DM_FLAG.dataOut) === 0 ? "" : decodeText(data);
  },
});

/** What was answered when a table was asked for. */
export const tableOf = (answer: DmAnswer): TableLine[] =>
  lines(answer).map(({ start, length, type, status }) => ({ start, length, type, params: status }));

const lines = ({ data, targetCount }: DmAnswer, only?: number) => decodeTable(data, targetCount, only);
