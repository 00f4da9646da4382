/**
 * Devices that write without being written to. Arrays copy from leg to leg and keep superblocks; pools, caches and snapshots
 * keep metadata. What a table keeps these on is written once more when the table is dropped, suspended or not.
 */
import type { Table, TableLine } from "../../schema/index.ts";
import { devicesOf, referenceOf } from "../dm/references.ts";
import { cache } from "../dm/targets/cache.ts";
import { knownTarget } from "../dm/targets/index.ts";
import { raid } from "../dm/targets/raid.ts";
import { snapshot } from "../dm/targets/snapshot.ts";
import { TargetRefusal } from "../dm/targets/target.ts";
import { thinPool } from "../dm/targets/thin-pool.ts";
import { writecache } from "../dm/targets/writecache.ts";

/** Types that do nothing by themselves. */
const PASSIVE: ReadonlySet<string> = new Set([
  "linear",
  "striped",
  "error",
  "zero",
  "snapshot-origin",
  "thin",
  "crypt",
]);

/** Some line of the table is of a type that does I/O by itself, or of one that we do not know. */
export const worksAlone = (table: Table | null | undefined): boolean =>
  table?.some(({ type }) => !PASSIVE.has(type)) ?? false;

/** The names of dm devices on which the table keeps what it knows. */
export const storesOf = (table: Table): ReadonlySet<string> =>
  new Set(
    table.flatMap((line) =>
      tokensOf(line).flatMap((token) => (token === null ? [] : (referenceOf(token) ?? []))),
    ),
  );

function tokensOf(line: TableLine): readonly (string | null)[] {
  try {
    switch (line.type) {
      case "raid": {
        const { devices, journal } = raid.decodeParams(line.params);
        return [...devices.map(({ metadata }) => metadata), journal?.device ?? null];
      }
      case "thin-pool":
        return [thinPool.decodeParams(line.params).metadata];
      case "cache": {
        const { metadata, cache: fast } = cache.decodeParams(line.params);
        return [metadata, fast];
      }
      case "writecache":
        return [writecache.decodeParams(line.params).cache];
      case "snapshot":
      case "snapshot-merge":
        return [snapshot.decodeParams(line.params).cow];
      default:
        return knownTarget(line.type) ? [] : devicesOf(line);
    }
  } catch (refusal) {
    // Words of a newer kernel: it may keep something on any of them.
    if (refusal instanceof TargetRefusal) return devicesOf(line);
    throw refusal;
  }
}
