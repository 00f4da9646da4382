/** What a target does in the simulated kernel, beside what its table line tells of itself (dm/targets). */
import type { TableLine } from "../../../schema/index.ts";
import type { Sectors } from "../../base/units.ts";
import type { SimDevice, SimState, SimTable } from "../dm-state.ts";

/** What a target finds around it. */
export interface Around {
  readonly state: SimState;
  /** Whose table it is in. */
  readonly device: SimDevice;
  /** The device that a token means; undefined for one that is none of the simulated ones. */
  deviceOf(token: string): SimDevice | undefined;
  /** 0 for a device that is not there. */
  sizeOf(token: string): Sectors;
  /** Reads from a device that is none of the simulated ones. Left out: there is nothing on any. */
  readonly readLeaf?: (token: string, sector: Sectors, buffer: Uint8Array) => void;
  /** Writes there. Left out: what would be written is nowhere. */
  readonly writeLeaf?: (token: string, sector: Sectors, bytes: Uint8Array) => void;
  /** dm_get_device. @returns the token by which the table shows the device @throws TargetRefusal */
  open(token: string): string;
}

/** For reading only, and for reading and writing. */
export const READ = 1;
export const WRITE = 2;

/** Each member has the name of what it stands for in struct target_type, where there is that. */
export interface SimTarget {
  /** What its constructor finds before all that is wrong elsewhere in the line. @throws TargetRefusal */
  foresee?(line: TableLine, around: Around): void;
  /** Compares the sizes of its devices by itself, at load. */
  readonly measuresAtLoad?: true;
  /**
   * The constructor, when its devices are open and the line has passed the checks of dm/targets.
   * @param line with the tokens by which the table shows devices
   * @returns the parameters that the table prints; left out: in the kernel's usual order
   * @throws TargetRefusal
   */
  construct?(line: TableLine, around: Around): string;
  /**
   * What the constructor reads of its devices and keeps for itself, when the line has passed all checks.
   * @throws TargetRefusal
   */
  learn?(line: TableLine, around: Around): Pick<SimTable, "learnt" | "failed">;
  /**
   * Goes live, or on. @param table that it is in
   * @returns the line as it is then @throws TargetRefusal: the device stays suspended
   */
  resume?(line: TableLine, around: Around, table: SimTable): TableLine;
  /** Left out: it says nothing. @param table the live one, with what has become of it */
  status?(line: TableLine, around: Around, table: SimTable): string;
  /** @returns its answer @throws TargetRefusal */
  message?(line: TableLine, text: string, around: Around): string;
  /** The device that it opens otherwise than its table says: its place among the words, and how. */
  readonly ownMode?: readonly [position: number, mode: number];
}
