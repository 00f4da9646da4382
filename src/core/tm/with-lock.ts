import type { Discovery } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";

const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * Holds the VG's lock while `work` runs: shared for what only reads, exclusive for what changes anything.
 * @param timeoutMs how long to wait for others; the config's or 10 s when undefined
 * @throws DvmError LOCKED, UNSUPPORTED for another volume manager's VG, else what `work` throws
 */
export async function withLock<T>(
  sys: Sys,
  { vg }: Discovery,
  mode: "shared" | "exclusive",
  timeoutMs: number | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (vg.foreign)
    throw new DvmError(
      "UNSUPPORTED",
      `VG ${vg.name} is LVM2's, which has no regions: lvm2 read gives its metadata`,
    );
  const lock = await sys.locks.acquire(
    vg.id,
    mode,
    timeoutMs ?? sys.config.tm?.lockTimeoutMs ?? DEFAULT_TIMEOUT_MS,
  );
  try {
    return await work();
  } finally {
    await lock.release();
  }
}
