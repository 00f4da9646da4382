import { join } from "node:path";
import { toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import type { Envelope } from "./envelope.ts";

const DIGITS = 10;

/**
 * Keeps metadata in `<tm.backup>/<VG id>-<transaction>.json` when the config names that directory. What it
 * belongs to is done by then, so a failure is a warning.
 * @param hash of a state that is about to be lost and may share its transaction id with another
 */
export async function keepBackup(
  sys: Sys,
  { vgId, metadata }: Envelope,
  txid: number,
  hash?: string,
): Promise<void> {
  const directory = sys.config.tm?.backup;
  if (directory === undefined) return;
  const lost = hash === undefined ? "" : `-${hash.slice(0, 8)}`;
  const path = join(directory, `${vgId}-${String(txid).padStart(DIGITS, "0")}${lost}.json`);
  try {
    await sys.files.write(path, metadata);
  } catch (thrown) {
    sys.terminal.warn(`no backup of the metadata was kept: ${toDvmError(thrown).message}`);
  }
}
