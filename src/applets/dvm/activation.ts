/** LVs up and down. */
import { DvmError } from "../../core/base/error.ts";
import { type ActivateOptions, activateVg } from "../../core/dvm/activate.ts";
import { withEveryVg } from "../../core/dvm/every-vg.ts";
import type { Sys } from "../../core/port/sys.ts";
import { verb } from "../applet.ts";
import { asJson, dryRun, every, lv, maybeVg, tellingWhatWasDone, told, where } from "./common.ts";

export const activate = verb({
  name: "activate",
  summary: "Bring LVs up: all that are activated by default, or those named",
  examples: ["dvm activate vg0", "dvm activate vg0 root home", "dvm activate --all"],
  operands: { vg: maybeVg, lv },
  options: {
    ...every,
    partial: {
      summary: "Bring up what is not whole too, read-only, with errors for what is missing",
      type: "flag",
    },
    degraded: { summary: "Bring up LVs without their stale legs", type: "flag" },
    ...where,
    ...dryRun,
  },
  groups: [{ give: "one", of: ["vg", "all"] }],
  output: "text",
  run: (sys, { operands, options }) =>
    settle(sys, operands.vg, {
      ...options,
      direction: "activate",
      lvs: operands.lv,
      dryRun: options["dry-run"],
    }),
});

export const deactivate = verb({
  name: "deactivate",
  summary: "Take LVs down: all, or those named",
  description:
    "All of them go down even when no label of the VG is there any more: their dm devices say whose " +
    "they are.",
  examples: ["dvm deactivate vg0", "dvm deactivate vg0 swap", "dvm deactivate --all --dry-run"],
  operands: { vg: maybeVg, lv },
  options: { ...every, ...where, ...dryRun },
  groups: [{ give: "one", of: ["vg", "all"] }],
  output: "text",
  run: (sys, { operands, options }) =>
    settle(sys, operands.vg, {
      devices: options.devices,
      direction: "deactivate",
      lvs: operands.lv,
      partial: false,
      degraded: false,
      dryRun: options["dry-run"],
    }),
});

/** One VG, or all of them. */
async function settle(
  sys: Sys,
  vg: string | undefined,
  options: Omit<ActivateOptions, "vg">,
): Promise<string> {
  if (vg !== undefined)
    return told(await tellingWhatWasDone(() => activateVg(sys, { ...options, vg })), options.dryRun);
  const lines: string[] = [];
  const { results, failure } = await withEveryVg(sys, options.devices, "own", async (id) => {
    try {
      const settled = await tellingWhatWasDone(() => activateVg(sys, { ...options, vg: id }));
      lines.push(told(settled, false));
      return settled;
    } catch (thrown) {
      if (thrown instanceof DvmError && typeof thrown.output === "string") lines.push(thrown.output);
      throw thrown;
    }
  });
  const output = options.dryRun ? asJson(results) : lines.join("");
  if (!failure) return output;
  const { code, message, details } = failure;
  throw new DvmError(code, message, { cause: failure, details, output });
}
