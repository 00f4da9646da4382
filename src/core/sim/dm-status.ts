/** The status lines of the simulated kernel: everything is healthy and in sync. */
import type { TableLine } from "../../schema/index.ts";
import { splitArgs } from "../dm/args.ts";
import { raid } from "../dm/targets/raid.ts";
import type { SimState } from "./dm-state.ts";
import { statusOfThin } from "./dm-thin.ts";

/** The text that the kernel prints for a target that nothing has gone wrong with. */
export function simStatus(state: SimState, line: TableLine): string {
  switch (line.type) {
    case "striped": {
      const words = splitArgs(line.params);
      const devices = words.filter((_, at) => at >= 2 && at % 2 === 0);
      return `${devices.length} ${devices.join(" ")} 1 ${"A".repeat(devices.length)}`;
    }
    case "raid":
      return raidStatus(line);
    default:
      return statusOfThin(state, line);
  }
}

function raidStatus(line: TableLine): string {
  const params = raid.decodeParams(line.params);
  const { devices, type } = params;
  const length = Math.max(...raid.areas(params, line).map((area) => area.length));
  const total = type === "raid0" ? line.length : type === "raid10" ? line.length : length;
  const health = devices.map(({ data }) => (data === null ? "-" : "A")).join("");
  return `${type} ${devices.length} ${health} ${total}/${total} idle 0 0 -`;
}
