import type { Parameters } from "../core/port/parameters.ts";
import { subjects } from "../core/report/column.ts";

/** How a report looks; the umbrella's report takes the same. */
export const looks = {
  format: { summary: "table (default), json, csv, prometheus, tree, map, svg or html" },
  columns: { summary: "Which columns, separated by commas; all, or help to list them" },
  select: { summary: "Which rows, as in 'size>=1G && state=active'", placeholder: "CONDITION" },
  sort: { summary: "By which columns, separated by commas, - before a name for descending" },
} as const satisfies Parameters;

export const what = { summary: `One of ${subjects.join(", ")} (default lv)` } as const;
