/**
 * What is known of the legs of an LV before anything is read from it: where they are, and what their metadata
 * says.
 */
import type { Lv, Vg } from "../../schema/index.ts";
import { alignedBuffer } from "../base/aligned.ts";
import { PAGE, sectorsToBytes } from "../base/units.ts";
import type { LegEvidence } from "../dm/readable-legs.ts";
import type { Disks } from "../port/block.ts";
import { legsOf, type NumberedLeg, proofOf, runsIn } from "../volume/model.ts";
import type { Proof } from "../volume/types/type.ts";
import { type Place, placeOf } from "./places.ts";

/** Of each leg, in the order of the metadata; none for an LV without legs. Reads them one after the other. */
export function evidenceReaders(
  vg: Vg,
  lv: Lv,
  disks: Disks,
  places: ReadonlyMap<string, Place>,
): readonly (() => Promise<LegEvidence>)[] {
  const proof = proofOf(lv);
  return proof ? legsOf(lv).map((leg) => () => evidenceOf(vg, leg, proof, disks, places)) : [];
}

/** @throws DvmError IO, DEADLINE when it cannot be read, CORRUPT when it holds something else */
async function evidenceOf(
  vg: Vg,
  { state, image, meta }: NumberedLeg,
  proof: Proof,
  disks: Disks,
  places: ReadonlyMap<string, Place>,
): Promise<LegEvidence> {
  const [run] = runsIn(meta);
  const place = run && placeOf(places, run);
  const present = state !== "stale" && runsIn(image).every((each) => placeOf(places, each));
  const rebuild = state === "rebuild";
  if (!present || !run || place?.path === undefined) return { present: false, rebuild, superblock: null };
  const buffer = alignedBuffer(PAGE);
  const device = await disks.open(place.path, { write: false });
  try {
    await device.read(sectorsToBytes(place.dataStart + run.start * vg.extentSize), buffer);
  } finally {
    await device.close();
  }
  return { present, rebuild, superblock: proof.read(buffer, place.path) };
}
