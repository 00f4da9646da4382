/**
 * A loaded table that may not know what has happened since. dm-raid reads its superblocks in the constructor
 * alone: a leg that fails after the table was loaded would be read as if it had missed nothing. So the table
 * goes live only if the live one's status is still what the plan was made for, looked at while the device is
 * suspended and nothing can be written.
 */
import type { DmDevice, Instruction, Table } from "../../../schema/index.ts";
import { targetOf } from "../../dm/targets/index.ts";
import { type StatusWord, TargetRefusal } from "../../dm/targets/target.ts";
import type { Device } from "./device.ts";

/**
 * True for a table whose constructors read what a live table may change. Such a one is never taken as it was
 * found.
 */
export const mayBeStale = (table: Table | null | undefined): boolean =>
  table?.some(({ type }) => targetOf(type).knownBy !== undefined) ?? false;

/**
 * What must hold of a suspended device for the table that is loaded to go live.
 * @param name the device's by then
 * @returns nothing when the live table, or the one to come, is none of such a target
 */
export function freshnessChecks({ current }: Device, name: string, table: Table): Instruction[] {
  if (!mayBeStale(table)) return [];
  return (current?.table ?? []).flatMap(({ type, params }, target): Instruction[] => {
    const status = current?.status?.[target] ?? "";
    const words = unlessRefused(() => targetOf(type).knownBy?.(params, status), NEVER);
    if (!words) return [];
    return [{ op: "check-status", name, type, ...(target > 0 && { target }), words: [...words] }];
  });
}

/** The table as it is to be loaded: what the live one has found to be wrong is made anew. */
export const distrusting = (table: Table, { table: live, status }: DmDevice): Table =>
  table.map((line, target) => {
    const before = live?.[target];
    const { distrust } = targetOf(line.type);
    if (!distrust || before?.type !== line.type) return line;
    const params = unlessRefused(
      () => distrust(line.params, before.params, status?.[target] ?? ""),
      line.params,
    );
    return { ...line, params };
  });

/** What holds of no status. */
const NEVER: readonly StatusWord[] = [{ at: 0, is: "" }];

/** @param otherwise for a table in words that only a newer kernel knows */
function unlessRefused<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (refusal) {
    if (refusal instanceof TargetRefusal) return otherwise;
    throw refusal;
  }
}
