/** Whether two tables mean the same, though the kernel prints one in other words than it was given. */
import type { Table, TableLine } from "../../schema/index.ts";
import { joinArgs, splitArgs } from "../dm/args.ts";
import { mapDevices, referenceOf } from "../dm/references.ts";
import { targetOf } from "../dm/targets/index.ts";
import type { Raid } from "../dm/targets/raid.ts";
import { TargetRefusal } from "../dm/targets/target.ts";

/** Gives what stands for a dm name in a comparison: the same for the same device. */
export type Identify = (name: string) => string;

/**
 * lasting: what a table asks for once (raid's sync, nosync, rebuild) does not count.
 * exact: everything counts.
 */
export type Strictness = "lasting" | "exact";

/** A line with devices by identity and words in the order in which the kernel prints them. */
export function normalizeLine(line: TableLine, identify: Identify, strictness: Strictness): TableLine {
  const named = line.params.includes("@")
    ? mapDevices(line, (token) => {
        const name = referenceOf(token);
        return name === undefined ? token : `@${identify(name)}`;
      })
    : line;
  return { ...named, params: normalizeParams(named, strictness) };
}

/** @returns the table's lines normalised; neighbours stay as they are, since the kernel does not merge them */
export const normalizeTable = (table: Table, identify: Identify, strictness: Strictness): TableLine[] =>
  table.map((line) => normalizeLine(line, identify, strictness));

export const sameTable = (a: readonly TableLine[], b: readonly TableLine[]): boolean =>
  a.length === b.length && a.every((line, index) => sameLine(line, b[index]));

/** Types whose mapping of what is there stays when only the length grows. */
const GROWING = new Set(["linear", "striped", "error", "zero", "raid"]);

/** True when `after` maps what `before` maps as before, and more behind it (normalised tables). */
export function isGrowth(before: readonly TableLine[], after: readonly TableLine[]): boolean {
  const last = before.at(-1);
  const successor = after[before.length - 1];
  if (last === undefined || successor === undefined) return false;
  if (!before.slice(0, -1).every((line, index) => sameLine(line, after[index]))) return false;
  const lengthens =
    GROWING.has(last.type) &&
    successor.length > last.length &&
    sameLine({ ...last, length: successor.length }, successor);
  return lengthens || (sameLine(last, successor) && after.length > before.length);
}

export const lengthOf = (table: readonly TableLine[]): number => {
  const last = table.at(-1);
  return last ? last.start + last.length : 0;
};

const sameLine = (a: TableLine, b: TableLine | undefined): boolean =>
  b !== undefined &&
  a.start === b.start &&
  a.length === b.length &&
  a.type === b.type &&
  a.params === b.params;

function normalizeParams({ type, params }: TableLine, strictness: Strictness): string {
  const target = targetOf(type);
  try {
    const decoded = target.decodeParams(params);
    return target.encodeParams(type === "raid" && strictness === "lasting" ? lasting(decoded) : decoded);
  } catch (refusal) {
    // A newer kernel may print words that our target does not know: then the text itself decides.
    if (refusal instanceof TargetRefusal) return joinArgs(splitArgs(params));
    throw refusal;
  }
}

function lasting(decoded: unknown): Omit<Raid, "sync" | "rebuild"> {
  const { sync: _sync, rebuild: _rebuild, ...rest } = decoded as Raid;
  return rest;
}
