/**
 * Devices that write without being written to. Arrays copy from leg to leg and keep superblocks; pools,
 * caches and snapshots keep metadata. What a table keeps these on is written once more when the table is
 * dropped, suspended or not.
 */
import type { Table, TableLine } from "../../../schema/index.ts";
import { devicesOf, referenceOf } from "../../dm/references.ts";
import { targetOf } from "../../dm/targets/index.ts";
import { TargetRefusal } from "../../dm/targets/target.ts";

/** Some line of the table is of a type that does I/O by itself, or of one that we do not know. */
export const worksAlone = (table: Table | null | undefined): boolean =>
  table?.some(({ type }) => targetOf(type).worksAlone) ?? false;

/** The names of dm devices on which the table keeps what it knows. */
export const storesOf = (table: Table): ReadonlySet<string> =>
  new Set(table.flatMap((line) => tokensOf(line).flatMap((token) => referenceOf(token) ?? [])));

function tokensOf(line: TableLine): readonly string[] {
  const target = targetOf(line.type);
  if (!target.stores) return [];
  try {
    return target.stores(target.decodeParams(line.params));
  } catch (refusal) {
    // Words of a newer kernel: it may keep something on any of them.
    if (refusal instanceof TargetRefusal) return devicesOf(line);
    throw refusal;
  }
}
