import type { Discovery, Legs, Lv, Metadata } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import { DvmError } from "../base/error.ts";
import type { LegEvidence } from "../dm/readable-legs.ts";
import type { Disks } from "../port/block.ts";
import { checkMetadata } from "../volume/check.ts";
import { requireKnownVersion } from "../volume/known.ts";
import { legsOf, legsSuffice, proofOf } from "../volume/model.ts";
import { chooseLvs } from "./choose.ts";
import { type LegRead, readLegs, unreadLegs } from "./evidence.ts";
import { byPath, placesOf, requireSameVg } from "./places.ts";

export interface LegsRequest {
  readonly metadata: Metadata;
  readonly discovery: Discovery;
  /** Names or ids of LVs that are not live; none means all. */
  readonly lvs: readonly string[];
}

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
  const read = await readLegs(
    disks,
    lvsWithLegs.map((lv) => unreadLegs(metadata.vg, lv, of)),
  );
  return { lvs: lvsWithLegs.map((lv, at) => judge(lv, defined(read[at], `the legs of LV ${lv.name}`))) };
}

function judge(lv: Lv, legs: readonly LegRead[]): Legs["lvs"][number] {
  const known = legs.map((leg) => (leg instanceof DvmError ? ABSENT : leg));
  const proof = defined(proofOf(lv), `the legs of LV ${lv.name}`);
  const good = proof.good(known);
  const from = proof.readable(known);
  return {
    id: lv.id,
    synced: proof.synced(known),
    readable: legsSuffice(lv, (leg) => from.includes(leg)),
    legs: legs.map((leg, at) =>
      leg instanceof DvmError ? "unread" : !leg.present ? "absent" : good.includes(at) ? "sound" : "behind",
    ),
  };
}

const ABSENT: LegEvidence = { present: false, rebuild: false, superblock: null };
