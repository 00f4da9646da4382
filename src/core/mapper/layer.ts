import type { DmDevice, TableLine } from "../../schema/index.ts";
import type { Bytes } from "../base/units.ts";
import type { BlockDevice } from "../port/block.ts";

/**
 * A device as the layer above it sees it: a leaf, or a dm device mapped in user space. Who opened it closes
 * it.
 */
export interface Layer extends Omit<BlockDevice, "close" | "flush"> {
  /** False when some of its sectors lead to an error target: they can neither be read nor written. */
  readonly complete: boolean;
  /**
   * What is known without reading it: the run that begins at `offset`, within `length`. Absent where nothing
   * ever is.
   * @throws DvmError as read
   */
  readonly runAt?: (offset: Bytes, length: Bytes) => Promise<KnownRun>;
}

/** A part of a device that is all of one kind. */
export interface KnownRun {
  /** At least a sector. */
  readonly length: Bytes;
  /** It reads as zeroes, and takes no space. False: it may hold anything. */
  readonly isHole: boolean;
}

/** One target of a table. Offsets are bytes from the target's start; every request lies inside the target. */
export type MappedTarget = Omit<Layer, "path" | "size">;

/** What a target may ask of the stack that it stands in. */
export interface Stack {
  /**
   * True when it must be possible to write; what cannot be written completely is then refused when opened.
   */
  readonly write: boolean;
  /**
   * Opens what a table's params name: `@NAME`, `major:minor` or a path, unescaped.
   * @throws DvmError INCOMPLETE when a leaf below cannot be opened, BAD_INPUT for a name that is not in the
   *   state
   */
  open(token: string): Promise<Layer>;
  /** The dm device that a table's params name. @throws DvmError BAD_INPUT for none that is in the state */
  device(token: string): DmDevice;
  /** Every leaf's own flush: an ordering barrier for targets with metadata of their own. */
  flush(): Promise<void>;
  /** Has `act` run when the device is closed, before its leaves are. */
  atEnd(act: () => Promise<void>): void;
  /** Snapshots (their table lines) of an origin, by the origin's token. */
  snapshotsOf(token: string): readonly { readonly name: string; readonly line: TableLine }[];
  /** Something that people should know, and that does not stop the work. */
  warn(message: string): void;
}

/** Opens one target type. `where` names device and target in messages. */
export type TargetMapper = (line: TableLine, stack: Stack, where: string) => Promise<MappedTarget>;
