import { DvmError, toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { DISCOVERY_WORD } from "../port/toolbox.ts";
import { findVg, type Where } from "./vg.ts";

export interface ImportOptions extends Where {
  /** Every device of the copy. */
  readonly copies: readonly string[];
  readonly name: string | undefined;
}

/**
 * Makes a copied set of devices a VG of its own: discover import-clone | discover find | tm adopt. What was
 * interrupted, the same call finishes.
 * @throws DvmError as discover import-clone with nothing changed; HALF_DONE when the labels are new and the
 *   metadata is not
 */
export async function importClone(sys: Sys, options: ImportOptions): Promise<string> {
  const { vg } = await sys.toolbox.call({
    applet: "discover",
    verb: "import-clone",
    operands: { vg: options.vg, device: options.copies },
    options: { name: options.name, devices: options.devices },
  });
  try {
    const discovery = await findVg(sys, { vg: vg.id, devices: options.copies });
    const command = await sys.toolbox.words({
      applet: "manip",
      verb: "import-clone",
      options: { discovery: DISCOVERY_WORD },
    });
    const done = await sys.toolbox.call({ applet: "tm", verb: "adopt", stdin: discovery, command });
    return `VG ${vg.name}: ${discovery.devices.length} devices, transaction ${done.txid}\n`;
  } catch (thrown) {
    const { message } = toDvmError(thrown);
    throw new DvmError("HALF_DONE", `the labels say VG ${vg.name}, but then: ${message}; run it again`, {
      cause: thrown,
    });
  }
}
