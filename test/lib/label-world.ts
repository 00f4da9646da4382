import { Wording } from "../../src/core/base/wording.ts";
import type { AddRequest } from "../../src/core/discover/add.ts";
import type { LabelSys } from "../../src/core/discover/survey.ts";
import { hostChance } from "../../src/core/host/process/chance.ts";
import type { Disks } from "../../src/core/port/block.ts";
import { type MemoryDiskOptions, type MemoryDisks, memoryDisks } from "../../src/core/sim/memory-disks.ts";
import { type SimCommand, simProcesses } from "../../src/core/sim/processes.ts";
import { type SimCandidate, simScanner } from "../../src/core/sim/sim-scanner.ts";
import type { Config } from "../../src/schema/index.ts";

export const MIB = 2 ** 20;

/** A machine for the label domain: disks in memory, what the OS says of them, and what people were told. */
export interface LabelWorld {
  readonly sys: LabelSys;
  readonly disks: MemoryDisks;
  readonly warnings: string[];
  /** Adds a disk of so many bytes (or with these bytes), as the OS sees it. @returns its live bytes */
  disk(
    path: string,
    content: number | Uint8Array,
    os?: Partial<SimCandidate>,
    options?: MemoryDiskOptions,
  ): Buffer;
  /** Takes it away. */
  unplug(path: string): void;
  /** Changes what the OS says of it. */
  change(path: string, os: Partial<SimCandidate>): void;
  /** A second disk with the same bytes. */
  clone(path: string, from: string, os?: Partial<SimCandidate>): void;
}

export interface LabelWorldOptions {
  readonly config?: Config;
  /** Puts other disks (with faults, with a log) before those in memory. */
  readonly through?: (disks: Disks) => Disks;
  /** Other programs of the machine: none when left out. */
  readonly commands?: Readonly<Record<string, SimCommand>>;
}

export function labelWorld({
  config = {},
  through = (disks) => disks,
  commands = {},
}: LabelWorldOptions = {}): LabelWorld {
  const disks = memoryDisks();
  const devices: SimCandidate[] = [];
  const warnings: string[] = [];
  const sys: LabelSys = {
    config,
    ownFiles: [],
    disks: through(disks),
    scanner: simScanner(devices),
    chance: hostChance("labels"),
    processes: simProcesses(commands),
    terminal: {
      warn: (message) => warnings.push(message),
      info: () => undefined,
      progress: () => undefined,
      keepWarnings: () => () => [],
      outputIsTerminal: false,
      wording: new Wording(),
    },
  };
  const find = (path: string) => devices.findIndex((device) => device.path === path);
  const disk: LabelWorld["disk"] = (path, content, os = {}, options = {}) => {
    const bytes = disks.create(path, content, options);
    devices.push({ path, size: bytes.length, ...os });
    return bytes;
  };
  return {
    sys,
    disks,
    warnings,
    disk,
    unplug: (path) => {
      devices.splice(find(path), 1);
      disks.remove(path);
    },
    change: (path, os) => {
      const at = find(path);
      const old = devices[at];
      if (!old) throw new Error(`no disk ${path}`);
      devices[at] = { ...old, ...os };
    },
    clone: (path, from, os) => void disk(path, disks.bytes(from), os),
  };
}

/** An `add` request, as the command line gives it for `discover add VG PATH…`. */
export const adding = (vg: string, paths: readonly string[], more: Partial<AddRequest> = {}): AddRequest => ({
  vg,
  vgId: undefined,
  paths,
  layout: {},
  regionsOn: undefined,
  isNew: false,
  force: false,
  ids: [],
  dryRun: false,
  generation: undefined,
  members: undefined,
  devices: [],
  ...more,
});

/** A `find` request. */
export const finding = (vg: string, more: { vgId?: string; devices?: readonly string[] } = {}) => ({
  vg,
  vgId: undefined,
  devices: [],
  ...more,
});
