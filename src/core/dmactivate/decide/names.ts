/** Names while they change: none is ever asked for while another device has it. */
import { DvmError } from "../../base/error.ts";
import { type Device, type Devices, nameOf } from "../compare/device.ts";

export interface Names {
  nameWhilePreparing(device: Device): string;
  /** What commit renames, in order. */
  readonly renames: readonly Rename[];
  /** Names that are to be taken and must be free before anything is done. */
  readonly mustBeFree: readonly string[];
  /** The name under which a device that goes is removed: another when its name is wanted. */
  nameWhenRemoved(device: Device): string;
}

export interface Rename {
  readonly device: Device;
  readonly from: string;
  readonly to: string;
}

/**
 * Chains are renamed from their free end, rings through a temporary name. A name that a device which goes
 * still has is freed by renaming that one: its removal comes last, and could be refused.
 * @throws DvmError EXISTS when a wanted name belongs to a device that stays as it is
 */
export function planNames(devices: Devices): Names {
  const temporary = temporaryNames(devices);
  const created = new Map<Device, string>();
  const removedAs = new Map<Device, string>();
  const renames: Rename[] = [];
  const movers = new Map<string, Mover>();
  const mustBeFree: string[] = [];
  for (const device of devices.all) {
    const { current, desired } = device;
    if (!desired || current?.name === desired.name) continue;
    const holder = devices.byCurrentName.get(desired.name);
    if (holder && !holder.desired && !holder.going)
      throw new DvmError(
        "EXISTS",
        `${desired.name} is wanted for ${device.uuid}, but ${whose(holder)} has it`,
      );
    // What is created under its name finds out by itself.
    if (!holder && current) mustBeFree.push(desired.name);
    if (holder?.going && !removedAs.has(holder)) {
      const aside = temporary();
      removedAs.set(holder, aside);
      renames.push({ device: holder, from: desired.name, to: aside });
    }
    const from = current ? current.name : holder ? temporary() : desired.name;
    if (!current) created.set(device, from);
    if (from !== desired.name) movers.set(from, { device, from, to: desired.name, state: "waiting" });
  }
  for (const mover of movers.values()) renameChain(mover, movers, temporary, renames);
  return {
    renames,
    mustBeFree,
    nameWhilePreparing: (device) => device.current?.name ?? created.get(device) ?? nameOf(device),
    nameWhenRemoved: (device) => removedAs.get(device) ?? nameOf(device),
  };
}

interface Mover extends Rename {
  state: "waiting" | "open" | "done";
}

function renameChain(
  start: Mover,
  movers: ReadonlyMap<string, Mover>,
  temporary: () => string,
  renames: Rename[],
): void {
  const chain: Mover[] = [];
  let mover: Mover | undefined = start;
  while (mover?.state === "waiting") {
    mover.state = "open";
    chain.push(mover);
    mover = movers.get(mover.to);
  }
  // Only a chain that comes back to its own beginning is a ring, since no two want the same name.
  let last: Rename | undefined;
  if (mover?.state === "open") {
    const aside = temporary();
    renames.push({ device: start.device, from: start.from, to: aside });
    last = { device: start.device, from: aside, to: start.to };
  }
  for (const each of chain.reverse()) {
    each.state = "done";
    if (!last || each !== start) renames.push({ device: each.device, from: each.from, to: each.to });
  }
  if (last) renames.push(last);
}

/** `#` is in no name that we give, and in no need of mangling. */
function temporaryNames({ byCurrentName, byDesiredName }: Devices): () => string {
  let next = 0;
  return () => {
    for (;;) {
      const name = `dvm#${next}`;
      next += 1;
      if (!byCurrentName.has(name) && !byDesiredName.has(name)) return name;
    }
  };
}

const whose = ({ uuid, current }: Device): string =>
  uuid === "" ? `a device without uuid` : `${uuid} (${current?.name})`;
