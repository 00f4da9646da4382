/**
 * The sets of test/fixtures/lvm2 that are activated by the tests, and what of them dvm leaves to LVM2.
 */
export interface Lvm2Row {
  readonly vgs: readonly string[];
  /** Disks that are away, as in the name of the variant. */
  readonly without?: readonly string[];
  readonly partial?: true;
  /** dm names of LVs that dvm leaves to LVM2, with what is below them. */
  readonly left?: RegExp;
  /** What LVM2 complains of, whatever dvm does. */
  readonly complaint?: RegExp;
}

/** By `FIXTURE/VARIANT`. */
export const lvm2Rows: Readonly<Record<string, Lvm2Row>> = {
  "alignold/full": { vgs: ["oldal"] },
  "attrs/full": { vgs: ["v-g.0+x_"], left: /x_-(e|z|ro|ro-real|snap--of--ro.*)$/ },
  "badmeta/full": { vgs: ["bad"], complaint: /WARNING|[Cc]hecksum|metadata/ },
  "exported/full": { vgs: ["exp"], complaint: /is exported/ },
  "extents/full": { vgs: ["ex64k", "ex1g", "ex640k", "ex1k"] },
  "linear/full": { vgs: ["lin"] },
  "many/full": { vgs: ["many"] },
  "mdas/full": { vgs: ["md"] },
  "missflag/full": { vgs: ["mf"], complaint: /WARNING|updatemetadata|missing PV/ },
  "pvmove/full": { vgs: ["pm"], left: /.*/, complaint: /polld|[Pp]oll/ },
  "snapshot/full": { vgs: ["sn"], left: /.*/ },
  "striped/full": { vgs: ["str"] },
  "systemid/full": { vgs: ["sysid", "nosysid"] },
  "raid01/full": { vgs: ["r01"], left: /r01-(r0m|rates|two)/ },
  "raid456/full": { vgs: ["r456"] },
  "raid456/missing-b": { vgs: ["r456"], without: ["ubdb"] },
  "convert/full": { vgs: ["cv"], left: /cv-(down|reshape|r1to5)/ },
  "integrity/full": { vgs: ["itg"], left: /.*/ },
  "missing/full": { vgs: ["mis"], left: /mis-m/ },
  "missing/missing-b": { vgs: ["mis"], without: ["ubdb"], left: /mis-m/ },
  "missing/missing-c": { vgs: ["mis"], without: ["ubdc"], left: /mis-m/ },
  "missing/partial-missing-c": { vgs: ["mis"], without: ["ubdc"], partial: true, left: /mis-m/ },
};
