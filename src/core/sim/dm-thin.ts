/** Thin pools of the simulated kernel: which ids exist, and the transaction id. No data. */
import type { TableLine } from "../../schema/index.ts";
import type { DmRefused } from "../port/dm.ts";
import type { SimDevice, SimState } from "./dm-state.ts";

/** A constructor's checks for a thin device or pool; nothing for other types. */
export function checkThin(
  _state: SimState,
  _type: string,
  _params: string,
  _deviceOf: (token: string) => SimDevice | undefined,
): void {}

export function messagePool(
  _state: SimState,
  _device: SimDevice,
  _line: TableLine,
  _message: string,
  refuse: (errno: string, reason?: string) => DmRefused,
): string {
  throw refuse("EINVAL", "Target type does not support messages");
}

export const statusOfThin = (_state: SimState, _line: TableLine): string => "";
