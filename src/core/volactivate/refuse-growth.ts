import type { Vg } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { arraysOf, type LegArray } from "../volume/model.ts";
import type { ChangedLv } from "./changed.ts";
import { readLegs, unreadLegs } from "./evidence.ts";
import { arrayDeviceOf, type Evidence } from "./prove.ts";

/**
 * What comes of an array with parity has none yet. Where a leg that the metadata calls current has failed,
 * the kernel makes that leg anew, from its beginning, and believes whatever the disk holds where a second
 * parity should be. So such an array gets longer only with all of its legs, as live status tells, or their
 * superblocks where it is not live.
 * @throws DvmError INCOMPLETE, naming the LV, the leg and what to do
 */
export async function refuseGrowthWithoutLegs(
  vg: Vg,
  changed: readonly ChangedLv[],
  evidence: Evidence,
): Promise<void> {
  for (const { lv, was } of changed) {
    if (!was) continue;
    const next = new Map(arraysOf(lv).map(({ layer, segment }) => [layer, segment.length]));
    for (const array of arraysOf(was)) {
      const { layer, segment, type, legs } = array;
      if (!type.proof(segment).growsWhole || (next.get(layer) ?? 0) <= segment.length) continue;
      const lacking = await lackingLeg(vg, was, array, evidence);
      if (lacking === undefined) continue;
      const number = legs[lacking]?.number ?? lacking;
      throw new DvmError(
        "INCOMPLETE",
        `LV ${lv.name} gets longer only with all of its legs, and leg ${number} has failed or is away: ` +
          `bring it back, then run dvm recover ${vg.name}`,
        { details: { lv: lv.name, leg: number } },
      );
    }
  }
}

/** The place of one in the table. */
async function lackingLeg(
  vg: Vg,
  lv: NonNullable<ChangedLv["was"]>,
  array: LegArray,
  { disks, live, places }: Evidence,
): Promise<number | undefined> {
  const proof = array.type.proof(array.segment);
  const all = array.legs.map((_, index) => index);
  const there = live.get(lv.id);
  if (there?.top) {
    const device = arrayDeviceOf(vg, lv, array, there);
    const members = (device && proof.live(device)) ?? [];
    return all.find((index) => members[index] !== "in-sync" && members[index] !== "syncing");
  }
  const read = (await readLegs(disks, [unreadLegs(vg, array, places)])).flat();
  const unread = read.findIndex((leg) => leg instanceof DvmError);
  if (unread >= 0) return unread;
  const good = proof.good(read.flatMap((leg) => (leg instanceof DvmError ? [] : [leg])));
  return all.find((index) => !good.includes(index));
}
