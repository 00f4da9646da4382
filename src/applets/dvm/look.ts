/** What there is, and how it does. */
import { DvmError } from "../../core/base/error.ts";
import { examine } from "../../core/dvm/doctor.ts";
import type { Finding } from "../../core/dvm/finding.ts";
import { reportEveryVg, reportVg } from "../../core/dvm/report.ts";
import { subjects } from "../../core/report/column.ts";
import { verb } from "../applet.ts";
import { looks, what } from "../report-options.ts";
import { where } from "./common.ts";

/** What may stand in place of a VG. Not vg: that is shown when nothing does. */
const OF_ALL: readonly string[] = subjects.filter((subject) => subject !== "vg");

export const report = verb({
  name: "report",
  summary: "Show a VG, its LVs, PVs, segments or dm devices, or those of all VGs",
  description:
    "Without a VG there is a row for each of all VGs; `lv`, `pv`, `seg` or `dm` in place of one shows " +
    "those of all VGs, with a column for the VG (a VG of such a name is named by its id, or with what " +
    "is to be shown behind it). What the options say stands in `report --help`.",
  examples: ["dvm report", "dvm report vg0", "dvm report vg0 lv --columns name,size,sync --format json"],
  operands: { vg: { summary: "The VG's name or id; or lv, pv, seg or dm, of all VGs" }, what },
  options: { ...looks, ...where },
  output: "report",
  run: (sys, { operands: { vg, what }, options: { devices, ...options } }) =>
    vg === undefined || (what === undefined && OF_ALL.includes(vg))
      ? reportEveryVg(sys, { what: vg, devices, options })
      : reportVg(sys, { vg, what, devices, options }),
});

export const doctor = verb({
  name: "doctor",
  summary: "Look at what dvm depends on and at every VG, changing nothing",
  description: "Ends with 3 when it finds a problem.",
  examples: ["dvm doctor", "dvm doctor --json"],
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
