/**
 * The simulated device-mapper in a file, so that separate processes see one simulated kernel. Every operation
 * that changes something replaces the file (temporary name, rename) under a lock: a process that is killed
 * leaves the state after its last finished operation, as a kernel would keep it.
 */
import { readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { DvmError, errnoOf } from "../base/error.ts";
import { nodeCrypto } from "../base/node-crypto.ts";
import { bytesToSectors, type Sectors } from "../base/units.ts";
import type { Disks } from "../port/block.ts";
import type { Dm } from "../port/dm.ts";
import type { MemoryLock } from "../port/memory.ts";
import { checkSimState } from "./check-state.ts";
import { type SimMachine, type SimStore, simDm } from "./dm-sim.ts";
import { emptySimState, type SimState } from "./dm-state.ts";
import { machineIo } from "./leaf-io.ts";
import { simMemoryLock } from "./memory-lock.ts";
import { finishFlushes } from "./targets/cache-flush.ts";
import { finishMerges } from "./targets/merge.ts";
import { finishRebuilds } from "./targets/raid-rebuild.ts";

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
 * Opens the simulator. What a kernel would have rebuilt, merged or flushed meanwhile has been then; in a dry
 * run what is rebuilt looks so.
 * @param stateFile made on the first change; undefined keeps the state in memory
 * @param _disks the machine's disks. Sizes are looked up by stat, since an operation cannot wait
 * @param machine left out: this process is the only one with that file
 * @throws DvmError BAD_INPUT when the file is no state, IO when it cannot be read, locked or written
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
        ? memoryStore(readSimState(stateFile))
        : fileStore(stateFile, exclusively);
  const io = machineIo(dryRun);
  try {
    finishRebuilds(store, io);
    finishMerges(store, io);
    finishFlushes(store, io);
  } finally {
    io.close();
  }
  return simDm(store, { leafSize: machineSize, readLeaf, writeLeaf: leafWriter(dryRun), pause, memory });
}

/** For constructors, which read little, and close again what they have opened. */
function readLeaf(token: string, sector: Sectors, buffer: Uint8Array): void {
  const io = machineIo(true);
  try {
    io.read(token, sector, buffer);
  } finally {
    io.close();
  }
}

/** For messages and constructors that write down what they have done. */
function leafWriter(dryRun: boolean): NonNullable<SimMachine["writeLeaf"]> {
  return (token, sector, bytes) => {
    const io = machineIo(dryRun);
    try {
      io.write(token, sector, bytes);
      io.flush(token);
    } finally {
      io.close();
    }
  };
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
  let stat: ReturnType<typeof bigStat>;
  try {
    stat = bigStat(path);
  } catch (cause) {
    throw new DvmError("IO", `${path}: cannot be read: ${errnoOf(cause) ?? cause}`, { cause });
  }
  return stat && `${stat.ino} ${stat.mtimeNs} ${stat.ctimeNs} ${stat.size}`;
}

const bigStat = (path: string) => statSync(path, { bigint: true, throwIfNoEntry: false });

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

/** What the file says at this moment; an empty state when there is no file. @throws DvmError as openSimDm */
export const readSimState = (path: string): SimState =>
  stampOf(path) === undefined ? emptySimState() : parseState(path);

/** Larger is no state: that of 10,000 LVs has a tenth. */
const MAX_STATE_BYTES = 2 ** 28;

function parseState(path: string): SimState {
  const text = readState(path);
  if (text.trim() === "") return emptySimState();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DvmError("BAD_INPUT", `${path}: is no state of the simulated device-mapper: is no JSON`, {
      cause,
    });
  }
  return checkSimState(value, path);
}

function readState(path: string): string {
  try {
    const found = statSync(path);
    if (found.isFile() && found.size <= MAX_STATE_BYTES) return readFileSync(path, "utf8");
  } catch (cause) {
    throw new DvmError("IO", `${path}: cannot be read: ${errnoOf(cause) ?? cause}`, { cause });
  }
  throw new DvmError("BAD_INPUT", `${path}: is no state of the simulated device-mapper`);
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
