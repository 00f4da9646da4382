import type { Settled } from "../../schema/index.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { deactivateUnlabelled } from "./deactivate-unlabelled.ts";
import { findAnyVg, readMetadata, type Where, withVgLock } from "./vg.ts";

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

/**
 * Brings LVs up or down, under the VG's lock. All of them go down even where no label of the VG is there any
 * more.
 * @throws DvmError IN_USE, INCOMPLETE, NOT_FOUND, NOT_ACTIVATED
 */
export async function activateVg(sys: Sys, options: ActivateOptions): Promise<Settled> {
  const found = await findAnyVg(sys, options).catch((thrown: unknown) => toDvmError(thrown));
  if (found instanceof DvmError) return withoutLabels(sys, options, found);
  return withVgLock(sys, found, async (discovery) => {
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

/** @throws DvmError the failure, unless this is what can be done in spite of it */
async function withoutLabels(
  sys: Sys,
  { vg, lvs, direction, dryRun }: ActivateOptions,
  failure: DvmError,
): Promise<Settled> {
  const isAllDown = direction === "deactivate" && lvs.length === 0 && failure.code === "NOT_FOUND";
  const settled = isAllDown ? await deactivateUnlabelled(sys, vg, dryRun) : undefined;
  if (!settled) throw failure;
  return settled;
}
