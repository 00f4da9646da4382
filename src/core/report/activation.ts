import type { Lv } from "../../schema/index.ts";
import type { Facts, Pairing } from "./facts.ts";
import { tablesAgree } from "./tables-agree.ts";

/**
 * What is live of an LV:
 * inactive: nothing; active: all that the metadata wants, with the tables it wants; differs: some table is
 * another, or something is live that should not be; partly: some devices are missing, the others agree;
 * suspended: some device is; live: there, but there was nothing to compare it with.
 * @returns null when the dm state is not known
 */
export function activationOf(facts: Facts, lv: Lv): string | null {
  if (!facts.dm) return null;
  const devices = facts.dmOf.get(lv.id);
  if (!devices) return "inactive";
  const pairs = [...devices.values()];
  if (!pairs.some(({ live }) => live)) return "inactive";
  if (pairs.some(({ live }) => live?.suspended)) return "suspended";
  if (!facts.compared.has(lv.id)) return "live";
  const agreements = pairs.map((pair) => agreementOf(facts, pair));
  if (agreements.some((each) => each === "differs" || each === "extra")) return "differs";
  return agreements.every((each) => each === "agrees") ? "active" : "partly";
}

/**
 * How one live device compares with the metadata. null: it is not live, or has no live table.
 * Ask only of an LV that can be compared.
 */
export function agreementOf(
  { names }: Facts,
  { live, desired }: Pairing,
): "agrees" | "differs" | "extra" | null {
  if (!live?.table) return null;
  if (!desired?.table) return "extra";
  const readOnlyAgrees = Boolean(live.readOnly) === Boolean(desired.readOnly);
  return readOnlyAgrees && live.name === desired.name && tablesAgree(live.table, desired.table, names)
    ? "agrees"
    : "differs";
}
