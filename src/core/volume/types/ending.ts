import type { DmDevice } from "../../../schema/index.ts";

/** What has to be proven of an LV before it gives way. */
export interface Ending {
  /** The device that tells: its own, or that of the LV in front of which it stands. */
  readonly device: "own" | "wrapped";
  /** What is still to be done, for people; undefined: nothing. */
  doubt(live: DmDevice): string | undefined;
  /** The part whose beginning tells as much of an LV that is down. Left out: only a live one tells. */
  readonly onDisk?: {
    readonly layer: string;
    doubt(bytes: Buffer, path: string, vg: string): string | undefined;
  };
  /** Nothing has to be proven of an LV that is down. Left out: it has. */
  readonly whenDown?: "believed";
  /** The part whose disks have to keep what they have been told before it is let go. Left out: none. */
  readonly flushes?: string;
  /** For people, behind its name: `cannot go yet`. */
  readonly what: string;
}
