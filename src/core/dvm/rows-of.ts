import type { Report } from "../../schema/index.ts";
import type { Sys } from "../port/sys.ts";
import { reportVg } from "./report.ts";
import type { Where } from "./vg.ts";

/** A report's rows. @param what vg, lv, pv, seg or dm @param columns their names, with commas between */
export const rowsOf = async <Row>(
  sys: Sys,
  where: Where,
  what: string,
  columns: string,
): Promise<readonly Row[]> =>
  ((await reportVg(sys, { ...where, what, options: { format: "json", columns } })) as Report)
    .rows as readonly object[] as readonly Row[];
