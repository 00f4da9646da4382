/** Every row, in the order of the table. */
import type { Row } from "../lib/row.ts";
import { createLv } from "./create-lv.ts";

export const rows: readonly Row[] = [createLv(10_000, 0.5), createLv(100_000, 0.25)];
