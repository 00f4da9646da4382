/** What there is, and how it does. */
import { DvmError } from "../../core/base/error.ts";
import { examine } from "../../core/umbrella/doctor.ts";
import { reportVg } from "../../core/umbrella/report.ts";
import { verb } from "../applet.ts";
import { looks, what } from "../report-options.ts";
import { vg, where } from "./common.ts";

export const report = verb({
  name: "report",
  summary: "Show a VG, its LVs, PVs, segments or dm devices",
  description: "What the options say stands in `report --help`.",
  operands: { vg, what },
  options: { ...looks, ...where },
  output: "report",
  run: (sys, { operands, options: { devices, ...options } }) =>
    reportVg(sys, { ...operands, devices, options }),
});

export const doctor = verb({
  name: "doctor",
  summary: "Look at what dvm depends on and at every VG, changing nothing",
  description: "Ends with 3 when it finds a problem.",
  options: where,
  output: "text",
  run: async (sys, { options }) => {
    const findings = await examine(sys, options.devices);
    const text = findings
      .map(
        ({ ok, heading, what }) => `${ok ? "ok      " : "problem "}${heading ? `${heading}: ` : ""}${what}\n`,
      )
      .join("");
    if (findings.every(({ ok }) => ok)) return text;
    throw new DvmError("INCOMPLETE", "not everything is well", { output: text });
  },
});
