/** The steps that prepare is made of, and pieces that several of them share. */
import type { Instruction, Table } from "../../../schema/index.ts";
import type { Device } from "../compare/device.ts";
import { type Assembly, Label } from "./assembly.ts";

/** How long a removal waits for whoever looks at the device (udev after each event), in steps of 100 ms. */
export const PATIENCE = 50;

/** One step and its undoing, both for one device. */
export interface UndoableStep {
  /** @param undo where to go when nothing of this step is done; done: when its undoing must run */
  run(assembly: Assembly, undo: Label, done: Label, later: Later): void;
  /** Left out for a step whose effect is to stay. Failures go to `failed`. */
  undo?(assembly: Assembly, failed: FailureLabel): void;
}

/** For what is written behind all steps. */
export type Later = (write: () => void) => void;
/** Where the failure of an undoing goes; undefined when it is only to be passed over. */
export type FailureLabel = Label | undefined;

export const load = (name: string, table: Table, readOnly: boolean | undefined): Load => ({
  op: "load",
  name,
  table,
  ...(readOnly && { readOnly }),
});

export type Load = Extract<Instruction, { op: "load" }>;

/**
 * Removes the device unless it is surely gone already.
 * @param isThere it is not, if everything went as it should
 */
export function removeIfThere(
  assembly: Assembly,
  name: string,
  device: Device,
  failed: FailureLabel,
  isThere = false,
): void {
  const next = new Label();
  if (failed && !isThere) {
    const there = new Label();
    assembly.add({ op: "info", name, expect: { exists: false } }, there);
    assembly.jump(next);
    assembly.place(there);
  }
  // Another device may have taken the name after a prepare that was cut off.
  assembly.add({ op: "info", name, expect: { uuid: device.uuid } }, failed ?? next);
  assembly.add({ op: "remove", name, attempts: PATIENCE }, failed ?? next);
  assembly.place(next);
}

export function attempt(
  assembly: Assembly,
  instruction: Instruction,
  failed: FailureLabel,
  otherwise?: Label,
): void {
  const onFailure = failed ?? otherwise;
  if (onFailure) assembly.add(instruction, onFailure);
  else assembly.tryTo(instruction);
}
