import type { Table, TableLine } from "../../schema/index.ts";
import { joinArgs, splitArgs } from "../dm/args.ts";
import { targetOf } from "../dm/targets/index.ts";
import type { Raid } from "../dm/targets/raid.ts";
import { TargetRefusal } from "../dm/targets/target.ts";

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
  (a.params === b.params || lastingParams(a) === lastingParams(b));

function lastingParams({ type, params }: TableLine): string {
  const target = targetOf(type);
  try {
    const decoded = target.decodeParams(params);
    return target.encodeParams(type === "raid" ? withoutRequests(decoded as Raid) : decoded);
  } catch (refusal) {
    // What a newer kernel prints and we do not know can only be compared as text.
    if (refusal instanceof TargetRefusal) return joinArgs(splitArgs(params));
    throw refusal;
  }
}

const withoutRequests = ({ sync: _sync, rebuild: _rebuild, ...rest }: Raid): Raid => rest;
