import type { Table, TableLine } from "../../schema/index.ts";
import { normalizeParams } from "../dm/normalize-params.ts";
import { symbolicLine } from "../dm/references.ts";

/**
 * True when a live table means what a desired one does. Words that ask the kernel for something once (raid's
 * sync, nosync, rebuild) do not count, nor does the order of options, nor whether a dm device that an LV lies
 * on stands by name or by number.
 * @param names of dm devices by major:minor
 */
export const tablesAgree = (live: Table, desired: Table, names: ReadonlyMap<string, string>): boolean =>
  live.length === desired.length && live.every((line, index) => sameLine(line, desired[index], names));

function sameLine(a: TableLine, b: TableLine | undefined, names: ReadonlyMap<string, string>): boolean {
  if (b === undefined || a.start !== b.start || a.length !== b.length || a.type !== b.type) return false;
  const norm = (line: TableLine) => normalizeParams(symbolicLine(line, names), "lasting");
  return a.params === b.params || norm(a) === norm(b);
}
