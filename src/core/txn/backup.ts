import { join } from "node:path";
import { toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import type { Envelope } from "./envelope.ts";

const DIGITS = 10;

/**
 * Keeps metadata in `<tm.backup>/<VG id>-<transaction>.json` when the config names that directory. The
 * transaction is committed by then, so a failure is a warning.
 */
export async function keepBackup(sys: Sys, { vgId, metadata }: Envelope, txid: number): Promise<void> {
  const directory = sys.config.tm?.backup;
  if (directory === undefined) return;
  const path = join(directory, `${vgId}-${String(txid).padStart(DIGITS, "0")}.json`);
  try {
    await sys.files.write(path, metadata);
  } catch (thrown) {
    sys.terminal.warn(`no backup of the metadata was kept: ${toDvmError(thrown).message}`);
  }
}
