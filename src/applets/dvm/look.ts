/** What there is, and how it does. */
import { DvmError } from "../../core/base/error.ts";
import { examine } from "../../core/dvm/doctor.ts";
import type { Finding } from "../../core/dvm/finding.ts";
import { reportEveryVg, reportVg } from "../../core/dvm/report.ts";
import { verb } from "../applet.ts";
import { looks, what } from "../report-options.ts";
import { maybeVg, where } from "./common.ts";

export const report = verb({
  name: "report",
  summary: "Show a VG, its LVs, PVs, segments or dm devices; without a VG, a row for each of all VGs",
  description: "What the options say stands in `report --help`.",
  operands: { vg: maybeVg, what },
  options: { ...looks, ...where },
  output: "report",
  run: (sys, { operands: { vg, what }, options: { devices, ...options } }) =>
    vg === undefined
      ? reportEveryVg(sys, { devices, options })
      : reportVg(sys, { vg, what, devices, options }),
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
