import type { DmState, Metadata } from "../../schema/index.ts";
import { devicesOf, referenceOf } from "../dm/references.ts";
import { scopesOfLv } from "../volume/identity.ts";
import { liveLvs } from "./live.ts";

/**
 * uuids of devices whose LV the metadata does not have, as a scope. Not those that stand on others, or
 * below: they go when those change, in the order that such have.
 */
export function straysOf(metadata: Metadata, current: DmState): string[] {
  const { vg, lvs } = metadata;
  const known = new Set(lvs.map(({ id }) => id));
  const live = [...liveLvs(current, metadata).values()];
  const strays = live.filter(({ id }) => !known.has(id));
  if (strays.length === 0) return [];
  const ownerOf = new Map(live.flatMap(({ id, devices }) => devices.map(({ name }) => [name, id])));
  const bound = new Set<string>();
  for (const { id, devices } of live)
    for (const line of devices.flatMap(({ table, inactive }) => [...(table ?? []), ...(inactive ?? [])]))
      for (const token of devicesOf(line)) {
        const below = ownerOf.get(referenceOf(token) ?? "");
        if (below === undefined || below === id || known.has(id) === known.has(below)) continue;
        bound.add(id).add(below);
      }
  return strays.filter(({ id }) => !bound.has(id)).flatMap(({ id }) => scopesOfLv(vg, { id }));
}
