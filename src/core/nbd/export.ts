import type { BlockDevice } from "../port/block.ts";

/** What is served under a name. */
export interface NbdExport {
  readonly size: number;
  /** Writes are made of whole blocks of so many bytes. */
  readonly logicalBlockSize: number;
  readonly isReadOnly: boolean;
  readonly read: BlockDevice["read"];
  readonly write: BlockDevice["write"];
  /** Without it zeroes are written as any data. */
  readonly zero?: (offset: number, length: number) => Promise<void>;
  readonly discard: BlockDevice["discard"];
  /** Every write that has ended before, whichever client asked for it, is durable when it resolves. */
  readonly flush: () => Promise<void>;
  /** What begins at `offset`, as far as it is all alike. Absent where that is known nowhere. */
  readonly runAt?:
    | ((offset: number, length: number) => Promise<{ readonly length: number; readonly isHole: boolean }>)
    | undefined;
}

/** All that a server has. */
export interface NbdExports {
  /** As they are listed. */
  readonly names: readonly string[];
  /** @returns undefined when there is none of that name, or it cannot be opened */
  find(name: string): Promise<NbdExport | undefined>;
}
