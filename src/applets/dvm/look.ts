/** What there is, and how it does. */
import { DvmError } from "../../core/base/error.ts";
import { examine } from "../../core/umbrella/doctor.ts";
import type { Finding } from "../../core/umbrella/finding.ts";
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
  options: {
    json: { summary: "Give a document (findings), with a stable code for each finding", type: "flag" },
    ...where,
  },
  output: "findings",
  run: async (sys, { options }) => {
    const findings = await examine(sys, options.devices);
    const well = findings.every(({ ok }) => ok);
    const output = options.json
      ? { well, findings: [...findings] }
      : Buffer.from(findings.map(line).join(""));
    if (well) return output;
    throw new DvmError("INCOMPLETE", "not everything is well", { output });
  },
});

/** What a finding is about, where its text does not say so. */
const headingOf = ({ kind, name, vg }: Finding["subject"]): string =>
  kind === "dm" ? "" : kind === "vg" || kind === "lv" ? `VG ${vg ?? name}: ` : `${name}: `;

const line = ({ ok, subject, text }: Finding): string =>
  `${ok ? "ok      " : "problem "}${headingOf(subject)}${text}\n`;
