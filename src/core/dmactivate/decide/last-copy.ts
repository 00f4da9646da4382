/**
 * A raid1 that gives way to one of its legs. Whoever planned that has seen that the leg is in sync; it may
 * have failed since, and what was written from then on is on the others alone. Once the raid1 is suspended
 * nothing is written any more, so what its status says then is the last word: a write is not answered before
 * the kernel has noted which legs missed it.
 */
import type { Instruction, TableLine } from "../../../schema/index.ts";
import { referenceOf } from "../../dm/references.ts";
import { targetOf } from "../../dm/targets/index.ts";
import { type TargetCopy, TargetRefusal } from "../../dm/targets/target.ts";
import type { Device, Devices } from "../compare/device.ts";
import {
  identifyCurrent,
  identifyDesired,
  isGrowth,
  normalizeTable,
  sameTable,
} from "../compare/same-table.ts";

/**
 * What must hold while a device is suspended whose table is to be swapped, or its table stays.
 * @param name of the device by then
 * @returns undefined when its table is no raid1 of several legs, or the new one none of its legs alone
 */
export function lastCopyCheck(devices: Devices, device: Device, name: string): Instruction | undefined {
  const [line, ...more] = device.current?.table ?? [];
  if (!line || more.length > 0) return undefined;
  const copies = copiesOf(line);
  // Nothing can have been written to the others alone when there are none, and one leg may be long in
  // counting as in sync.
  if (copies.filter((copy) => copy.device !== null).length < 2) return undefined;
  const wanted = normalizeTable(device.desired?.table ?? [], identifyDesired(devices), "lasting");
  const kept = copies.find((copy) => {
    const leg = legTable(devices, device, copy.device);
    return sameTable(leg, wanted) || isGrowth(leg, wanted) || isGrowth(wanted, leg);
  });
  return kept && { op: "check-status", name, type: line.type, words: [...kept.proof] };
}

/** None of a target that has none, or that says so in words that only a newer kernel knows. */
function copiesOf({ type, params }: TableLine): readonly TargetCopy[] {
  const target = targetOf(type);
  if (!target.copies) return [];
  try {
    return target.copies(target.decodeParams(params));
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
