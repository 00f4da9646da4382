import type { Report } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import type { Column, ReportSubject, Row } from "./column.ts";
import { subjects } from "./column.ts";
import { columnsOf } from "./columns.ts";
import { type Facts, gatherFacts } from "./facts.ts";
import { formatCsv } from "./formats/csv.ts";
import { formatMap } from "./formats/map.ts";
import { formatHtml } from "./formats/picture/html.ts";
import { shown } from "./formats/picture/shown.ts";
import { formatSvg } from "./formats/picture/svg.ts";
import { formatPrometheus, hasGauges } from "./formats/prometheus.ts";
import { formatTable } from "./formats/table.ts";
import { formatTree } from "./formats/tree.ts";
import type { ReportInput } from "./input.ts";
import { pickColumns } from "./pick.ts";
import { dmRows } from "./rows/dm.ts";
import { lvRows } from "./rows/lv.ts";
import { pvRows } from "./rows/pv.ts";
import { segRows } from "./rows/seg.ts";
import { vgRows } from "./rows/vg.ts";
import { parseSelection } from "./select.ts";
import { sortRows } from "./sort.ts";

export interface ReportOptions {
  /** vg, lv, pv, seg or dm; lv when left out. */
  readonly subject: string | undefined;
  /** One of the formats; table when left out. */
  readonly format: string | undefined;
  readonly columns: string | undefined;
  readonly select: string | undefined;
  readonly sort: string | undefined;
}

const formats = ["table", "json", "csv", "prometheus", "tree", "map", "svg", "html"] as const;

/** Those that are drawn of all that is known, and not of rows. */
const drawings: readonly string[] = ["tree", "map", "svg", "html"];

const rowsOf: Readonly<Record<ReportSubject, (facts: Facts) => Row[]>> = {
  vg: vgRows,
  lv: lvRows,
  pv: pvRows,
  seg: segRows,
  dm: dmRows,
};

/**
 * What the documents tell of one subject, in one format. Changes nothing.
 * @returns a document for json, else text
 * @throws DvmError USAGE for a subject, format, column, selection or order that there is not
 */
export function makeReport(input: ReportInput | Report, options: ReportOptions): Report | string {
  const subject = oneOf("report", options.subject ?? "lv", subjects);
  const format = oneOf("format", options.format ?? "table", formats);
  if (options.columns === "help") return listColumns(subject);
  const known = columnsOf[subject];
  const columns = columnsFor(subject, format, options.columns, "rows" in input);
  const facts = "rows" in input ? undefined : gatherFacts(input);
  if (subject === "dm" && facts && !facts.dm) throw new DvmError("USAGE", "a report of dm needs --dm");
  let rows = "rows" in input ? rowsFrom(input, subject) : facts ? rowsOf[subject](facts) : [];
  if (options.select !== undefined) rows = rows.filter(parseSelection(options.select, known));
  if (options.sort !== undefined) rows = sortRows(rows, options.sort, known);
  switch (format) {
    case "table":
      return formatTable(rows, columns);
    case "csv":
      return formatCsv(rows, columns);
    case "prometheus":
      if (!hasGauges(subject)) throw notOf(format, subject, "vg, lv, pv and dm");
      return formatPrometheus(subject, rows, columns);
    case "json":
      // Rows have every column, in order.
      return {
        subject,
        rows: columns === known ? rows : rows.map((row) => only(columns, row)),
      } as unknown as Report;
    case "tree":
      if (subject === "seg") throw notOf(format, subject, "vg, lv, pv and dm");
      return formatTree[subject](rows, gathered(facts, format));
    case "map":
      if (subject === "seg" || subject === "dm") throw notOf(format, subject, "vg, lv and pv");
      return formatMap[subject](rows, gathered(facts, format));
    case "svg":
    case "html":
      if (subject === "seg" || subject === "dm") throw notOf(format, subject, "vg, lv and pv");
      return (format === "svg" ? formatSvg : formatHtml)(shown[subject](rows, gathered(facts, format)));
  }
}

/** Rows that were made before. */
function rowsFrom({ subject, rows }: Report, asked: ReportSubject): Row[] {
  if (subject !== asked) throw new DvmError("USAGE", `--rows has rows of ${subject}, not of ${asked}`);
  return rows.map((row) => ({ ...row }) as Row);
}

function gathered(facts: Facts | undefined, format: string): Facts {
  if (!facts) throw new DvmError("USAGE", `a ${format} cannot be drawn of --rows: it needs --metadata`);
  return facts;
}

/**
 * The columns asked for; else every one in JSON and the usual ones in a table. @param several rows may be of
 * several VGs
 */
function columnsFor(
  subject: ReportSubject,
  format: (typeof formats)[number],
  asked: string | undefined,
  several: boolean,
): readonly Column[] {
  const known = columnsOf[subject];
  if (asked === undefined && (format === "json" || format === "prometheus")) return known;
  if (asked === undefined) {
    const ofVg = known.filter(({ name }) => several && name === "vg");
    return [...ofVg, ...known.filter(({ usual }) => usual)];
  }
  if (drawings.includes(format)) throw new DvmError("USAGE", `a ${format} has no columns to choose`);
  return pickColumns(asked, known);
}

/** Key by key, since rows are thousands and objects from entries are slow to read afterwards. */
function only(columns: readonly Column[], row: Row): Row {
  const picked: Record<string, Row[string]> = {};
  for (const { name } of columns) picked[name] = row[name] ?? null;
  return picked;
}

/** For `--columns help`: what there is, the usual ones marked. */
function listColumns(subject: ReportSubject): string {
  const columns: readonly Column[] = [
    { name: "column", kind: "text", usual: true, summary: "" },
    { name: "kind", kind: "text", usual: true, summary: "" },
    { name: "usual", kind: "flag", usual: true, summary: "" },
    { name: "summary", kind: "text", usual: true, summary: "" },
  ];
  const rows = columnsOf[subject].map(({ name, kind, usual, summary }) => ({
    column: name,
    kind,
    usual,
    summary,
  }));
  return formatTable(rows, columns);
}

function oneOf<T extends string>(what: string, word: string, known: readonly T[]): T {
  const found = known.find((each) => each === word);
  if (found !== undefined) return found;
  throw new DvmError("USAGE", `no ${what} "${word}"; there is ${known.join(", ")}`);
}

const notOf = (format: string, subject: ReportSubject, others: string): DvmError =>
  new DvmError("USAGE", `there is no ${format} of ${subject}, only of ${others}`);
