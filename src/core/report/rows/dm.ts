import type { DmDevice } from "../../../schema/index.ts";
import { agreementOf } from "../activation.ts";
import type { Row } from "../column.ts";
import type { Facts, Pairing } from "../facts.ts";
import { progressOf } from "../progress.ts";

/**
 * A row for each dm device of the VG: those that are there, and those that the metadata wants and are not.
 */
export function dmRows(facts: Facts): Row[] {
  const nameOf = new Map(facts.metadata.lvs.map(({ id, name }) => [id, name]));
  const rows: Row[] = [];
  for (const [lvId, pairs] of facts.dmOf) {
    const lv = nameOf.get(lvId) ?? null;
    const compared = lv === null || facts.compared.has(lvId);
    for (const [uuid, pair] of pairs) rows.push(dmRow(facts, uuid, pair, { lv, compared }));
  }
  return rows;
}

function dmRow(
  facts: Facts,
  uuid: string,
  pair: Pairing,
  { lv, compared }: { readonly lv: string | null; readonly compared: boolean },
): Row {
  const { live } = pair;
  const table = live?.table ?? [];
  return {
    name: live?.name ?? pair.desired?.name ?? "",
    uuid,
    vg: facts.metadata.vg.name,
    dev: live?.dev ?? null,
    lv,
    component: pair.layer,
    state: stateOf(live),
    table: compared ? agreementOf(facts, pair) : null,
    health: progressOf(live).health,
    targets: [...new Set(table.map(({ type }) => type))],
    size: table.reduce((sum, { length }) => sum + length, 0),
    open: live?.openCount ?? null,
    events: live?.eventNr ?? null,
    readOnly: live?.readOnly ?? null,
    loaded: live ? Boolean(live.inactive) : null,
    status: live?.status ?? [],
  };
}

function stateOf(live: DmDevice | undefined): string {
  if (!live) return "inactive";
  if (live.suspended) return "suspended";
  return live.table ? "active" : "empty";
}
