/**
 * The simulated device-mapper in a file, so that separate processes see one simulated kernel. Every operation
 * that changes something replaces the file (temporary name, rename) under a lock: a process that is killed leaves
 * the state after its last finished operation, as a kernel would keep it.
 */
import { readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { DvmError, errnoOf } from "../base/error.ts";
import { nodeCrypto } from "../base/node-crypto.ts";
import { bytesToSectors, type Sectors } from "../base/units.ts";
import type { Disks } from "../port/block.ts";
import type { Dm } from "../port/dm.ts";
import type { MemoryLock } from "../port/memory.ts";
import { finishRebuilds } from "./dm-rebuild.ts";
import { type SimStore, simDm } from "./dm-sim.ts";
import { emptySimState, type SimState } from "./dm-state.ts";
import { machineIo } from "./leaf-io.ts";
import { simMemoryLock } from "./memory-lock.ts";

/** What several processes on one machine need to share a simulated kernel. */
export interface SharedMachine {
  /** Nothing that is done here is to be kept: neither the file nor a disk changes. */
  readonly dryRun: boolean;
  /** Runs `work` while no other process does so with the same lock file. */
  readonly exclusively: <T>(lockPath: string, work: () => T) => T;
  readonly memory: MemoryLock;
}

const alone: SharedMachine = {
  dryRun: false,
  exclusively: (_path, work) => work(),
  memory: simMemoryLock(),
};

/**
 * Opens the simulator. What a kernel would have rebuilt meanwhile has been rebuilt then; in a dry run it looks so.
 * @param stateFile made on the first change; undefined keeps the state in memory
 * @param _disks the machine's disks. Sizes are looked up by stat, since an operation cannot wait
 * @param machine left out: this process is the only one with that file
 * @throws DvmError CORRUPT when the file is no state
 */
export async function openSimDm(
  stateFile: string | undefined,
  _disks: Disks,
  { dryRun, exclusively, memory }: SharedMachine = alone,
): Promise<Dm> {
  const store =
    stateFile === undefined
      ? memoryStore(emptySimState())
      : dryRun
        ? memoryStore(stampOf(stateFile) === undefined ? emptySimState() : parseState(stateFile))
        : fileStore(stateFile, exclusively);
  const io = machineIo(dryRun);
  try {
    finishRebuilds(store, io);
  } finally {
    io.close();
  }
  return simDm(store, { leafSize: machineSize, pause, memory });
}

/** Keeps the state in memory; a failed operation changes nothing. */
export function memoryStore(state: SimState): SimStore {
  let current = state;
  return {
    read: (look) => look(current),
    change(operation) {
      const next = structuredClone(current);
      const result = operation(next);
      current = next;
      return result;
    },
  };
}

function fileStore(path: string, exclusively: SharedMachine["exclusively"]): SimStore {
  const lockPath = `${path}.lock`;
  let cached: { readonly stamp: string | undefined; readonly state: SimState } | undefined;
  const load = (): SimState => {
    const stamp = stampOf(path);
    if (!cached || cached.stamp !== stamp)
      cached = { stamp, state: stamp === undefined ? emptySimState() : parseState(path) };
    return cached.state;
  };
  return {
    read: (look) => exclusively(lockPath, () => look(load())),
    change: (operation) =>
      exclusively(lockPath, () => {
        const state = load();
        // What an operation that fails has changed is not worth keeping.
        cached = undefined;
        const result = operation(state);
        replace(path, `${JSON.stringify(state)}\n`);
        cached = { stamp: stampOf(path), state };
        return result;
      }),
  };
}

/** Tells whether the file is still the one that was read or written last. */
function stampOf(path: string): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat && `${stat.ino} ${stat.mtimeNs} ${stat.ctimeNs} ${stat.size}`;
}

function replace(path: string, text: string): void {
  // Nobody can have put anything there. A kernel's state does not outlive the machine, so it is not flushed.
  const temporary = `${path}.${nodeCrypto().randomBytes(6).toString("hex")}`;
  try {
    writeFileSync(temporary, text, { mode: 0o600, flag: "wx" });
    renameSync(temporary, path);
  } catch (cause) {
    try {
      unlinkSync(temporary);
    } catch {}
    throw new DvmError("IO", `${path}: cannot write: ${errnoOf(cause) ?? cause}`, { cause });
  }
}

function parseState(path: string): SimState {
  try {
    const text = readFileSync(path, "utf8");
    if (text.trim() === "") return emptySimState();
    const value: Partial<SimState> = JSON.parse(text);
    if (!Array.isArray(value.devices)) throw new Error("no devices");
    return { ...emptySimState(), ...value };
  } catch (cause) {
    throw new DvmError("CORRUPT", `${path}: is no state of the simulated device-mapper`, { cause });
  }
}

/** Sizes that this machine knows: of an image file, or of a block device in sysfs. */
export function machineSize(token: string): { size: Sectors; token: string } | undefined {
  if (/^\d+:\d+$/.test(token)) return sysfsSize(token);
  const stat = statSync(token, { throwIfNoEntry: false });
  if (stat?.isFile()) return { size: bytesToSectors(stat.size), token };
  if (!stat?.isBlockDevice()) return undefined;
  return sysfsSize(`${majorOf(stat.rdev)}:${minorOf(stat.rdev)}`);
}

function sysfsSize(dev: string): { size: Sectors; token: string } | undefined {
  try {
    return { size: Number(readFileSync(`/sys/dev/block/${dev}/size`, "utf8")), token: dev };
  } catch {
    return undefined;
  }
}

/** As gnu_dev_major and gnu_dev_minor split a dev_t. */
const majorOf = (rdev: number): number => Math.floor(rdev / 2 ** 8) % 2 ** 12;
const minorOf = (rdev: number): number => (rdev % 2 ** 8) + Math.floor(rdev / 2 ** 20) * 2 ** 8;

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
