/** What each instruction of a dm program is, for those who walk programs. */
import type { Program } from "../../schema/index.ts";

export type Instruction = Program["instructions"][number];
export type Op = Instruction["op"];

/** Steer and report; every other op is an operation of device-mapper, which can fail. */
const NO_OPERATION: ReadonlySet<Op> = new Set([
  "begin-object",
  "end-object",
  "literal",
  "jmp",
  "jmp-fail",
  "exit",
]);

export const isOperation = (instruction: Instruction): boolean => !NO_OPERATION.has(instruction.op);

/** Operations that change the device they name (create makes a new one). */
const CHANGES: ReadonlySet<Op> = new Set([
  "remove",
  "load",
  "clear",
  "suspend",
  "resume",
  "rename",
  "message",
]);

/** The existing device that an instruction changes, or undefined. */
export const changedDevice = (instruction: Instruction): string | undefined =>
  CHANGES.has(instruction.op) && "name" in instruction ? instruction.name : undefined;

/** True when the instruction may wait for something outside. */
export const waits = (instruction: Instruction): boolean =>
  instruction.op === "wait-event" ||
  ((instruction.op === "remove" || instruction.op === "info") && (instruction.attempts ?? 1) > 1);

/** How an instruction is named in messages: its op and device. */
export const nameOf = (instruction: Instruction): string =>
  "name" in instruction ? `${instruction.op} ${instruction.name}` : instruction.op;

/** True when the kernel tells the machine about it, so that others (udev) do something too. */
export const causesEvent = ({ op }: Instruction): boolean =>
  op === "resume" || op === "remove" || op === "rename";
