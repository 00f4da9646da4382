/**
 * The tools that tm calls, as a model in memory: every effect that would reach a disk or the kernel is one
 * step, before which the process may die or the step may fail. Regions, dm tables and labels outlive the
 * process.
 */

import { DvmError, type ErrorCode } from "../../src/core/base/error.ts";
import { Wording } from "../../src/core/base/wording.ts";
import type { Files } from "../../src/core/port/files.ts";
import type { Sys } from "../../src/core/port/sys.ts";
import type { ToolCall } from "../../src/core/port/toolbox.ts";
import { simCaller } from "../../src/core/sim/caller.ts";
import { type SimLocks, simLocks } from "../../src/core/sim/locks.ts";
import { type SimCommand, simProcesses } from "../../src/core/sim/processes.ts";
import { simScanner } from "../../src/core/sim/sim-scanner.ts";
import type { Activation, Config, Discovery } from "../../src/schema/index.ts";

/** The process is killed. No catch or finally of it can do anything any more. */
export class Crash extends Error {}

interface Copy {
  readonly txid: number;
  readonly bytes: Buffer;
}

interface Region {
  active: Copy | undefined;
  shadow: Copy | undefined;
}

export const VG_ID = "aa".repeat(16);
export const deviceId = (n: number): string => n.toString(16).padStart(32, "0");

export class TxnWorld {
  readonly regions: Region[];
  readonly dm = { live: "", inactive: undefined as string | undefined };
  readonly labels: { name: string; generation: number }[];
  readonly backups = new Map<string, Buffer>();
  readonly locks: SimLocks = simLocks();
  readonly warnings: string[] = [];
  /** Effects that have taken place, in order. */
  readonly steps: string[] = [];
  readonly calls: string[] = [];
  readonly commands: Record<string, SimCommand> = {};
  caller = simCaller();
  readonly mutators: Record<string, SimCommand> = {};
  config: Config = {};
  history: Copy[] = [];
  /** How many bytes fit into a region. */
  room = 2 ** 20;
  highestTxid = 0;
  /** Steps that may still take place before the process dies. */
  stepsLeft = Number.POSITIVE_INFINITY;
  crashed = false;
  /** Steps that fail, each with its code. */
  readonly failing = new Map<string, ErrorCode>();

  constructor(readonly count: number) {
    this.regions = Array.from({ length: count }, () => ({ active: undefined, shadow: undefined }));
    this.labels = Array.from({ length: count }, () => ({ name: "vg", generation: count }));
  }

  /** What discover would find now. */
  discovery(devices = this.labels.map((_, n) => n)): Discovery {
    const found = devices.map((n) => ({
      id: deviceId(n),
      path: `/dev/d${n}`,
      dev: null,
      size: 100_000,
      blockBytes: 512,
      dataStart: 2048,
      dataLength: 50_000,
      regions: [{ offset: 60_000, length: 1024 }],
    }));
    const newest = devices
      .map((n) => this.labels[n] ?? { name: "?", generation: 0 })
      .reduce((a, b) => (b.generation > a.generation ? b : a));
    return {
      vg: { id: VG_ID, name: newest.name, generation: newest.generation },
      devices: found,
      regions: found.map(({ path }) => ({ path, offset: 60_000, length: 1024 })),
      missing: { count: 0 },
      duplicates: [],
    };
  }

  /** A new process. */
  sys(): Sys {
    const unused = new Proxy({}, { get: () => () => Promise.reject(new Error("not in this test")) });
    return {
      config: this.config,
      locks: this.locks.process(),
      caller: () => this.caller,
      processes: simProcesses(this.commands),
      files: this.#files(),
      terminal: {
        warn: (message: string) => void this.warnings.push(message),
        info: () => undefined,
        progress: () => undefined,
        outputIsTerminal: false,
        wording: new Wording(),
      },
      toolbox: {
        call: (call: ToolCall) => this.#call(call),
        has: ([name = ""]: readonly string[]) => Object.hasOwn(this.mutators, name),
        mutate: async ([name = "", ...args]: readonly string[], input: Uint8Array) => {
          const result = this.mutators[name]?.(args, Buffer.from(input));
          if (typeof result === "object") return result;
          throw new DvmError("NO_SPACE", "the mutator of ours refuses", { output: { not: "ours" } });
        },
      },
      trace: { wanted: false, keep: async () => undefined },
      clock: { now: () => 0 },
      chance: unused,
      disks: unused,
      scanner: simScanner(this.labels.map((_, n) => ({ path: `/dev/d${n}`, size: 51_200_000 }))),
      openDm: () => Promise.reject(new Error("tm opens no device-mapper")),
    } as unknown as Sys;
  }

  /** Kills what runs and starts anew: locks fall, what was written stays. */
  restart(): void {
    this.stepsLeft = Number.POSITIVE_INFINITY;
    this.crashed = false;
    this.failing.clear();
    this.locks.drop();
    this.steps.length = 0;
    this.calls.length = 0;
  }

  /** All that outlives a process, for comparison. */
  snapshot(): string {
    const copy = (one: Copy | undefined) => (one ? `${one.txid}:${one.bytes.toString()}` : "-");
    const regions = this.regions.map(({ active, shadow }) => `${copy(active)} ${copy(shadow)}`);
    return JSON.stringify([regions, this.dm, this.labels, this.highestTxid]);
  }

  #files(): Files {
    return {
      withTemporary: <T>(bytes: Uint8Array, use: (path: string) => Promise<T>) => {
        this.backups.set("/tmp/document", Buffer.from(bytes));
        return use("/tmp/document");
      },
      write: async (path: string, bytes: Uint8Array) => {
        this.#step("backup");
        this.backups.set(path, Buffer.from(bytes));
      },
      read: async (path: string) => {
        const found = this.backups.get(path);
        if (!found) throw new DvmError("BAD_INPUT", `${path}: no such file`);
        return found;
      },
    } as unknown as Files;
  }

  /** An effect: from here on it has taken place, unless it fails or the process is dead. */
  #step(name: string): void {
    if (this.stepsLeft <= 0) throw this.#killed();
    const code = this.failing.get(name);
    if (code) throw new DvmError(code, `${name} fails`);
    this.stepsLeft -= 1;
    this.steps.push(name);
  }

  #killed(): Crash {
    this.crashed = true;
    return new Crash("killed");
  }

  async #call({ applet, verb, operands, options = {}, stdin }: ToolCall): Promise<unknown> {
    if (this.crashed) throw this.#killed();
    this.calls.push(`${applet} ${verb}`);
    const chosen = (operands?.["regions"] as { regions: { path: string }[] } | undefined)?.regions.map(
      ({ path }) => this.regions[Number(path.slice("/dev/d".length))] as Region,
    );
    switch (`${applet} ${verb}`) {
      case "replicate status":
        return this.#status(chosen ?? []);
      case "replicate read":
        return this.#read(chosen ?? [], options["txid"] as number | undefined);
      case "replicate format":
        return this.#format(chosen ?? [], options);
      case "replicate prepare":
        return this.#prepare(chosen ?? [], operands?.["source"] as Buffer, options["dry-run"] === true);
      case "replicate commit":
        return this.#commit(chosen ?? []);
      case "replicate abort":
        return this.#abort(chosen ?? []);
      case "volactivate desired":
        return this.#desired(String(options["metadata"]));
      case "volactivate name":
        return `${JSON.parse(String(options["metadata"])).name ?? "vg"}\n`;
      case "volactivate account":
      case "volactivate observe":
      case "volactivate claim":
        return Buffer.alloc(0);
      case "volactivate restore":
        return options["earlier"];
      case "volactivate prepare":
        return this.#activatorPrepare(options);
      case "volactivate commit":
        return this.#activatorCommit(stdin as Activation);
      case "volactivate abort":
        return this.#activatorAbort();
      case "volactivate settle":
        return this.#settle(String(options["metadata"]));
      case "discover list":
        return this.#list();
      case "discover relabel":
        return this.#relabel(options);
      default:
        throw new Error(`no ${applet} ${verb}`);
    }
  }

  #status(regions: Region[]): { state: string; active: object | null; regions: object[] } {
    const { state, txid } = this.#stateOf(regions);
    const named = (copy: Copy | undefined) =>
      copy ? { txid: copy.txid, contentHash: copy.txid.toString(16).padStart(64, "0") } : null;
    const active = regions.find((region) => region.active?.txid === txid)?.active;
    return {
      state,
      active: named(active),
      regions: regions.map((region) => ({ active: named(region.active), shadow: named(region.shadow) })),
    };
  }

  #stateOf(regions: Region[]): { state: string; txid: number | null } {
    const actives = new Set(regions.map(({ active }) => active?.txid));
    const shadows = new Set(regions.map(({ shadow }) => shadow?.txid));
    const newest = Math.max(...regions.map(({ active }) => active?.txid ?? -1));
    if (actives.size === 1 && actives.has(undefined)) return { state: "unformatted", txid: null };
    if (actives.has(undefined)) return { state: "out-of-sync", txid: null };
    if (actives.size === 1 && shadows.size === 1 && shadows.has(undefined))
      return { state: "clean", txid: newest };
    if (actives.size === 1) return { state: "preparing", txid: newest };
    const others = regions.filter(({ active }) => active?.txid !== newest);
    return others.every(({ shadow }) => shadow?.txid === newest)
      ? { state: "committing", txid: newest }
      : { state: "out-of-sync", txid: null };
  }

  #agreed(regions: Region[], allowed: readonly string[]): string {
    const { state } = this.#stateOf(regions);
    if (state === "out-of-sync")
      throw new DvmError("OUT_OF_SYNC", "regions differ", { details: { which: 1 } });
    if (!allowed.includes(state)) throw new DvmError("DECIDED", `the set is ${state}`);
    return state;
  }

  #read(regions: Region[], txid: number | undefined): Buffer {
    this.#agreed(regions, ["clean", "preparing", "committing"]);
    const newest = this.#stateOf(regions).txid;
    const active = regions.find((region) => region.active?.txid === newest)?.active;
    if (txid === undefined) return active?.bytes ?? Buffer.alloc(0);
    const then = this.history.find((copy) => copy.txid === txid);
    if (!then) throw new DvmError("NOT_FOUND", `transaction ${txid} is gone`);
    return then.bytes;
  }

  #format(regions: Region[], options: Readonly<Record<string, unknown>>): void {
    if (options["force"] !== true && regions.some(({ active }) => active))
      throw new DvmError("EXISTS", "is formatted already");
    if (Number(options["room"]) * 512 > this.room) throw new DvmError("TOO_LARGE", "would not fit");
    if (options["dry-run"] === true) return;
    const txid = ++this.highestTxid;
    for (const [n, region] of regions.entries()) {
      this.#step(`format ${n}`);
      region.active = { txid, bytes: Buffer.alloc(0) };
      region.shadow = undefined;
    }
  }

  #prepare(regions: Region[], bytes: Buffer, dryRun: boolean): object {
    const done = { pagesWritten: regions.length, regions: regions.length };
    this.#agreed(regions, ["clean"]);
    if (bytes.length > this.room) throw new DvmError("TOO_LARGE", "does not fit");
    if (dryRun) return done;
    this.highestTxid += 1;
    const copy = { txid: this.highestTxid, bytes: Buffer.from(bytes) };
    try {
      for (const [n, region] of regions.entries()) {
        this.#step(`prepare ${n}`);
        region.shadow = copy;
      }
    } catch (failure) {
      for (const [n, region] of regions.entries()) {
        if (!region.shadow) continue;
        this.#step(`abort ${n}`);
        region.shadow = undefined;
      }
      throw failure;
    }
    return done;
  }

  #commit(regions: Region[]): { txid: number | null } {
    if (this.#agreed(regions, ["clean", "preparing", "committing"]) === "clean")
      throw new DvmError("NOTHING_PREPARED", "nothing is prepared");
    const failures: unknown[] = [];
    for (const [n, region] of regions.entries()) {
      if (!region.shadow) continue;
      try {
        this.#step(`commit ${n}`);
        if (region.active) this.history.push(region.active);
        region.active = region.shadow;
        region.shadow = undefined;
      } catch (failure) {
        if (failure instanceof Crash) throw failure;
        failures.push(failure);
      }
    }
    if (failures.length === 0) return { txid: this.#stateOf(regions).txid };
    const { state } = this.#stateOf(regions);
    if (state === "committing")
      throw new DvmError("HALF_DONE", "some regions have it", { cause: failures[0] });
    throw failures[0];
  }

  #abort(regions: Region[]): void {
    this.#agreed(regions, ["clean", "preparing"]);
    for (const [n, region] of regions.entries()) {
      if (!region.shadow) continue;
      this.#step(`abort ${n}`);
      region.shadow = undefined;
    }
  }

  #desired(metadata: string): { devices: object[] } {
    if (metadata === "[]") throw new DvmError("BAD_INPUT", "that is no metadata");
    return { devices: [] };
  }

  #activatorPrepare(options: Readonly<Record<string, unknown>>): Activation {
    const next = String(options["new"]);
    const activates = options["no-activate"] !== true && next !== this.dm.live;
    if (this.dm.live !== "" && this.dm.live !== String(options["old"]))
      throw new DvmError("TABLES_DIFFER", "live tables differ from the old metadata");
    if (this.failing.has("refuse")) this.#step("refuse");
    if (activates && this.dm.live !== "" && options["dry-run"] !== true) {
      this.#step("activator load");
      this.dm.inactive = next;
    }
    return { commit: { instructions: [] }, abort: { instructions: [] }, summary: activates ? ["load"] : [] };
  }

  #activatorCommit(_activation: Activation): void {
    if (this.dm.inactive === undefined) return;
    this.#step("activator swap");
    this.dm.live = this.dm.inactive;
    this.#step("activator clean");
    this.dm.inactive = undefined;
  }

  #activatorAbort(): void {
    if (this.dm.inactive === undefined) return;
    this.#step("activator clear");
    this.dm.inactive = undefined;
  }

  #settle(metadata: string): { summary: string[] } {
    const summary: string[] = [];
    if (this.dm.live !== "" && this.dm.live !== metadata) {
      this.#step("settle swap");
      this.dm.live = metadata;
      summary.push("swapped tables");
    }
    if (this.dm.inactive !== undefined) {
      this.#step("settle clear");
      this.dm.inactive = undefined;
      summary.push("cleared tables");
    }
    return { summary };
  }

  #list(): { devices: object[] } {
    const devices = this.labels.map((label, n) => ({
      path: `/dev/d${n}`,
      label: { vg: { id: VG_ID, members: this.count, ...label }, device: { id: deviceId(n) } },
    }));
    return { devices };
  }

  #relabel({ name, generation, only }: Readonly<Record<string, unknown>>): void {
    for (const [n] of this.labels.entries()) {
      if (!(only as string[]).includes(deviceId(n))) continue;
      this.#step(`label ${n}`);
      this.labels[n] = { name: String(name), generation: Number(generation) };
    }
  }
}
