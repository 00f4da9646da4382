import type { Instruction, TableLine } from "../../schema/index.ts";
import type { MemoryLock } from "./memory.ts";

/** What the kernel says about one dm device (struct dm_ioctl of linux/dm-ioctl.h). */
export interface DmInfo {
  readonly name: string;
  readonly uuid: string;
  /** "major:minor" */
  readonly dev: string;
  readonly suspended: boolean;
  readonly readOnly: boolean;
  readonly openCount: number;
  readonly eventNr: number;
  readonly hasLive: boolean;
  readonly hasInactive: boolean;
}

/** A target's line of `status`: free text in `status`. */
export interface StatusLine {
  readonly start: number;
  readonly length: number;
  readonly type: string;
  readonly status: string;
}

/** A failed dm operation, as the kernel refused it. */
export interface DmFailure {
  /** e.g. "EBUSY" */
  readonly errno: string;
  /** What the kernel logged about it, when that is known. */
  readonly reason?: string;
}

/**
 * Device-mapper, one method per command of the dm ioctl. Synchronous, since between suspend and resume
 * nothing else may run. Twins: the kernel (host/dm/kernel.ts) and the simulator (sim/dm-sim.ts).
 * Every method throws DmRefused (below) when the kernel refuses.
 */
export interface Dm {
  version(): readonly [number, number, number];
  /** Target types and their versions: of those whose drivers are loaded. */
  targets(): readonly { readonly name: string; readonly version: readonly [number, number, number] }[];
  /**
   * The version of one target, whose driver is loaded for it.
   * @returns undefined when there is none, or the kernel (before 5.4) cannot tell
   */
  targetVersion(type: string): readonly [number, number, number] | undefined;
  list(): readonly { readonly name: string; readonly dev: string }[];
  /** The uuids of all devices by name, by one question; undefined where the kernel is too old to tell. */
  uuids(): ReadonlyMap<string, string> | undefined;
  info(name: string): DmInfo;
  /** Info and live table, if it has one, as they are at one moment. */
  look(name: string): { readonly info: DmInfo; readonly table: readonly TableLine[] | null };
  create(name: string, uuid: string): Pick<DmInfo, "dev">;
  remove(name: string): void;
  /**
   * Tries once to remove each of these, all at the same time. A backend without this gains nothing by it.
   * @returns those that are gone; the others can be asked about by `remove`
   */
  removeTogether?(names: readonly string[]): Promise<ReadonlySet<string>>;
  rename(name: string, newName: string): void;
  load(name: string, table: readonly TableLine[], options: { readonly readOnly: boolean }): void;
  clear(name: string): void;
  suspend(name: string, options: { readonly noflush: boolean; readonly skipLockfs: boolean }): void;
  resume(name: string): void;
  /** @returns the target's answer, "" when it has none */
  message(name: string, sector: number, message: string): string;
  /** Waits until the device's event number exceeds eventNr. Fails with ETIMEDOUT at the deadline. */
  waitEvent(name: string, eventNr: number, deadlineMs: number): void;
  /** Waits so many ms, before something is tried again. Synchronous, as all else. */
  pause(ms: number): void;
  /** Tables as the kernel prints them: device tokens as major:minor. */
  table(name: string, which: "live" | "inactive"): readonly TableLine[];
  /** @param options `target`: only the line of the target with that number, if there is one */
  status(
    name: string,
    options: { readonly noflush: boolean; readonly target?: number },
  ): readonly StatusLine[];
  /** "major:minor" of what the table uses. */
  deps(name: string, which: "live" | "inactive"): readonly string[];
  /** Keeps this process in memory while devices are suspended. */
  readonly memory: MemoryLock;
  /**
   * Makes operations ready, so that performing them takes no memory and looks nothing up. A backend without
   * this has nothing that a suspended device could hold up: there the methods above serve.
   * @param operations by their numbers in a program. What is none of device-mapper, or waits, is passed over
   */
  ready?(operations: readonly (Instruction | undefined)[]): ReadyOperations;
  /**
   * Runs the work of one program. Whoever listens to the events of its operations (udev) has handled them
   * when this resolves, or has not done so by a deadline, of which there is a warning.
   * @throws DvmError KERNEL before the work is begun, when what that takes is not to be had
   */
  withEvents<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
}

/** What device-mapper answers; the methods of Dm that change nothing. */
export type DmAnswers = Pick<
  Dm,
  "version" | "targets" | "list" | "info" | "table" | "status" | "deps" | "message"
>;

/** Operations of one program, each to be performed once. */
export interface ReadyOperations {
  /** Performs instruction number `at`. Takes no memory. @returns whether the kernel did it */
  perform(at: number): boolean;
  /** Why the kernel did not do it. */
  failure(at: number): DmFailure | undefined;
  /** What the kernel answered to it, whatever name is asked for. @throws DmRefused when it refused */
  answers(at: number): DmAnswers;
  /** To be called once the lock is gone: does what had to be put off, such as device nodes. */
  finish(): void;
}

/** The kernel's (or the simulator's) refusal of one dm operation. */
export class DmRefused extends Error {
  override readonly name = "DmRefused";
  readonly failure: DmFailure;

  constructor(operation: string, device: string, failure: DmFailure) {
    super(`${operation} ${device}: ${failure.errno}${failure.reason ? ` (${failure.reason})` : ""}`);
    this.failure = failure;
  }
}
