/**
 * A machine for volactivate: disks in memory, the simulated device-mapper on them, and the real manip,
 * dmactivate and dmexec. The metadata of one VG is kept where tm would keep it. Every effect (an operation of
 * device-mapper that changes something, a write, a flush) is a step, before which the process may die.
 */

import { applets } from "../../src/applets/index.ts";
import { inProcessToolbox } from "../../src/applets/toolbox.ts";
import { DvmError } from "../../src/core/base/error.ts";
import { Wording } from "../../src/core/base/wording.ts";
import { dmState } from "../../src/core/dmexec/state.ts";
import { hostChance } from "../../src/core/host/process/chance.ts";
import { batch } from "../../src/core/manip/batch.ts";
import { createVg } from "../../src/core/manip/create-vg.ts";
import { changes } from "../../src/core/manip/index.ts";
import type { BlockDevice, Disks } from "../../src/core/port/block.ts";
import type { Dm } from "../../src/core/port/dm.ts";
import type { Sys } from "../../src/core/port/sys.ts";
import { simDm } from "../../src/core/sim/dm-sim.ts";
import { emptySimState, type SimState } from "../../src/core/sim/dm-state.ts";
import { simLocks } from "../../src/core/sim/locks.ts";
import { type MemoryDisks, memoryDisks } from "../../src/core/sim/memory-disks.ts";
import { abort, commit } from "../../src/core/volactivate/finish.ts";
import { type PrepareRequest, prepare } from "../../src/core/volactivate/prepare.ts";
import { type SettleRequest, settle } from "../../src/core/volactivate/settle.ts";
import { makeChange, readOptions } from "../../src/core/volume/change.ts";
import type { Activation, Batch, Discovery, DmState, Lv, Metadata, Settled } from "../../src/schema/index.ts";
import { whereIs } from "./dm-sectors.ts";

/** The process is killed. No catch or finally of it can do anything any more. */
export class Crash extends Error {}

export const VG_ID = "ab".repeat(16);
export const pvId = (n: number): string => (n + 1).toString(16).padStart(32, "0");
export const pvPath = (n: number): string => `/dev/disk${n}`;

/** Sectors of an extent: small, so that disks are. */
export const EXTENT = 128;
export const DATA_START = 64;

export interface WorldOptions {
  readonly pvs?: number;
  /** Of each PV. */
  readonly extents?: number;
  /** Logical block sizes in bytes, for those PVs that have not 512. */
  readonly blocks?: Readonly<Record<number, number>>;
  /** False: the disks have no content, for a world of which only tables are wanted. */
  readonly content?: boolean;
}

type Options = Readonly<Record<string, unknown>>;

export class VolumeWorld {
  sim: SimState = emptySimState();
  readonly disks: MemoryDisks = memoryDisks();
  readonly count: number;
  readonly extents: number;
  /** Logical block sizes of the disks as they are now. */
  readonly blocks: Record<number, number>;
  readonly warnings: string[] = [];
  readonly chance = hostChance("volumes");
  /** What verbs of manip have said. */
  readonly told: string[] = [];
  readonly tell = (message: string): void => void this.told.push(message);
  /** What is committed. */
  metadata: Metadata;
  /** Extents that are left of PVs that were cut short. */
  readonly left: Record<number, number> = {};
  /** PVs that are not there. */
  readonly away = new Set<number>();
  stepsLeft = Number.POSITIVE_INFINITY;
  crashed = false;
  /** Steps that have been made since the last restart, by what they were. */
  steps: string[] = [];
  /** False: there is no device-mapper. */
  hasDm = true;

  constructor({ pvs = 3, extents = 64, blocks = {}, content = true }: WorldOptions = {}) {
    this.count = pvs;
    this.blocks = { ...blocks };
    this.extents = extents;
    for (let n = 0; content && n < pvs; n += 1)
      this.disks.create(pvPath(n), (DATA_START + extents * EXTENT) * 512, {
        logicalBlockSize: blocks[n] ?? 512,
      });
    this.metadata = createVg.create(
      { discovery: this.discovery(), name: "vg", id: VG_ID, "extent-size": EXTENT, tag: [] },
      { chance: this.chance, tell: this.tell },
    );
  }

  discovery(): Discovery {
    const present = Array.from({ length: this.count }, (_, n) => n).filter((n) => !this.away.has(n));
    return {
      vg: { id: VG_ID, name: "vg", generation: 1 },
      devices: present.map((n) => ({
        id: pvId(n),
        path: pvPath(n),
        dev: null,
        size: this.#sizeOf(n),
        ...(n in this.left && { short: true as const }),
        blockBytes: this.blocks[n] ?? 512,
        dataStart: DATA_START,
        dataLength: this.extents * EXTENT,
        regions: [],
      })),
      regions: [],
      missing: { count: this.away.size },
      duplicates: [],
    };
  }

  #sizeOf = (n: number): number => DATA_START + (this.left[n] ?? this.extents) * EXTENT;

  /** The metadata that a verb of manip makes of `from`; nothing is committed. */
  manip(verb: string, options: Options = {}, from: Metadata = this.metadata): Metadata {
    const change = changes.find(({ name }) => name === verb);
    if (!change) throw new Error(`no verb ${verb}`);
    return makeChange(change, from, readOptions(change, options), {
      chance: this.chance,
      tell: this.tell,
    });
  }

  batch(...list: Batch["changes"]): Metadata {
    return batch(this.metadata, { changes: list }, { chance: this.chance, tell: this.tell });
  }

  lv(name: string, { lvs }: Metadata = this.metadata): Lv {
    const found = lvs.find((lv) => lv.name === name);
    if (!found) throw new Error(`no LV ${name}`);
    return found;
  }

  prepare(next: Metadata, options: Partial<PrepareRequest> = {}): Promise<Activation> {
    return prepare(this.sys(), {
      old: this.metadata,
      next,
      discovery: this.discovery(),
      activate: true,
      wipe: true,
      dryRun: false,
      ...options,
    });
  }

  /** The whole transaction, as tm makes it. */
  async update(next: Metadata, options: Partial<PrepareRequest> = {}): Promise<void> {
    const activation = await this.prepare(next, options);
    this.metadata = next;
    await commit(this.sys(), activation);
  }

  /** A verb of manip in a transaction of its own. */
  run(verb: string, options: Options = {}): Promise<void> {
    return this.update(this.manip(verb, options));
  }

  commit = (activation: Activation): Promise<void> => commit(this.sys(), activation);
  abort = (activation: Activation): Promise<void> => abort(this.sys(), activation);

  settle(options: Partial<SettleRequest> = {}): Promise<Settled> {
    return settle(this.sys(), {
      metadata: this.metadata,
      discovery: this.discovery(),
      lvs: [],
      direction: "keep",
      partial: false,
      degraded: false,
      dryRun: false,
      ...options,
    });
  }

  activate = (...lvs: string[]): Promise<Settled> => this.settle({ direction: "activate", lvs });
  deactivate = (...lvs: string[]): Promise<Settled> => this.settle({ direction: "deactivate", lvs });

  /** Another world with the same content. */
  copy(): VolumeWorld {
    const other = new VolumeWorld({ pvs: this.count, extents: this.extents, content: false });
    other.metadata = this.metadata;
    other.sim = structuredClone(this.sim);
    for (const n of this.away) other.away.add(n);
    for (let n = 0; n < this.count; n += 1) other.disks.create(pvPath(n), this.disks.bytes(pvPath(n)));
    return other;
  }

  /** A new process: what was written and loaded stays. */
  restart(): void {
    this.stepsLeft = Number.POSITIVE_INFINITY;
    this.crashed = false;
    this.steps = [];
  }

  /** The kernel is another: nothing is live. */
  reboot(): void {
    this.restart();
    this.sim = emptySimState();
  }

  /** All dm devices as they are. */
  dm(): DmState {
    return dmState(this.#dm(false), { all: true });
  }

  /** name -> its table as one text. */
  tables(): Record<string, string> {
    const text = (table: DmState["devices"][number]["table"]) =>
      (table ?? [])
        .map(({ start, length, type, params }) => `${start} ${length} ${type} ${params}`.trim())
        .join("; ");
    return Object.fromEntries(this.dm().devices.map(({ name, table }) => [name, text(table)]));
  }

  /** Somebody has it open. */
  open(name: string, by = 1): void {
    for (const device of this.sim.devices) if (device.name === name) device.opened += by;
  }

  /** The status of its raid legs from now on, a letter for each. */
  health(name: string, letters: string): void {
    for (const device of this.sim.devices)
      if (device.name === name)
        device.status = { 0: `raid1 ${letters.length} ${letters} 0/128 recover 0 0 -` };
  }

  /** Writes one sector of the live LV, wherever its tables lead. */
  write(lv: string, sector: number, text: string, vg = "vg"): void {
    for (const { path, offset } of this.#places(vg, lv, sector)) {
      const bytes = Buffer.alloc(512);
      bytes.write(text);
      this.disks.bytes(path).set(bytes, offset);
    }
  }

  /** What each copy of the live LV's sector holds. */
  read(lv: string, sector: number, vg = "vg"): string[] {
    return this.#places(vg, lv, sector).map(({ path, offset }) =>
      this.disks
        .bytes(path)
        .toString("latin1", offset, offset + 512)
        .replace(/\0+$/, ""),
    );
  }

  #places(vg: string, lv: string, sector: number): { path: string; offset: number }[] {
    const where = whereIs(this.sim, `@${this.#contentOf(`${vg}-${lv.replaceAll("-", "--")}`)}`, sector);
    return where.split("|").map((place) => {
      const [, path, at] = /^(.*)\+(\d+)$/.exec(place) ?? [];
      if (path === undefined) throw new Error(`sector ${sector} of ${lv}: ${where}`);
      return { path, offset: Number(at) * 512 };
    });
  }

  /** The device that has what an origin of snapshots shows; of anything else it is itself. */
  #contentOf(name: string): string {
    const [, real] = /^0 \d+ snapshot-(?:origin|merge) @(\S+)/.exec(this.tables()[name] ?? "") ?? [];
    return real ?? name;
  }

  sys(): Sys {
    const unused = new Proxy({}, { get: () => () => Promise.reject(new Error("not in this test")) });
    const sys = {
      config: {},
      disks: this.#disks(),
      chance: this.chance,
      clock: { now: () => 0 },
      terminal: {
        warn: (message: string) => void this.warnings.push(message),
        info: () => undefined,
        progress: () => undefined,
        outputIsTerminal: false,
        wording: new Wording(),
      },
      trace: { wanted: false, keep: async () => undefined },
      scanner: {
        scan: async () => this.#candidates(),
        look: () => Promise.reject(new Error("no")),
        nodeOf: () => undefined,
      },
      openDm: async () => {
        if (this.hasDm) return this.#dm(true);
        throw new DvmError("KERNEL", "there is no device-mapper");
      },
      locks: simLocks().process(),
      processes: unused,
      files: unused,
    } as unknown as Sys;
    return Object.assign(sys, { toolbox: inProcessToolbox(applets, () => sys) });
  }

  /** What sysfs shows of dm devices. */
  #candidates() {
    return this.sim.devices.map(({ name, uuid }) => ({ path: `/dev/mapper/${name}`, dmUuid: uuid }));
  }

  /** @param counts every operation that changes something is a step */
  #dm(counts: boolean): Dm {
    const store = {
      read: <T>(look: (state: SimState) => T): T => look(this.sim),
      change: <T>(operation: (state: SimState) => T): T => {
        const next = structuredClone(this.sim);
        const result = operation(next);
        if (counts) this.#step("dm");
        this.sim = next;
        return result;
      },
    };
    const dm = simDm(store, {
      leafSize: (token) => {
        const n = Array.from({ length: this.count }, (_, index) => index).find(
          (each) => pvPath(each) === token,
        );
        return n === undefined || this.away.has(n) ? undefined : { size: this.#sizeOf(n), token };
      },
      readLeaf: (token, sector, buffer) => {
        buffer.set(this.disks.bytes(token).subarray(sector * 512, sector * 512 + buffer.length));
      },
      writeLeaf: (token, sector, bytes) => this.disks.bytes(token).set(bytes, sector * 512),
      pause: () => undefined,
    });
    return dm;
  }

  #disks(): Disks {
    return {
      identity: (path) => this.disks.identity(path),
      open: async (path, mode): Promise<BlockDevice> => {
        const device = await this.disks.open(path, mode);
        return {
          ...device,
          path: device.path,
          write: async (offset, buffer) => {
            this.#step(`write ${path}`);
            await device.write(offset, buffer);
          },
          flush: async () => {
            this.#step(`flush ${path}`);
            await device.flush();
          },
        };
      },
    };
  }

  #step(what: string): void {
    if (this.stepsLeft <= 0 || this.crashed) {
      this.crashed = true;
      throw new Crash("killed");
    }
    this.stepsLeft -= 1;
    this.steps.push(what);
  }
}
