/** Which entry of a document is about which LV. */
import type { Desired, DesiredLv, DesiredVg, Lv, Metadata } from "../../../schema/index.ts";
import { DvmError } from "../../base/error.ts";

/** An entry, and the LV that it is about when there is one. */
export interface Match {
  readonly wanted: DesiredLv;
  readonly lv: Lv | undefined;
}

/** The entry of a VG: by its id, else by its name. @throws DvmError NOT_FOUND, BAD_INPUT, STALE */
export function entryOf({ vg }: Metadata, { vgs }: Desired): DesiredVg {
  const named = vgs.filter(({ id, name }) => (id === undefined ? name === vg.name : id === vg.id));
  if (named.length > 1) throw new DvmError("BAD_INPUT", `the document has VG ${vg.name} twice`);
  const [entry] = named;
  if (entry) return entry;
  const other = vgs.find(({ name }) => name === vg.name);
  if (other) throw new DvmError("STALE", `VG ${vg.name} has id ${vg.id}, the document means ${other.id}`);
  throw new DvmError("NOT_FOUND", `the document says nothing of VG ${vg.name}`);
}

/**
 * An entry with an id is that LV whatever its name; of the others each is about the LV of its name.
 * @throws DvmError NOT_FOUND for an id that there is not, BAD_INPUT when two entries are about one LV or name
 */
export function matchLvs({ vg, lvs }: Metadata, wanted: readonly DesiredLv[]): readonly Match[] {
  const byId = new Map(lvs.map((lv) => [lv.id, lv]));
  const byName = new Map(lvs.map((lv) => [lv.name, lv]));
  const meant = new Set(wanted.flatMap(({ id }) => id ?? []));
  const matches = wanted.map((entry): Match => {
    if (entry.id === undefined) {
      const lv = byName.get(entry.name);
      return { wanted: entry, lv: lv && meant.has(lv.id) ? undefined : lv };
    }
    const lv = byId.get(entry.id);
    if (!lv && !entry.absent)
      throw new DvmError(
        "NOT_FOUND",
        `VG ${vg.name} has no LV of id ${entry.id} (${entry.name}): without the id in the document, a new ` +
          "one is made",
      );
    return { wanted: entry, lv };
  });
  refuseTwice(matches.flatMap(({ lv }) => lv?.name ?? []));
  refuseTwice(wanted.filter(({ absent }) => !absent).map(({ name }) => name));
  return matches;
}

function refuseTwice(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new DvmError("BAD_INPUT", `the document has LV ${name} twice`);
    seen.add(name);
  }
}
