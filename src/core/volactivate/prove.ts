/** Whether legs hold their LV's content, as live status tells, or the superblocks of those that are left. */
import type { DmDevice, Lv, Vg } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import { DvmError } from "../base/error.ts";
import type { Disks } from "../port/block.ts";
import { identityOf } from "../volume/identity.ts";
import { arraysOf, type LegArray } from "../volume/model.ts";
import { WRAPPED } from "../volume/types/type.ts";
import { readLegs, unreadLegs } from "./evidence.ts";
import type { LiveLv } from "./live.ts";
import { type Place, placeOf } from "./places.ts";
import type { Claim } from "./refuse-copies.ts";

export interface Evidence {
  readonly disks: Disks;
  /** The VG's devices, whose tables agree with the old metadata. */
  readonly live: ReadonlyMap<string, LiveLv>;
  readonly places: ReadonlyMap<string, Place>;
}

/**
 * Live status decides. Of an LV that is not live nothing is believed, with one exception: when its other legs
 * are on missing PVs and are now marked stale, or it could never be brought up again, what the remaining
 * legs' superblocks tell.
 * @throws DvmError WOULD_LOSE_DATA, naming the LV and the leg
 */
export async function prove(vg: Vg, claims: readonly Claim[], evidence: Evidence): Promise<void> {
  for (const claim of claims) {
    const { lv, number, why } = claim;
    const doubt = await doubtOf(vg, claim, evidence);
    if (doubt === undefined) continue;
    const refused =
      why === "rebuilt"
        ? `leg ${number} of LV ${lv.name} may be read only once it has been rebuilt`
        : `LV ${lv.name} would be left with fewer copies, and leg ${number} must be in sync for that`;
    throw new DvmError("WOULD_LOSE_DATA", `${refused}: ${doubt}`, { details: { lv: lv.name, leg: number } });
  }
}

async function doubtOf(vg: Vg, claim: Claim, { disks, live, places }: Evidence): Promise<string | undefined> {
  const { lv, layer, leg, why, dropped, allStale } = claim;
  const array = defined(
    arraysOf(lv).find((each) => each.layer === layer),
    "the array of a leg",
  );
  const there = live.get(lv.id);
  if (there?.top) return doubtOfLive(array, arrayDeviceOf(vg, lv, array, there), leg);
  const areMissing = dropped.every((runs) => runs.some((run) => !placeOf(places, run)));
  if (why !== "fewer" || !allStale || !areMissing)
    return "only the status of a live LV tells, so activate it first";
  const readable = await readableOnDisk(vg, array, disks, places);
  return readable.includes(leg) ? undefined : "its superblock does not say so";
}

/** The device whose table is the array's; undefined: it is not there. */
export function arrayDeviceOf(vg: Vg, lv: Lv, { layer }: LegArray, there: LiveLv): DmDevice | undefined {
  const find = (of: string) => {
    const { uuid } = of === WRAPPED ? identityOf(vg, lv, "", WRAPPED) : identityOf(vg, lv, of);
    return there.devices.find((device) => device.uuid === uuid);
  };
  return (layer === "" ? find(WRAPPED) : undefined) ?? find(layer);
}

function doubtOfLive(array: LegArray, device: DmDevice | undefined, leg: number): string | undefined {
  if (!device) return "the device of its array is not there";
  const members = array.type.proof(array.segment).live(device);
  if (members === undefined) return `${device.name} tells nothing of its legs`;
  switch (members[leg]) {
    case "in-sync":
      return undefined;
    case "syncing":
      return "it is not in sync yet";
    case "failed":
      return "it has failed";
    default:
      return "it takes no part";
  }
}

/** The legs that the superblocks which can be read call good. */
async function readableOnDisk(
  vg: Vg,
  array: LegArray,
  disks: Disks,
  places: ReadonlyMap<string, Place>,
): Promise<readonly number[]> {
  const legs = (await readLegs(disks, [unreadLegs(vg, array, places)])).flat();
  const evidence = legs.map((leg) => {
    if (leg instanceof DvmError) throw leg;
    return leg;
  });
  return array.type.proof(array.segment).readable(evidence);
}
