import type { Pv } from "../../../../schema/index.ts";
import type { ReportSubject, Row } from "../../column.ts";
import type { Facts } from "../../facts.ts";
import { lvRows } from "../../rows/lv.ts";
import { vgRows } from "../../rows/vg.ts";

/** What a picture is of. */
export interface Shown {
  readonly facts: Facts;
  readonly vg: Row;
  readonly pvs: readonly Pv[];
  /** Rows, of which each has a colour. Extents of other LVs are there too, in none. */
  readonly lvs: readonly Row[];
  /** Of these rows the stacks are drawn. */
  readonly stacks: readonly Row[];
}

/** Devices and LVs of a VG, all devices and LVs that are rows, or devices that are rows alone. */
export const shown: Readonly<
  Record<Extract<ReportSubject, "vg" | "lv" | "pv">, (rows: readonly Row[], facts: Facts) => Shown>
> = {
  vg: (_rows, facts) => {
    const lvs = lvRows(facts);
    return { ...all(facts), lvs, stacks: lvs };
  },
  lv: (rows, facts) => ({ ...all(facts), lvs: rows, stacks: rows }),
  pv: (rows, facts) => ({
    ...all(facts),
    pvs: rows.flatMap((row) => facts.pvs.get(String(row["id"])) ?? []),
    lvs: lvRows(facts),
    stacks: [],
  }),
};

function all(facts: Facts): Pick<Shown, "facts" | "vg" | "pvs"> {
  const [vg = {}] = vgRows(facts);
  return { facts, vg, pvs: facts.metadata.pvs };
}
