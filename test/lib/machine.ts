/**
 * A machine in memory with every tool of ours: disks, simulated device-mapper, locks. Each call is a process
 * of its own, which can be killed before any step that reaches a disk or device-mapper.
 */

import { applets } from "../../src/applets/index.ts";
import { inProcessToolbox } from "../../src/applets/toolbox.ts";
import { DvmError } from "../../src/core/base/error.ts";
import { Wording } from "../../src/core/base/wording.ts";
import { hostChance } from "../../src/core/host/process/chance.ts";
import type { BlockDevice, Disks } from "../../src/core/port/block.ts";
import type { Dm } from "../../src/core/port/dm.ts";
import type { Files } from "../../src/core/port/files.ts";
import type { Sys } from "../../src/core/port/sys.ts";
import type { KeptWarning } from "../../src/core/port/terminal.ts";
import type { ToolCall } from "../../src/core/port/toolbox.ts";
import { SimBoot } from "../../src/core/sim/boot.ts";
import { simCaller } from "../../src/core/sim/caller.ts";
import { memoryStore } from "../../src/core/sim/dm-file.ts";
import { simDm } from "../../src/core/sim/dm-sim.ts";
import { emptySimState, type SimState } from "../../src/core/sim/dm-state.ts";
import { simInstalled } from "../../src/core/sim/installed.ts";
import { simLocks } from "../../src/core/sim/locks.ts";
import { memoryDisks } from "../../src/core/sim/memory-disks.ts";
import { type SimCommand, simProcesses } from "../../src/core/sim/processes.ts";
import { type SimCandidate, simScanner } from "../../src/core/sim/sim-scanner.ts";
import { SimSockets } from "../../src/core/sim/sockets.ts";
import { finishFlushes } from "../../src/core/sim/targets/cache-flush.ts";
import type { LeafIo } from "../../src/core/sim/targets/leaf-access.ts";
import { finishMerges } from "../../src/core/sim/targets/merge.ts";
import { finishRebuilds } from "../../src/core/sim/targets/raid-rebuild.ts";
import type { Config } from "../../src/schema/index.ts";

/** The process is killed: no catch or finally of it can do anything any more. */
export class Killed extends Error {}

export interface MachineOptions {
  readonly config?: Config;
}

export class Machine {
  readonly disks = memoryDisks();
  readonly locks = simLocks();
  readonly warnings: string[] = [];
  /** What has been told of work under way: what, how much of it is done, and how much there is. */
  readonly progress: (readonly [what: string, done: number, total: number])[] = [];
  readonly files = new Map<string, Buffer>();
  readonly boot = new SimBoot();
  readonly sockets = new SimSockets();
  /** What its processes have slept, in milliseconds, and what happens each time. */
  slept = 0;
  whileAsleep: () => Promise<unknown> = async () => undefined;
  /** Resolves when its processes are told to end. */
  ending: Promise<void> = new Promise(() => undefined);
  readonly commands: Record<string, SimCommand> = {};
  config: Config;
  /** Steps that have taken place since the last restart. */
  readonly steps: string[] = [];
  /** How many more may take place before the process dies. */
  stepsLeft = Number.POSITIVE_INFINITY;
  killed = false;
  /** Steps that fail with EIO, by a part of their name. */
  failing: ((step: string) => boolean) | undefined;
  /** Writes that no flush has made durable, in order, with what was there before. */
  #unflushed: { readonly path: string; readonly offset: number; readonly before: Buffer }[] = [];
  #devices: SimCandidate[] = [];
  #dmState: SimState;
  /** Whether device-mapper does by itself what a kernel does as time passes: it rebuilds, merges and flushes. */
  kernelWorks = false;
  /** Called whenever a process waits for device-mapper. */
  whileWaiting: () => void = () => undefined;
  /** Disks whose writes begin later than those that others were asked for at the same time. */
  slow: readonly string[] = [];
  #now = 0;
  #seed = 0;

  constructor({ config = {} }: MachineOptions = {}, dmState: SimState = emptySimState()) {
    this.config = config;
    this.#dmState = dmState;
  }

  /** A machine in the same state, which goes its own way. */
  fork(): Machine {
    const twin = new Machine({ config: this.config }, structuredClone(this.#dmState));
    for (const { path } of this.#devices) twin.disk(path, this.disks.bytes(path));
    for (const [path, bytes] of this.files) twin.files.set(path, bytes);
    Object.assign(twin.commands, this.commands);
    twin.#now = this.#now;
    twin.#seed = this.#seed;
    return twin;
  }

  /** What it draws from chance from now on differs from what its twin draws. */
  diverge(): void {
    this.#seed += 1_000_000;
  }

  /** Plugs a disk in, empty (so many bytes) or with content. @param dev null: it is an image */
  disk(
    path: string,
    content: number | Uint8Array,
    { readOnly = false, logicalBlockSize = 512, dev = null as string | null } = {},
  ): void {
    const bytes = this.disks.create(path, content, { readOnly, logicalBlockSize });
    this.#devices.push({ path, size: bytes.length, readOnly, dev });
  }

  /** Takes a disk away. @returns what was on it */
  unplug(path: string): Buffer {
    const bytes = Buffer.from(this.disks.bytes(path));
    this.#unflushed = this.#unflushed.filter((write) => write.path !== path);
    this.#devices = this.#devices.filter((device) => device.path !== path);
    this.disks.remove(path);
    return bytes;
  }

  /** What else the OS says of a disk. */
  describe(path: string, os: Partial<SimCandidate>): void {
    this.#devices = this.#devices.map((device) => (device.path === path ? { ...device, ...os } : device));
  }

  /** The OS says that a disk does not answer, and why; or that it does again. */
  silence(path: string, unreachable?: string): void {
    this.#devices = this.#devices.map((device) => {
      const { unreachable: _, ...rest } = device;
      if (device.path !== path) return device;
      return unreachable === undefined ? rest : { ...rest, unreachable };
    });
  }

  get paths(): readonly string[] {
    return this.#devices.map(({ path }) => path);
  }

  /** What device-mapper holds. */
  get dmState(): SimState {
    return this.#dmState;
  }

  /** After a kill, or for a fresh count of steps: locks fall, disks and device-mapper stay as they are. */
  restart(): void {
    this.stepsLeft = Number.POSITIVE_INFINITY;
    this.killed = false;
    this.failing = undefined;
    this.locks.drop();
    this.steps.length = 0;
    this.warnings.length = 0;
  }

  /**
   * The power fails: device-mapper forgets everything, and writes that were not flushed are there or not.
   * @param isLost decides it for each of them
   */
  cutPower(isLost: () => boolean): void {
    // The last first, since what one has found may have been written by another.
    for (const { path, offset, before } of this.#unflushed.reverse())
      if (isLost()) before.copy(this.disks.bytes(path), offset);
    this.#unflushed = [];
    this.#dmState = emptySimState();
    this.restart();
  }

  /** Runs an applet in a process of its own. */
  call(call: ToolCall): Promise<unknown> {
    return this.sys().toolbox.call(call as never);
  }

  /** True when the process was killed before its end by the limit of steps. */
  async dies(work: (machine: Machine) => Promise<unknown>): Promise<boolean> {
    try {
      await work(this);
    } catch (error) {
      if (!this.killed) throw error;
    }
    return this.killed;
  }

  /** A new process. */
  sys(): Sys {
    let kept: KeptWarning[] | undefined;
    const sys: Sys = {
      config: this.config,
      ownFiles: [],
      disks: this.#gatedDisks(),
      files: this.#filesPort(),
      clock: {
        now: () => 1_700_000_000_000 + 1000 * this.#now++,
        sleep: async (ms) => {
          this.#now += ms / 1000;
          this.slept += ms;
          await this.whileAsleep();
        },
      },
      ending: { asked: () => this.ending },
      openSockets: async () => this.sockets,
      chance: hostChance(`machine ${this.#seed++}`),
      terminal: {
        warn: (message, of) => void (kept ? kept.push({ message, of }) : this.warnings.push(message)),
        info: () => undefined,
        progress: (...told) => void this.progress.push(told),
        keepWarnings: () => {
          const mine: KeptWarning[] = [];
          kept = mine;
          return () => {
            kept = undefined;
            return mine;
          };
        },
        outputIsTerminal: false,
        wording: new Wording(),
      },
      locks: this.locks.process(),
      caller: () => simCaller(),
      processes: simProcesses(this.commands),
      scanner: simScanner(this.#devices),
      toolbox: inProcessToolbox(applets, () => sys),
      trace: { wanted: false, keep: async () => undefined },
      openDm: async () => this.#gatedDm(),
      openBoot: async () => this.boot,
      openInstalled: async () => simInstalled(this.files),
    };
    return sys;
  }

  #step(name: string): void {
    if (this.stepsLeft <= 0) {
      this.killed = true;
      throw new Killed("killed");
    }
    if (this.failing?.(name)) throw new DvmError("IO", `${name}: EIO`);
    this.stepsLeft -= 1;
    this.steps.push(name);
  }

  #gatedDisks(): Disks {
    return {
      identity: (path) => this.disks.identity(path),
      open: async (path, mode) => {
        const device = await this.disks.open(path, mode);
        const gated: BlockDevice = {
          path,
          size: device.size,
          logicalBlockSize: device.logicalBlockSize,
          read: async (offset, buffer) => {
            if (this.failing?.(`read ${path}`)) throw new DvmError("IO", `read ${path}: EIO`);
            return device.read(offset, buffer);
          },
          write: async (offset, bytes) => {
            if (this.slow.includes(path)) for (let n = 0; n < 20; n += 1) await new Promise(setImmediate);
            this.#step(`write ${path} ${offset}`);
            const before = Buffer.from(this.disks.bytes(path).subarray(offset, offset + bytes.length));
            this.#unflushed.push({ path, offset, before });
            return device.write(offset, bytes);
          },
          flush: async () => {
            this.#step(`flush ${path}`);
            this.#unflushed = this.#unflushed.filter((write) => write.path !== path);
            return device.flush();
          },
          discard: (offset, length) => device.discard(offset, length),
          close: () => device.close(),
        };
        return gated;
      },
    };
  }

  #gatedDm(): Dm {
    if (this.kernelWorks) this.#work();
    const held = memoryStore(this.#dmState);
    const dm = simDm(
      {
        read: held.read,
        change: (operation) => {
          const result = held.change(operation);
          this.#dmState = held.read((state) => state);
          return result;
        },
      },
      {
        leafSize: (token) =>
          this.paths.includes(token) ? { size: this.disks.bytes(token).length / 512, token } : undefined,
        readLeaf: (token, sector, buffer) => this.#leaves.read(token, sector, buffer),
        writeLeaf: (token, sector, bytes) => this.#leaves.write(token, sector, bytes),
        pause: () => this.whileWaiting(),
      },
    );
    const changing = new Set<PropertyKey>([
      "create",
      "remove",
      "rename",
      "load",
      "clear",
      "suspend",
      "resume",
      "message",
    ]);
    return new Proxy(dm, {
      get: (target, key, receiver) => {
        const value: unknown = Reflect.get(target, key, receiver);
        if (typeof value !== "function" || !changing.has(key)) return value;
        return (...args: unknown[]) => {
          this.#step(`dm ${String(key)} ${args[0]}`);
          return value.apply(target, args);
        };
      },
    });
  }

  /** What a kernel has done by itself until now. */
  #work(): void {
    const store = memoryStore(this.#dmState);
    for (const finish of [finishRebuilds, finishMerges, finishFlushes]) finish(store, this.#leaves);
    this.#dmState = store.read((state) => state);
  }

  readonly #leaves: LeafIo = {
    read: (token, sector, buffer) => {
      buffer.set(this.disks.bytes(token).subarray(sector * 512, sector * 512 + buffer.length));
    },
    write: (token, sector, bytes) => this.disks.bytes(token).set(bytes, sector * 512),
    flush: () => undefined,
  };

  #filesPort(): Files {
    const read = async (path: string) => {
      const found = this.files.get(path);
      if (!found) throw new DvmError("BAD_INPUT", `${path}: no such file`);
      return found;
    };
    const absent = () => Promise.reject(new Error("not on this machine"));
    return {
      read,
      readIfThere: async (path) => this.files.get(path),
      write: async (path, bytes) => void this.files.set(path, Buffer.from(bytes)),
      withTemporary: async (bytes, use) => {
        const path = `/tmp/document-${this.#now++}`;
        this.files.set(path, Buffer.from(bytes));
        try {
          return await use(path);
        } finally {
          this.files.delete(path);
        }
      },
      openSource: async (path) => {
        const bytes = await read(path);
        let at = 0;
        return {
          size: bytes.length,
          read: async (buffer) => {
            const length = bytes.copy(buffer, 0, at);
            at += length;
            return length;
          },
          close: async () => undefined,
        };
      },
      openSink: absent,
      checkLinks: async () => undefined,
    };
  }
}
