/** The status lines of the simulated kernel: everything is healthy and empty, in sync when it is rebuilt; legs can fail. */
import type { TableLine } from "../../schema/index.ts";
import type { Sectors } from "../base/units.ts";
import { joinArgs, splitArgs } from "../dm/args.ts";
import { cache } from "../dm/targets/cache.ts";
import { mirror } from "../dm/targets/mirror.ts";
import { raid } from "../dm/targets/raid.ts";
import { snapshot } from "../dm/targets/snapshot.ts";
import { writecache } from "../dm/targets/writecache.ts";
import type { SimState, SimTable } from "./dm-state.ts";
import { deviceOf } from "./dm-table.ts";
import { statusOfPool } from "./dm-thin.ts";

type SizeOf = (token: string) => Sectors;

/** What has become of the legs of a raid since its table is live. */
type Since = Pick<SimTable, "rebuilt" | "failed">;

/** The text that the kernel prints for a target with which nothing has gone wrong but that legs have failed. */
export function simStatus(state: SimState, line: TableLine, sizeOf: SizeOf, since: Since): string {
  switch (line.type) {
    case "striped": {
      const words = splitArgs(line.params);
      const devices = words.filter((_, at) => at >= 2 && at % 2 === 0);
      return `${devices.length} ${devices.join(" ")} 1 ${"A".repeat(devices.length)}`;
    }
    case "raid":
      return raidStatus(line, since);
    case "mirror":
      return mirrorStatus(line);
    case "snapshot":
    case "snapshot-merge":
      return snapshotStatus(line, sizeOf);
    case "thin-pool":
      return statusOfPool(state, line, sizeOf(splitArgs(line.params)[0] ?? ""), (token) =>
        deviceOf(state, token),
      );
    case "thin":
      return "0 -";
    case "cache":
      return cacheStatus(line, sizeOf);
    case "writecache":
      return writecacheStatus(line, sizeOf);
    default:
      return "";
  }
}

function raidStatus(line: TableLine, { rebuilt, failed = [] }: Since): string {
  const params = raid.decodeParams(line.params);
  const { devices, type } = params;
  const rebuild = rebuilt ? [] : (params.rebuild ?? []).filter((leg) => !failed.includes(leg));
  const length = Math.max(...raid.areas(params, line).map((area) => area.length));
  const total = type === "raid0" || type === "raid10" ? line.length : length;
  const letter = (leg: number): string => (failed.includes(leg) ? "D" : rebuild.includes(leg) ? "a" : "A");
  const health = devices.map(({ data }, leg) => (data === null ? "-" : letter(leg))).join("");
  const progress = rebuild.length > 0 ? `0/${total} recover` : `${total}/${total} idle`;
  return `${type} ${devices.length} ${health} ${progress} 0 0 -`;
}

function mirrorStatus(line: TableLine): string {
  const { log, legs } = mirror.decodeParams(line.params);
  const regions = Math.ceil(line.length / log.regionSize);
  const devices = legs.map(({ device }) => device);
  const logWords = log.device === undefined ? [1, log.type] : [3, log.type, log.device, "A"];
  const health = "A".repeat(legs.length);
  return joinArgs([legs.length, ...devices, `${regions}/${regions}`, 1, health, ...logWords]);
}

/** A new store holds its header and one area of exceptions, a chunk each. */
function snapshotStatus(line: TableLine, sizeOf: SizeOf): string {
  const { cow, store, chunkSize } = snapshot.decodeParams(line.params);
  const metadata = store === "N" ? 0 : 2 * (chunkSize || 32);
  return `${metadata}/${sizeOf(cow)} ${metadata}`;
}

function cacheStatus(line: TableLine, sizeOf: SizeOf): string {
  const {
    metadata,
    cache: device,
    blockSize,
    metadata2,
    mode,
    noDiscardPassdown,
    policy,
  } = cache.decodeParams(line.params);
  const features = [
    ...(metadata2 ? ["metadata2"] : []),
    mode ?? "writeback",
    ...(noDiscardPassdown ? ["no_discard_passdown"] : []),
  ];
  const used = `0/${Math.floor(sizeOf(device) / blockSize)}`;
  const meta = `10/${Math.floor(sizeOf(metadata) / 8)}`;
  const counters = [0, 0, 0, 0, 0, 0, 0];
  const core = [2, "migration_threshold", 2048];
  const name = policy === "default" ? "smq" : policy;
  const words = [8, meta, blockSize, used, ...counters, features.length, ...features, ...core];
  return `${joinArgs([...words, name, 0, "rw", "-"])} `;
}

function writecacheStatus(line: TableLine, sizeOf: SizeOf): string {
  const { cache: device, blockSize } = writecache.decodeParams(line.params);
  // Each block has an entry of 16 bytes, beside a header.
  const blocks = Math.floor((sizeOf(device) * 512 - 4096) / (blockSize + 16));
  return joinArgs([0, blocks, blocks, 0]);
}
