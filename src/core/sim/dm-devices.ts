/** Devices as tables of the simulated kernel name them. */
import type { Sectors } from "../base/units.ts";
import { TargetRefusal } from "../dm/targets/target.ts";
import { SIM_MAJOR, type SimDevice, type SimState, type SimTable } from "./dm-state.ts";
import type { Around } from "./targets/target.ts";

/** A device that is none of the simulated ones: its size and the token by which tables show it. */
export type LeafSize = (token: string) => { readonly size: Sectors; readonly token: string } | undefined;

/** What a target in a table of that device finds around it. */
export const aroundOf = (
  state: SimState,
  device: SimDevice,
  { leafSize, readLeaf, writeLeaf }: { readonly leafSize: LeafSize } & Pick<Around, "readLeaf" | "writeLeaf">,
): Around => ({
  ...(readLeaf && { readLeaf }),
  ...(writeLeaf && { writeLeaf }),
  state,
  device,
  deviceOf: (token) => deviceOf(state, token),
  sizeOf: (token) => sizeOfDevice(state, token, leafSize) ?? 0,
  open: (token) => open(state, token, leafSize),
});

export const lengthOf = ({ lines }: SimTable): Sectors => lines.reduce((sum, { length }) => sum + length, 0);

/** The simulated device that a token means: by number, or by one of the names that udev gives it. */
export function deviceOf(state: SimState, token: string): SimDevice | undefined {
  const minor = new RegExp(`^(?:${SIM_MAJOR}:|/dev/dm-)(\\d+)$`).exec(token)?.[1];
  if (minor !== undefined) return state.devices.find((device) => device.minor === Number(minor));
  const name = /^\/dev\/mapper\/(.+)$/.exec(token)?.[1];
  return name === undefined ? undefined : state.devices.find((device) => device.name === name);
}

export function sizeOfDevice(state: SimState, token: string, leafSize: LeafSize): Sectors | undefined {
  const device = deviceOf(state, token);
  if (device) return device.live ? lengthOf(device.live) : 0;
  return leafOf(state, token, leafSize)?.size;
}

/** dm_get_device: the token by which the table shows the device from now on. */
function open(state: SimState, token: string, leafSize: LeafSize): string {
  const device = deviceOf(state, token);
  if (device?.disk) return `${SIM_MAJOR}:${device.minor}`;
  const failed = (errno: string) => new TargetRefusal("Device lookup failed", errno);
  const simulated = token.startsWith(`${SIM_MAJOR}:`);
  const leaf = device || simulated ? undefined : leafOf(state, token, leafSize);
  if (leaf) return leaf.token;
  // A word of hexadecimal digits is the number of a device, too.
  const isNumber = /^\d+:\d+$/.test(token) || (/^[0-9a-f]+$/i.test(token) && !/^0+$/.test(token));
  throw failed(device || isNumber ? "ENXIO" : "ENODEV");
}

/** Sizes in the state come before those of the machine. */
function leafOf(state: SimState, token: string, leafSize: LeafSize): ReturnType<LeafSize> {
  const size = state.leaves[token];
  return size === undefined ? leafSize(token) : { size, token };
}
