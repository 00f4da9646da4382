/** The value of one column of one row. null: not known, since the document that would tell was not given. */
export type Value = string | number | boolean | readonly string[] | null;

export type Row = Readonly<Record<string, Value>>;

/**
 * One column. Its kind says what its values are and how people see and write them:
 * sectors (a size), count, percent (of 100), text, flag, list (of texts).
 */
export interface Column {
  readonly name: string;
  readonly kind: "text" | "sectors" | "count" | "percent" | "flag" | "list";
  /** Shown in a table unless other columns are asked for. */
  readonly usual: boolean;
  readonly summary: string;
}

/** What a report is about. */
export type ReportSubject = "vg" | "lv" | "pv" | "seg" | "dm";

export const subjects: readonly ReportSubject[] = ["vg", "lv", "pv", "seg", "dm"];
