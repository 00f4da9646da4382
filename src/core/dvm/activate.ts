import type { Settled } from "../../schema/index.ts";
import type { Sys } from "../port/sys.ts";
import { findVg, readMetadata, type Where, withLock } from "./vg.ts";

export interface ActivateOptions extends Where {
  readonly direction: "activate" | "deactivate";
  /** None means all that are activated by default, or all that are live. */
  readonly lvs: readonly string[];
  /** Also LVs that run without the legs that are marked stale. */
  readonly degraded: boolean;
  /** Also LVs that lack something, read-only. */
  readonly partial: boolean;
  readonly dryRun: boolean;
}

/** Brings LVs up or down, under the VG's lock. @throws DvmError IN_USE, INCOMPLETE, NOT_FOUND, NOT_ACTIVATED */
export async function activateVg(sys: Sys, options: ActivateOptions): Promise<Settled> {
  const discovery = await findVg(sys, options);
  return withLock(sys, discovery.vg.id, "exclusive", async () => {
    const metadata = await readMetadata(sys, discovery);
    return await sys.toolbox.call({
      applet: "volactivate",
      verb: "settle",
      options: {
        metadata,
        discovery,
        lv: options.lvs,
        [options.direction]: true,
        degraded: options.degraded,
        partial: options.partial,
        "dry-run": options.dryRun,
      },
    });
  });
}
