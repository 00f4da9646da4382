import { keyOf } from "./dm-state.ts";
import type { Around } from "./targets/target.ts";

/**
 * What constructors write at the start of a device that is all zero, and find there later.
 * @returns what the device was formatted with, which is `wanted` when it was not yet
 */
export function format({ state, deviceOf }: Around, token: string, type: string, wanted: string): string {
  const key = keyOf(token, deviceOf(token));
  const [found, value] = state.formats[key]?.split(" ") ?? [];
  if (found === type && value !== undefined) return value;
  state.formats[key] = `${type} ${wanted}`;
  return wanted;
}
