/** The devices of a plan: each uuid once, as it is and as it shall be, with what refers to what. */
import type { DmDevice, DmState, Table, TableLine } from "../../../schema/index.ts";
import { DvmError } from "../../base/error.ts";
import { devicesOf, namesByDev, referenceOf, symbolicLine } from "../../dm/references.ts";
import { mayChange, ownsOf } from "../../dm/uuid.ts";

export type DesiredDevice = DmDevice & { readonly table: Table };

/** One uuid. It stays as it is ("foreign") when it is neither desired nor in scope. */
export interface Device {
  readonly uuid: string;
  readonly current: DmDevice | undefined;
  readonly desired: DesiredDevice | undefined;
  /** In scope and not desired: shall go. */
  readonly going: boolean;
  /** What its desired table refers to, each once. */
  readonly children: Device[];
  /** Whose desired tables refer to it. */
  readonly parents: Device[];
  /** What its live table refers to, each once. */
  readonly currentChildren: Device[];
  /** Whose live or inactive tables refer to it. */
  readonly holders: Device[];
  /** Whose live tables refer to it: unlike holders they never go round in a ring. */
  readonly liveHolders: Device[];
  /** How many tables, live and inactive, refer to it: what they count at most as openers. */
  holdingTables: number;
}

export interface Devices {
  readonly all: readonly Device[];
  readonly byCurrentName: ReadonlyMap<string, Device>;
  readonly byDesiredName: ReadonlyMap<string, Device>;
}

/**
 * Matches the two states by uuid; names may change.
 * @throws DvmError BAD_INPUT for a name or uuid that stands twice, a table that is none, a uuid that is not
 * ours, and a reference to what is neither desired nor stays
 */
export function matchDevices(current: DmState, desired: DmState): Devices {
  const desiredByUuid = indexDesired(desired, namesByDev(current.devices));
  const inScope = scopeTest(desired.scope ?? []);
  const all: Device[] = [];
  const byUuid = new Map<string, Device>();
  const byCurrentName = new Map<string, Device>();
  for (const device of current.devices) {
    if (byCurrentName.has(device.name)) throw bad(`the current state has two devices named ${device.name}`);
    if (device.uuid !== "" && byUuid.has(device.uuid))
      throw bad(`the current state has two devices with uuid ${device.uuid}`);
    const match = desiredByUuid.get(device.uuid);
    const node = newDevice(device.uuid, device, match, !match && inScope(device.uuid));
    all.push(node);
    byCurrentName.set(device.name, node);
    if (device.uuid !== "") byUuid.set(device.uuid, node);
  }
  const byDesiredName = new Map<string, Device>();
  for (const device of desiredByUuid.values()) {
    const node = byUuid.get(device.uuid) ?? newDevice(device.uuid, undefined, device, false);
    if (!node.current) all.push(node);
    if (byDesiredName.has(device.name)) throw bad(`the desired state has two devices named ${device.name}`);
    byDesiredName.set(device.name, node);
  }
  const devices = { all, byCurrentName, byDesiredName };
  for (const device of all) connect(devices, device);
  return devices;
}

/** The device that `@name` means in a desired table: one that is desired, or one that stays as it is. */
export function findDesired(devices: Devices, name: string): Device | undefined {
  const desired = devices.byDesiredName.get(name);
  if (desired) return desired;
  const current = devices.byCurrentName.get(name);
  return current && !current.desired && !current.going ? current : undefined;
}

/** For people: the name it shall have, else the one it has. */
export const nameOf = ({ desired, current, uuid }: Device): string => desired?.name ?? current?.name ?? uuid;

/** The names that a table refers to, each once. */
export function referencesOf(table: readonly TableLine[]): ReadonlySet<string> {
  if (table.every(namesNoDevice)) return NONE;
  const names = new Set<string>();
  for (const line of table) {
    for (const token of devicesOf(line)) {
      const name = referenceOf(token);
      if (name !== undefined) names.add(name);
    }
  }
  return names;
}

/** Most tables refer to no dm device. */
const NONE: ReadonlySet<string> = new Set();
const namesNoDevice = ({ params }: TableLine): boolean => !params.includes("@");

function connect(devices: Devices, device: Device): void {
  const { current, desired } = device;
  const wanted = desired ? referencesOf(desired.table) : NONE;
  const live = current?.table ? referencesOf(current.table) : NONE;
  const loaded = current?.inactive ? referencesOf(current.inactive) : NONE;
  if (wanted.size + live.size + loaded.size === 0) return;
  for (const name of wanted) {
    const child = findDesired(devices, name);
    if (!child) throw bad(`${nameOf(device)} refers to @${name}, ${whyDangling(devices, name)}`);
    device.children.push(child);
    child.parents.push(device);
  }
  for (const name of live) {
    const child = devices.byCurrentName.get(name);
    if (!child) continue;
    device.currentChildren.push(child);
    child.holders.push(device);
    child.liveHolders.push(device);
    child.holdingTables += 1;
  }
  for (const name of loaded) {
    const child = devices.byCurrentName.get(name);
    if (!child) continue;
    if (!live.has(name)) child.holders.push(device);
    child.holdingTables += 1;
  }
}

function whyDangling(devices: Devices, name: string): string {
  const current = devices.byCurrentName.get(name);
  if (current?.desired) return `which is to be named ${current.desired.name}`;
  return current ? "which is to be removed" : "which is neither desired nor there";
}

/** @param names of the current devices by major:minor, by which a table may name them too */
function indexDesired(
  { devices, scope = [] }: DmState,
  names: ReadonlyMap<string, string>,
): Map<string, DesiredDevice> {
  const isNumber = (line: TableLine) => line.params.match(A_NUMBER)?.some((dev) => names.has(dev));
  const byUuid = new Map<string, DesiredDevice>();
  const owns = ownsOf(scope);
  for (const device of devices) {
    const { name, uuid, table } = device;
    if (!mayChange(uuid, owns))
      throw bad(`desired device ${name} has uuid "${uuid}", which does not begin with DVM-`);
    if (byUuid.has(uuid)) throw bad(`the desired state has two devices with uuid ${uuid}`);
    if (table === null || table.length === 0) throw bad(`desired device ${name} has no table`);
    checkContiguous(name, table);
    const named = table.some(isNumber) ? table.map((line) => symbolicLine(line, names)) : table;
    byUuid.set(uuid, { ...device, table: named });
  }
  return byUuid;
}

const A_NUMBER = /\b\d+:\d+\b/g;

function checkContiguous(name: string, table: Table): void {
  let end = 0;
  table.forEach(({ start, length }) => {
    if (start !== end || length === 0)
      throw bad(`the table of ${name} has a target at ${start}+${length} where one should begin at ${end}`);
    end += length;
  });
}

/** One pass over the uuid per distinct length of prefix, however many prefixes there are. */
function scopeTest(prefixes: readonly string[]): (uuid: string) => boolean {
  const known = new Set(prefixes);
  const lengths = [...new Set(prefixes.map((prefix) => prefix.length))];
  return (uuid) => lengths.some((length) => uuid.length >= length && known.has(uuid.slice(0, length)));
}

const newDevice = (
  uuid: string,
  current: DmDevice | undefined,
  desired: DesiredDevice | undefined,
  going: boolean,
): Device => ({
  uuid,
  current,
  desired,
  going,
  children: [],
  parents: [],
  currentChildren: [],
  holders: [],
  liveHolders: [],
  holdingTables: 0,
});

const bad = (message: string): DvmError => new DvmError("BAD_INPUT", message);
