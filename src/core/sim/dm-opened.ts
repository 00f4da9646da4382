import { splitArgs } from "../dm/args.ts";
import { knownTarget } from "../dm/targets/index.ts";
import { SIM_MAJOR, type SimDevice, type SimState, type SimTable } from "./dm-state.ts";
import { simTargetOf } from "./targets/index.ts";
import { READ, WRITE } from "./targets/target.ts";

/**
 * Openers of a device: those outside of dm, and each dm device with a table that uses it. The two tables of
 * one device share what they have opened alike.
 */
export function openCount(state: SimState, device: SimDevice): number {
  const dev = `${SIM_MAJOR}:${device.minor}`;
  const users = state.devices.map(({ live, inactive }) => {
    const tables = [live, inactive].filter((table) => table?.uses.includes(dev));
    return tables.length < 2
      ? tables.length
      : new Set(tables.map((table) => table && modeOf(table, dev))).size;
  });
  return users.reduce((sum, count) => sum + count, device.opened);
}

/** How a table has opened a device, all of its lines together. */
function modeOf({ lines, readOnly }: SimTable, dev: string): number {
  let mode = 0;
  for (const { type, params } of lines) {
    const words = splitArgs(params);
    const [own, ownMode] = simTargetOf(type).ownMode ?? [];
    for (const position of knownTarget(type)?.devicePositions(words) ?? [])
      if (words[position] === dev)
        mode |= position === own && ownMode !== undefined ? ownMode : readOnly ? READ : READ | WRITE;
  }
  return mode;
}
