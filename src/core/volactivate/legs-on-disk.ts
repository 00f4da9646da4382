import type { Discovery, Legs, Lv, Metadata } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import { toDvmError } from "../base/error.ts";
import { inParallel } from "../base/in-parallel.ts";
import type { LegEvidence } from "../dm/readable-legs.ts";
import type { Disks } from "../port/block.ts";
import { checkMetadata } from "../volume/check.ts";
import { requireKnownVersion } from "../volume/known.ts";
import { legsOf, proofOf } from "../volume/model.ts";
import { chooseLvs } from "./choose.ts";
import { evidenceReaders } from "./evidence.ts";
import { byPath, type Place, placesOf, requireSameVg } from "./places.ts";

export interface LegsRequest {
  readonly metadata: Metadata;
  readonly discovery: Discovery;
  /** Names or ids of LVs that are not live; none means all. */
  readonly lvs: readonly string[];
}

/** LVs that are looked at at once. */
const AT_ONCE = 16;

/**
 * What the metadata of their legs says of LVs that have some. Of one that is live they tell less than its
 * status.
 * @throws DvmError NOT_FOUND, UNSUPPORTED, BAD_INPUT
 */
export async function legsOnDisk(disks: Disks, { metadata, discovery, lvs }: LegsRequest): Promise<Legs> {
  requireKnownVersion(metadata);
  requireSameVg(metadata, discovery);
  checkMetadata(metadata, "BAD_INPUT");
  const { of } = placesOf(metadata, discovery, byPath);
  const lvsWithLegs = chooseLvs(metadata, lvs).filter((lv) => legsOf(lv).length > 0);
  const found = new Map<string, Legs["lvs"][number]>();
  await inParallel(lvsWithLegs, AT_ONCE, async (lv) => {
    found.set(lv.id, await lookAt(metadata, lv, disks, of));
  });
  return { lvs: lvsWithLegs.flatMap(({ id }) => found.get(id) ?? []) };
}

async function lookAt(
  { vg }: Metadata,
  lv: Lv,
  disks: Disks,
  places: ReadonlyMap<string, Place>,
): Promise<Legs["lvs"][number]> {
  const legs: (LegEvidence | "unread")[] = [];
  for (const read of evidenceReaders(vg, lv, disks, places)) legs.push(await read().catch(unread));
  const known = legs.map((leg) => (leg === "unread" ? ABSENT : leg));
  const proof = defined(proofOf(lv), `the legs of LV ${lv.name}`);
  const readable = proof.readable(known);
  return {
    id: lv.id,
    synced: proof.synced(known),
    legs: legs.map((leg, at) =>
      leg === "unread" ? leg : !leg.present ? "absent" : readable.includes(at) ? "sound" : "behind",
    ),
  };
}

const ABSENT: LegEvidence = { present: false, rebuild: false, superblock: null };

function unread(thrown: unknown): "unread" {
  if (toDvmError(thrown).code === "BUG") throw thrown;
  return "unread";
}
