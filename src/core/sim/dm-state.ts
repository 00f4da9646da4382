/** What the simulated kernel remembers: the content of the state file. */

import type { TableLine } from "../../schema/index.ts";
import type { Sectors } from "../base/units.ts";

/** A table as its constructors left it: device tokens resolved. */
export interface SimTable {
  /** Since it is live the legs have been rebuilt that it wants rebuilt. */
  rebuilt?: true;
  /**
   * These legs, by their place, are left out: their superblocks could not be read when it was loaded, or
   * since it is live they have had a write error. A table that is loaded anew forgets it.
   */
  failed?: readonly number[];
  /**
   * What its constructor has read of the superblocks of its legs: ran: there were some that this simulator
   * has not written; behind: legs that had failed, and are rebuilt.
   */
  readonly learnt?: { readonly ran: boolean; readonly behind: readonly number[] };
  readonly lines: readonly TableLine[];
  readonly readOnly: boolean;
  /** Tokens of the devices that it holds open, each once: major:minor, or the path of an image file. */
  readonly uses: readonly string[];
  /** How much of each device it needs: compared with the device's size when limits are calculated. */
  readonly needs: readonly { readonly device: string; readonly start: Sectors; readonly length: Sectors }[];
}

export interface SimDevice {
  name: string;
  uuid: string;
  readonly minor: number;
  live: SimTable | null;
  inactive: SimTable | null;
  suspended: boolean;
  /** A first table has been accepted: the disk exists and can be opened. */
  disk: boolean;
  readOnly: boolean;
  eventNr: number;
  /** Openers other than dm tables; tests and simulations set it to hold a device open. */
  opened: number;
  /** Status text by target number instead of the usual, for tests. */
  status?: Readonly<Record<string, string>>;
}

/** What a thin pool keeps in its metadata device. */
export interface SimPool {
  transactionId: number;
  /** Thin ids in use, and when each was made. */
  thins: Record<string, { readonly origin: number | null; readonly transactionId: number }>;
  /** Sectors of a block. */
  readonly blockSize: Sectors;
  /** Blocks that the pool had when it was last resumed: it never shrinks. */
  blocks: number;
  /** The same of its metadata, in blocks of 4 KiB. */
  metadataBlocks?: number;
  /** Blocks that thin devices have; simulations set it. Left out: none. */
  used?: number;
  /** A snapshot of the metadata is held. */
  held?: boolean;
}

export interface SimState {
  devices: SimDevice[];
  /** Sizes in sectors of devices that this machine does not have, by major:minor or path. */
  readonly leaves: Record<string, Sectors>;
  /** By the uuid of the metadata device, or its token when it is none of dm's. */
  readonly pools: Record<string, SimPool>;
  /** What targets have written at the start of devices, by the same: `snapshot 16`, `writecache 4096`. */
  readonly formats: Record<string, string>;
  /** Devices of this machine on which writes fail, by major:minor or path; simulations set it. */
  broken?: readonly string[];
  /** Names of simulated devices of which the superblock cannot be read; simulations set it. */
  unread?: readonly string[];
}

/**
 * A device's place in pools and formats: it lives on under its uuid when it is deactivated, its number does
 * not.
 */
export const keyOf = (token: string, device: SimDevice | undefined): string => device?.uuid || token;

/** The major number of simulated dm devices. */
export const SIM_MAJOR = 254;

export const emptySimState = (): SimState => ({ devices: [], leaves: {}, pools: {}, formats: {} });
