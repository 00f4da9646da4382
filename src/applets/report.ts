/** What the documents tell, for people and scripts. Changes nothing. */
import { subjects } from "../core/report/column.ts";
import { columnsOf } from "../core/report/columns.ts";
import { makeReport } from "../core/report/report.ts";
import { applet, verb } from "./applet.ts";
import { looks, what } from "./report-options.ts";

/** The columns of every subject, for the documentation. */
const tables = subjects.map((subject) => ({
  title: `Columns of ${subject}`,
  head: ["column", "kind", "in a table", "what"],
  rows: columnsOf[subject].map(({ name, kind, usual, summary }) => [name, kind, usual ? "yes" : "", summary]),
}));

export const report = applet({
  name: "report",
  summary: "Show what metadata, devices and device-mapper tell of a VG",
  tables,
  verbs: [
    verb({
      name: "",
      summary: "Show a VG, its LVs, PVs, segments or dm devices",
      description:
        "What is not known, because the document that would tell was left out, is shown as - (null in " +
        "JSON, nothing in CSV). JSON has every column, a table and CSV the usual ones, unless " +
        "--columns names some. Sizes in JSON and CSV are sectors; prometheus gives gauges, " +
        "sizes in bytes. tree draws what lies on what, map the extents of each PV; svg and html give " +
        "a picture of both, one file that needs no other (of vg, lv or pv). A condition compares " +
        "a column with = != < <= > >=, or text with the regular expression of =~ and !~; conditions " +
        "are joined by && and ||, negated by ! and grouped by ( ). Text with blanks stands in double quotes.",
      operands: { what },
      options: {
        metadata: { summary: "The metadata (tm read)", document: "metadata" },
        rows: {
          summary:
            "Instead of all that: rows that were made before (--format json), of several VGs for instance",
          document: "report",
          placeholder: "FILE",
        },
        discovery: { summary: "The devices (discover find)", document: "discovery" },
        dm: { summary: "The dm devices as they are (dmexec state)", document: "dm-state" },
        desired: {
          summary: "The dm devices as the metadata wants them (volactivate desired), to compare",
          document: "dm-state",
        },
        legs: {
          summary: "What superblocks say of legs of LVs that are not live (volactivate legs)",
          document: "legs",
        },
        ...looks,
      },
      groups: [{ give: "one", of: ["metadata", "rows"] }],
      output: "report",
      run: async (_sys, { operands, options }) => {
        const { rows, metadata, ...rest } = options;
        const input = metadata ? { ...rest, metadata } : rows;
        if (!input) throw new Error("neither metadata nor rows");
        const made = makeReport(input, { ...options, subject: operands.what });
        return typeof made === "string" ? Buffer.from(made) : made;
      },
    }),
  ],
});
