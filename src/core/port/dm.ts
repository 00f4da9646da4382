import type { TableLine } from "../../schema/index.ts";

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
 * nothing else may run. Twins: the kernel (host/dm-kernel.ts) and the simulator (sim/dm-sim.ts).
 * Every method throws DmRefused (below) when the kernel refuses.
 */
export interface Dm {
  version(): readonly [number, number, number];
  /** Target types and their versions. */
  targets(): readonly { readonly name: string; readonly version: readonly [number, number, number] }[];
  list(): readonly { readonly name: string; readonly dev: string }[];
  info(name: string): DmInfo;
  create(name: string, uuid: string): DmInfo;
  remove(name: string): void;
  rename(name: string, newName: string): void;
  load(name: string, table: readonly TableLine[], options: { readonly readOnly: boolean }): void;
  clear(name: string): void;
  suspend(name: string, options: { readonly noflush: boolean; readonly skipLockfs: boolean }): void;
  resume(name: string): void;
  /** @returns the target's answer, "" when it has none */
  message(name: string, sector: number, message: string): string;
  /** Waits until the device's event number exceeds eventNr. Fails with ETIMEDOUT at the deadline. */
  waitEvent(name: string, eventNr: number, deadlineMs: number): void;
  /** Tables as the kernel prints them: device tokens as major:minor. */
  table(name: string, which: "live" | "inactive"): readonly TableLine[];
  status(name: string, options: { readonly noflush: boolean }): readonly StatusLine[];
  /** "major:minor" of what the table uses. */
  deps(name: string, which: "live" | "inactive"): readonly string[];
  /**
   * Runs work in which devices get suspended: signals that would end the process wait until it is over.
   * @returns what work returned, and the page faults that happened in it where they are counted
   */
  shielded<T>(work: () => T): Promise<Shielded<T>>;
  close(): void;
}

export interface Shielded<T> {
  readonly value: T;
  readonly faults?: { readonly minor: number; readonly major: number };
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
