/**
 * The simulated device-mapper: the state machine of dm-ioctl.c and dm.c of Linux 6.1 over a plain value.
 * Pure but for `leafSize`. The same contract suite runs on it and on a real kernel.
 */
import { steadyMs } from "../base/steady-ms.ts";
import { MAX_DM_NAME } from "../dm/name.ts";
import { knownTarget, targets } from "../dm/targets/index.ts";
import { TargetRefusal } from "../dm/targets/target.ts";
import { MAX_DM_UUID } from "../dm/uuid.ts";
import { type Dm, type DmInfo, DmRefused, type StatusLine } from "../port/dm.ts";
import type { MemoryLock } from "../port/memory.ts";
import { aroundOf, type LeafSize, lengthOf } from "./dm-devices.ts";
import { openCount } from "./dm-opened.ts";
import { SIM_MAJOR, type SimDevice, type SimState } from "./dm-state.ts";
import { buildTable, outgrown } from "./dm-table.ts";
import { simMemoryLock } from "./memory-lock.ts";
import { simTargetOf } from "./targets/index.ts";
import type { Around } from "./targets/target.ts";

const VERSION = [4, 47, 0] as const;

/**
 * How the state is reached: `read` for a look, `change` for an operation, whose result is kept unless it
 * throws.
 */
export interface SimStore {
  read<T>(look: (state: SimState) => T): T;
  change<T>(operation: (state: SimState) => T): T;
}

/** What the simulated kernel needs of the machine around it. */
export interface SimMachine extends Pick<Around, "readLeaf" | "writeLeaf"> {
  /** The size of a device that is none of the simulated ones, by major:minor or path. */
  readonly leafSize: LeafSize;
  /** Waits so many ms. */
  readonly pause: (ms: number) => void;
  /** Left out: there is nothing to lock, and nobody to tell. */
  readonly memory?: MemoryLock;
}

export function simDm(store: SimStore, machine: SimMachine): Dm {
  const { pause, memory = simMemoryLock() } = machine;
  return {
    ...answersOf(store, machine),
    ...devicesOf(store),
    ...tablesOf(store, machine),
    waitEvent: (name, eventNr, deadlineMs) => {
      const end = steadyMs() + deadlineMs;
      while (reading(store, "wait-event", name, (device) => device.eventNr) <= eventNr) {
        const left = end - steadyMs();
        if (left <= 0) throw refusal("wait-event", name)("ETIMEDOUT");
        pause(Math.min(left, 20));
      }
    },
    pause,
    memory,
    withEvents: (work) => work(),
    close() {},
  };
}

type OnDevice<T> = (device: SimDevice, state: SimState) => T;

const reading = <T>(store: SimStore, operation: string, name: string, look: OnDevice<T>): T =>
  store.read((state) => look(find(state, operation, name), state));

const changing = <T>(store: SimStore, operation: string, name: string, act: OnDevice<T>): T =>
  store.change((state) => act(find(state, operation, name), state));

type Answers = Pick<
  Dm,
  "version" | "targetVersion" | "targets" | "list" | "uuids" | "info" | "look" | "table" | "status" | "deps"
>;

const answersOf = (store: SimStore, machine: SimMachine): Answers => ({
  version: () => VERSION,
  targetVersion: (type) => knownTarget(type)?.version,
  targets: () => targets.map(({ type, version }) => ({ name: type, version })),
  list: () =>
    store.read(({ devices }) =>
      devices.map(({ name, minor }) => ({ name, dev: devOf(minor) })).sort((a, b) => byName(a.name, b.name)),
    ),
  uuids: () => store.read(({ devices }) => new Map(devices.map(({ name, uuid }) => [name, uuid]))),
  info: (name) => reading(store, "info", name, infoOf),
  look: (name) =>
    reading(store, "table", name, (device, state) => ({
      info: infoOf(device, state),
      table: device.live?.lines ?? null,
    })),
  table: (name, which) => reading(store, "table", name, (device) => device[which]?.lines ?? []),
  status: (name, { target }) =>
    reading(store, "status", name, (device, state) =>
      statusOf(device, state, machine).filter((_line, index) => target === undefined || target === index),
    ),
  deps: (name, which) => reading(store, "deps", name, (device) => device[which]?.uses ?? []),
});

/** Making, removing and naming devices. */
const devicesOf = (store: SimStore): Pick<Dm, "create" | "remove" | "rename"> => ({
  create: (name, uuid) =>
    store.change((state) => {
      const refuse = refusal("create", name);
      checkName(name, refuse);
      if (Buffer.byteLength(uuid) > MAX_DM_UUID) throw refuse("EINVAL");
      if (state.devices.some((device) => device.name === name || (uuid !== "" && device.uuid === uuid)))
        throw refuse("EBUSY");
      const device: SimDevice = {
        name,
        uuid,
        minor: freeMinor(state),
        live: null,
        inactive: null,
        suspended: false,
        disk: false,
        readOnly: false,
        eventNr: 0,
        opened: 0,
      };
      state.devices.push(device);
      return infoOf(device, state);
    }),
  remove: (name) =>
    changing(store, "remove", name, (device, state) => {
      if (openCount(state, device) > 0) throw refusal("remove", name)("EBUSY");
      state.devices = state.devices.filter((each) => each !== device);
    }),
  rename: (name, newName) =>
    store.change((state) => {
      const refuse = refusal("rename", name);
      if (newName === "") throw refuse("EINVAL", "Invalid new mapped device name or uuid string supplied.");
      checkName(newName, refuse);
      if (state.devices.some((each) => each.name === newName)) throw refuse("EBUSY");
      const device = find(state, "rename", name);
      device.name = newName;
      if (device.live) device.eventNr += 1;
    }),
});

/** Changing what a device does. */
const tablesOf = (
  store: SimStore,
  machine: SimMachine,
): Pick<Dm, "load" | "clear" | "suspend" | "resume" | "message"> => ({
  load: (name, lines, { readOnly }) => {
    // What constructors have written stays, though the table is refused.
    const reason = changing(store, "load", name, (device, state) => {
      const table = buildTable(device, lines, readOnly, aroundOf(state, device, machine));
      const tooLarge = device.disk ? undefined : outgrown(state, table, machine.leafSize);
      if (tooLarge !== undefined) return tooLarge;
      device.disk = true;
      device.inactive = table;
      return undefined;
    });
    if (reason !== undefined) throw refusal("load", name)("EINVAL", reason);
  },
  clear: (name) =>
    changing(store, "clear", name, (device) => {
      device.inactive = null;
    }),
  suspend: (name) =>
    changing(store, "suspend", name, (device) => {
      device.suspended = true;
    }),
  resume: (name) => {
    // What fails half way leaves the device suspended, so the refusal comes after the change is kept.
    const failed = changing(store, "resume", name, (device, state) => resume(device, state, machine));
    if (failed) throw refusal("resume", name)("EINVAL", failed);
  },
  message: (name, sector, message) =>
    changing(store, "message", name, (device, state) => {
      const refuse = refusal("message", name);
      const line = device.live?.lines.find(({ start, length }) => sector >= start && sector < start + length);
      if (!device.live) return "";
      if (!line) throw refuse("EINVAL", "Target message sector outside device.");
      const { message: answer } = simTargetOf(line.type);
      if (!answer) throw refuse("EINVAL", "Target type does not support messages");
      try {
        return answer(line, message, aroundOf(state, device, machine));
      } catch (thrown) {
        if (thrown instanceof TargetRefusal) throw refuse(thrown.errno, thrown.reason);
        throw thrown;
      }
    }),
});

const devOf = (minor: number): string => `${SIM_MAJOR}:${minor}`;

type Refuse = (errno: string, reason?: string) => DmRefused;

const refusal =
  (operation: string, name: string): Refuse =>
  (errno, reason) =>
    new DmRefused(operation, name, reason === undefined ? { errno } : { errno, reason });

function find(state: SimState, operation: string, name: string): SimDevice {
  const device = state.devices.find((each) => each.name === name);
  if (!device) throw refusal(operation, name)("ENXIO");
  return device;
}

function checkName(name: string, refuse: Refuse): void {
  if (name === "") throw refuse("EINVAL", "name not supplied when creating device");
  if (name.includes("/")) throw refuse("EINVAL", "invalid device name");
  if (Buffer.byteLength(name) > MAX_DM_NAME) throw refuse("EINVAL");
}

function infoOf(device: SimDevice, state: SimState): DmInfo {
  return {
    name: device.name,
    uuid: device.uuid,
    dev: devOf(device.minor),
    suspended: device.suspended,
    readOnly: device.live !== null && device.readOnly,
    openCount: openCount(state, device),
    eventNr: device.eventNr,
    hasLive: device.live !== null,
    hasInactive: device.inactive !== null,
  };
}

function statusOf(device: SimDevice, state: SimState, machine: SimMachine): StatusLine[] {
  const { live, status } = device;
  return (live?.lines ?? []).map((line, index) => {
    const { start, length, type } = line;
    const usual = live && simTargetOf(type).status?.(line, aroundOf(state, device, machine), live);
    return { start, length, type, status: status?.[index] ?? usual ?? "" };
  });
}

/** @returns why it failed, or undefined */
function resume(device: SimDevice, state: SimState, machine: SimMachine): string | undefined {
  const table = device.inactive;
  if (table) {
    device.inactive = null;
    device.suspended = true;
    const reason = outgrown(state, table, machine.leafSize);
    if (reason !== undefined) return reason;
    device.readOnly = table.readOnly;
    // One that was given was of the table before.
    delete device.status;
  }
  if (!device.suspended) return undefined;
  const next = table ?? device.live;
  if (!next || lengthOf(next) === 0) return "no table";
  try {
    const around = aroundOf(state, device, machine);
    const lines = next.lines.map((line) => simTargetOf(line.type).resume?.(line, around, next) ?? line);
    device.live = { ...next, lines };
  } catch (refusal) {
    if (!(refusal instanceof TargetRefusal)) throw refusal;
    device.live = next;
    return refusal.reason;
  }
  device.suspended = false;
  return undefined;
}

function freeMinor(state: SimState): number {
  const taken = new Set(state.devices.map(({ minor }) => minor));
  let minor = 0;
  while (taken.has(minor)) minor += 1;
  return minor;
}

const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
