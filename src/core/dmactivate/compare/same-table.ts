/** Whether two tables mean the same, though the kernel prints one in other words than it was given. */
import type { Table, TableLine } from "../../../schema/index.ts";
import { normalizeParams, type Strictness } from "../../dm/normalize-params.ts";
import { mapDevices, referenceOf } from "../../dm/references.ts";
import { errorLine } from "../../dm/targets/error.ts";
import { targetOf } from "../../dm/targets/index.ts";
import { type Device, type Devices, findDesired } from "./device.ts";

/** Gives what stands for a dm name in a comparison: the same for the same device. */
export type Identify = (name: string) => string;

/** By uuid, of devices as they are. */
export const identifyCurrent =
  ({ byCurrentName }: Devices): Identify =>
  (name) =>
    identity(byCurrentName.get(name), name);

/** By uuid, of devices as they shall be. */
export const identifyDesired =
  (devices: Devices): Identify =>
  (name) =>
    identity(findDesired(devices, name), name);

const identity = (device: Device | undefined, name: string): string => device?.uuid || `=${name}`;

/** A line with devices by identity and words in the order in which the kernel prints them. */
function normalizeLine(line: TableLine, identify: Identify, strictness: Strictness): TableLine {
  const named = line.params.includes("@")
    ? mapDevices(line, (token) => {
        const name = referenceOf(token);
        return name === undefined ? token : `@${identify(name)}`;
      })
    : line;
  return { ...named, params: normalizeParams(named, strictness) };
}

/**
 * @returns the table's lines normalised; neighbours stay as they are, since the kernel does not merge them
 */
export const normalizeTable = (table: Table, identify: Identify, strictness: Strictness): TableLine[] =>
  table.map((line) => normalizeLine(line, identify, strictness));

export const sameTable = (a: readonly TableLine[], b: readonly TableLine[]): boolean =>
  a.length === b.length && a.every((line, index) => sameLine(line, b[index]));

/** True when `after` maps what `before` maps as before, and more behind it (normalised tables). */
export function isGrowth(before: readonly TableLine[], after: readonly TableLine[]): boolean {
  const last = before.at(-1);
  const successor = after[before.length - 1];
  if (last === undefined || successor === undefined) return false;
  if (!before.slice(0, -1).every((line, index) => sameLine(line, after[index]))) return false;
  const lengthens =
    targetOf(last.type).growsInPlace &&
    successor.length > last.length &&
    sameLine({ ...last, length: successor.length }, successor);
  return lengthens || (sameLine(last, successor) && after.length > before.length);
}

export const lengthOf = (table: readonly TableLine[]): number => {
  const last = table.at(-1);
  return last ? last.start + last.length : 0;
};

/** A table that gives errors for all I/O. */
export const errorTable = (length: number): Table => [errorLine({ start: 0, length })];

const sameLine = (a: TableLine, b: TableLine | undefined): boolean =>
  b !== undefined &&
  a.start === b.start &&
  a.length === b.length &&
  a.type === b.type &&
  a.params === b.params;
