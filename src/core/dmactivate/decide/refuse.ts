/** What is refused before a single instruction is made. */
import { DvmError } from "../../base/error.ts";
import { targetOf } from "../../dm/targets/index.ts";
import { TargetRefusal } from "../../dm/targets/target.ts";
import type { Comparison } from "../compare/compare.ts";
import { type Device, type Devices, findDesired, nameOf } from "../compare/device.ts";
import { isSmallerPool } from "../compare/pool-room.ts";
import { lengthOf } from "../compare/same-table.ts";

/**
 * Who else has it open is for prepare to find out: it may be for a moment only.
 * @throws DvmError IN_USE when a device that shall go is used by one that stays
 */
export function refuseUsed(devices: Devices): void {
  for (const device of devices.all) {
    if (!device.going) continue;
    const user = device.holders.find((holder) => !holder.going && !holder.desired);
    if (user)
      throw new DvmError(
        "IN_USE",
        `${nameOf(device)} is to be removed, but is used by ${nameOf(user)}, which stays`,
        { details: { device: nameOf(device) } },
      );
  }
}

/**
 * Tries each table that will be loaded as its constructors would.
 * @throws DvmError BAD_INPUT for parameters that a target refuses, for a range beyond a device's end, and for
 *   a pool that would
 * have less room than it has taken
 */
export function refuseBadTables({ devices, compared }: Comparison): void {
  const differs = (device: Device) => compared.get(device)?.finding === "differs";
  compared.forEach(({ device, desired, finding }) => {
    // What stays as it is may find something below it too short.
    if (finding === "same" && !device.children.some(differs)) return;
    desired.table.forEach((line) => {
      const target = targetOf(line.type);
      try {
        const params = target.decodeParams(line.params);
        target.check(params, line);
        for (const area of target.areas(params, line)) refuseBeyond(devices, device, area);
        // The kernel would refuse when it is too late: at the commit, with the pool suspended.
        if (isSmallerPool(devices, device, line))
          throw new TargetRefusal("has taken more room than it is to have, and never gets smaller");
      } catch (refusal) {
        if (!(refusal instanceof TargetRefusal)) throw refusal;
        const where = `${line.type} target at ${line.start} of ${nameOf(device)}`;
        throw new DvmError("BAD_INPUT", `${where}: ${refusal.reason}`, { cause: refusal });
      }
    });
  });
}

function refuseBeyond(
  devices: Devices,
  device: Device,
  area: { readonly device: string; readonly start: number; readonly length: number },
): void {
  if (!area.device.startsWith("@")) return;
  const child = findDesired(devices, area.device.slice(1));
  const table = child?.desired?.table ?? child?.current?.table;
  if (!child || !table) return;
  const size = lengthOf(table);
  if (area.start + area.length > size)
    throw new DvmError(
      "BAD_INPUT",
      `${nameOf(device)} maps ${area.start}+${area.length} of ${nameOf(child)}, which has ${size} sectors`,
    );
}
