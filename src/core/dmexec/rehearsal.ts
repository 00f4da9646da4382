/** Walks every way that a locked section may take through this program, with operations that do nothing. */
import { linear } from "../dm/targets/linear.ts";
import type { Dm, ReadyOperations } from "../port/dm.ts";
import type { Instruction } from "./instructions.ts";
import { Machine } from "./machine.ts";
import { readyPerformer } from "./performer.ts";

/** The kernel finds no device by an empty name, whatever is there. */
const NOBODY = "";

/** The last is done, the others fail: both are rehearsed. */
const OPERATIONS: readonly Instruction[] = [
  { op: "suspend", name: NOBODY },
  { op: "clear", name: NOBODY },
  { op: "load", name: NOBODY, table: [{ start: 0, length: 8, type: linear.type, params: "@ 0" }] },
  { op: "resume", name: NOBODY },
  { op: "info", name: NOBODY, expect: { suspended: true } },
  { op: "check-status", name: NOBODY, type: linear.type },
  { op: "literal", key: "rehearsal", value: true },
  { op: "version" },
];

const INSTRUCTIONS: readonly Instruction[] = OPERATIONS.flatMap((operation, index): Instruction[] => [
  operation,
  { op: "jmp-fail", to: 2 * index + 2 },
]);

/** @returns does about `count` operations each time it is called */
export function rehearsal(dm: Dm, ready: NonNullable<Dm["ready"]>): (count: number) => void {
  const operations: ReadyOperations = ready(INSTRUCTIONS);
  const performer = readyPerformer(operations);
  const machine = new Machine(dm, INSTRUCTIONS, { has: () => true, follow() {} });
  const stops = new Uint8Array(INSTRUCTIONS.length);
  return (count) => {
    for (let done = 0; done < count; done += OPERATIONS.length) {
      machine.restart();
      machine.walk(performer, stops);
    }
  };
}
