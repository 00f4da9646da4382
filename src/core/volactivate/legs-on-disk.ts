import type { Discovery, Legs, Metadata } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import { DvmError } from "../base/error.ts";
import type { LegEvidence } from "../dm/readable-legs.ts";
import type { Disks } from "../port/block.ts";
import { checkMetadata } from "../volume/check.ts";
import { requireKnownVersion } from "../volume/known.ts";
import { arraysOf, type LegArray, legsOf } from "../volume/model.ts";
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
  const arrays = lvsWithLegs.map(arraysOf);
  const unread = arrays.flat().map((array) => unreadLegs(metadata.vg, array, of));
  const read = (await readLegs(disks, unread)).values();
  const judged = arrays.map((ofLv) =>
    ofLv.map((array) => judge(array, defined(read.next().value, "the legs of an array"))),
  );
  return { lvs: lvsWithLegs.map(({ id }, at) => ({ id, ...together(judged[at] ?? []) })) };
}

type Judged = Omit<Legs["lvs"][number], "id">;

/** @param arrays of an LV, the outermost first, by which it is read */
const together = (arrays: readonly Judged[]): Judged => ({
  synced: arrays.every(({ synced }) => synced),
  readable: arrays[0]?.readable ?? true,
  legs: arrays.flatMap(({ legs }) => legs),
});

function judge({ type, segment }: LegArray, legs: readonly LegRead[]): Judged {
  const known = legs.map((leg) => (leg instanceof DvmError ? ABSENT : leg));
  const proof = type.proof(segment);
  const good = proof.good(known);
  const from = proof.readable(known);
  return {
    synced: proof.synced(known),
    readable: type.suffice(segment, (leg) => from.includes(leg)),
    legs: legs.map((leg, at) =>
      leg instanceof DvmError ? "unread" : !leg.present ? "absent" : good.includes(at) ? "sound" : "behind",
    ),
  };
}

const ABSENT: LegEvidence = { present: false, rebuild: false, superblock: null };
