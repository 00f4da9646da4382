import type { TmResult } from "../../schema/index.ts";
import type { Sectors } from "../base/units.ts";
import type { Sys } from "../port/sys.ts";
import { DISCOVERY_WORD } from "../port/toolbox.ts";
import { pvNamer } from "./pv-ids.ts";
import { findVg, type Where } from "./vg.ts";

export interface ResizePvOptions extends Where {
  /** Path or id of the member. */
  readonly resized: string;
  /** As its device is now when undefined. */
  readonly size: Sectors | undefined;
  readonly dryRun: boolean;
}

/**
 * Takes up what a device has grown by, or makes it ready to be made smaller:
 * discover find | tm resize DEVICE -- manip pv-size.
 * @throws DvmError IN_USE when an LV has extents behind that; as those do
 */
export async function resizePv(
  sys: Sys,
  { resized, size, dryRun, ...where }: ResizePvOptions,
): Promise<TmResult> {
  const discovery = await findVg(sys, where);
  const id = await pvNamer(sys, discovery)(resized);
  return sys.toolbox.call({
    applet: "tm",
    verb: "resize",
    stdin: discovery,
    operands: { device: id },
    options: { size, "dry-run": dryRun },
    command: await sys.toolbox.words({
      applet: "manip",
      verb: "pv-size",
      options: { pv: id, discovery: DISCOVERY_WORD },
    }),
  });
}
