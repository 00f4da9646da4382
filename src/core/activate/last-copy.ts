/**
 * A raid1 that gives way to one of its legs. Whoever planned that has seen that the leg is in sync; it may have failed since,
 * and what was written from then on is on the others alone. Once the raid1 is suspended nothing is written any more, so
 * what its status says then is the last word: a write is not answered before the kernel has noted which legs missed it.
 */
import type { Instruction, TableLine } from "../../schema/index.ts";
import { referenceOf } from "../dm/references.ts";
import { type RaidDevice, raid } from "../dm/targets/raid.ts";
import { TargetRefusal } from "../dm/targets/target.ts";
import type { Work } from "./decide.ts";
import type { Device, Devices } from "./device.ts";
import { identifyCurrent, identifyDesired, isGrowth, normalizeTable, sameTable } from "./same-table.ts";

/** Place of the health letters in the status of a raid, and the letter of a leg in sync. */
const HEALTH = 2;
const IN_SYNC = "A";

/**
 * What must hold while the device is suspended, or its table stays.
 * @returns undefined when its table is no raid1 of several legs, or the new one none of its legs alone
 */
export function lastCopyCheck(devices: Devices, { device, name, swap }: Work): Instruction | undefined {
  const [line, ...more] = device.current?.table ?? [];
  if (!swap || line?.type !== "raid" || more.length > 0) return undefined;
  const legs = legsOf(line.params);
  // Nothing can have been written to the others alone when there are none, and one leg may be long in counting as in sync.
  if (legs.filter(({ data }) => data !== null).length < 2) return undefined;
  const wanted = normalizeTable(device.desired?.table ?? [], identifyDesired(devices), "lasting");
  const kept = legs.findIndex(({ data }) => {
    const leg = legTable(devices, device, data);
    return sameTable(leg, wanted) || isGrowth(leg, wanted) || isGrowth(wanted, leg);
  });
  if (kept < 0) return undefined;
  const is = legs.map((_, leg) => (leg === kept ? IN_SYNC : "?")).join("");
  return { op: "check-status", name, type: "raid", words: [{ at: HEALTH, is }] };
}

/** Of a raid1; none when it is another raid, or one in words that only a newer kernel knows. */
function legsOf(params: string): readonly RaidDevice[] {
  try {
    const { type, devices } = raid.decodeParams(params);
    return type === "raid1" ? devices : [];
  } catch (refusal) {
    if (refusal instanceof TargetRefusal) return [];
    throw refusal;
  }
}

/** What a leg maps now; nothing when it is no dm device. */
function legTable(devices: Devices, { currentChildren }: Device, data: string | null): TableLine[] {
  const name = data === null ? undefined : referenceOf(data);
  const leg = currentChildren.find(({ current }) => current?.name === name);
  return normalizeTable(leg?.current?.table ?? [], identifyCurrent(devices), "lasting");
}
