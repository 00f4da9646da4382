/** LVs up and down. */
import { activateVg } from "../../core/umbrella/activate.ts";
import { verb } from "../applet.ts";
import { dryRun, lv, tellingWhatWasDone, told, vg, where } from "./common.ts";

export const activate = verb({
  name: "activate",
  summary: "Bring LVs up: all that are activated by default, or those named",
  operands: { vg, lv },
  options: {
    partial: {
      summary: "Bring up what is not whole too, read-only, with errors for what is missing",
      type: "flag",
    },
    degraded: { summary: "Bring up LVs without their stale legs", type: "flag" },
    ...where,
    ...dryRun,
  },
  output: "text",
  run: async (sys, { operands, options }) => {
    const settled = await tellingWhatWasDone(() =>
      activateVg(sys, {
        ...operands,
        ...options,
        direction: "activate",
        lvs: operands.lv,
        dryRun: options["dry-run"],
      }),
    );
    return told(settled, options["dry-run"]);
  },
});

export const deactivate = verb({
  name: "deactivate",
  summary: "Take LVs down: all, or those named",
  operands: { vg, lv },
  options: { ...where, ...dryRun },
  output: "text",
  run: async (sys, { operands, options }) => {
    const settled = await tellingWhatWasDone(() =>
      activateVg(sys, {
        ...operands,
        devices: options.devices,
        direction: "deactivate",
        lvs: operands.lv,
        partial: false,
        degraded: false,
        dryRun: options["dry-run"],
      }),
    );
    return told(settled, options["dry-run"]);
  },
});
