/** What status lines of the kernel tell of progress, health and fill. */
import type { DmDevice } from "../../schema/index.ts";
import { targetOf } from "../dm/targets/index.ts";
import type { Progress } from "../dm/targets/progress.ts";

const UNKNOWN: Progress = { sync: null, health: null, fill: null };

/** From the first target whose status says something. */
export function progressOf(device: DmDevice | undefined): Progress {
  if (!device?.table) return UNKNOWN;
  for (const [index, { type }] of device.table.entries()) {
    const { progress, decodeStatus } = targetOf(type);
    if (!progress) continue;
    const status = decodeStatus?.(device.status?.[index] ?? "");
    return { ...UNKNOWN, ...(status === undefined ? {} : progress(status)) };
  }
  return UNKNOWN;
}
