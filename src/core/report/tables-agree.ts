import type { Table, TableLine } from "../../schema/index.ts";
import { normalizeParams } from "../dm/normalize-params.ts";

/**
 * True when a live table means what a desired one does. Words that ask the kernel for something once (raid's
 * sync, nosync, rebuild) do not count, nor does the order of options.
 */
export const tablesAgree = (live: Table, desired: Table): boolean =>
  live.length === desired.length && live.every((line, index) => sameLine(line, desired[index]));

const sameLine = (a: TableLine, b: TableLine | undefined): boolean =>
  b !== undefined &&
  a.start === b.start &&
  a.length === b.length &&
  a.type === b.type &&
  (a.params === b.params || normalizeParams(a, "lasting") === normalizeParams(b, "lasting"));
