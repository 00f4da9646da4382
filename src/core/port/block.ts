/** Block I/O: the one layer through which every byte on a disk is read or written. */

export interface BlockDevice {
  /** The path it was opened by, for messages. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** The unit in which the device writes atomically: 512 or 4096. An image file has 512. */
  readonly logicalBlockSize: number;

  /**
   * Fills `buffer` from `offset` (bytes; both multiples of 512). Short reads are looped.
   * @throws DvmError IO with device and offset, DEADLINE when it did not answer in time
   */
  read(offset: number, buffer: Uint8Array): Promise<void>;
  /**
   * Writes all of `buffer` at `offset`, both multiples of logicalBlockSize: less than a block cannot be
   * written without the rest of it. Durable only after flush(). Same errors as read.
   */
  write(offset: number, buffer: Uint8Array): Promise<void>;
  /**
   * As write, and durable when it resolves: this write alone, whatever was written before. Absent where it
   * was not asked for by OpenMode, and where no single write is known to be: then who wants it durable writes
   * and flushes.
   */
  readonly writeThrough?: BlockDevice["write"];
  /** Everything written before, by others too, is durable when it resolves. */
  flush(): Promise<void>;
  /** Tells the device that the range is not needed; its content is undefined afterwards. May do nothing. */
  discard(offset: number, length: number): Promise<void>;
  close(): Promise<void>;
}

export interface OpenMode {
  readonly write: boolean;
  /** Refuse (IN_USE) when something else holds it: O_EXCL on a block device. */
  readonly exclusive?: boolean;
  /**
   * Its few writes shall be durable one by one, where that can be had. Many are faster when they are flushed
   * together.
   */
  readonly through?: boolean;
}

/** Opens devices and image files by path. */
export interface Disks {
  /** @throws DvmError NOT_FOUND, IN_USE, READ_ONLY, BAD_INPUT (a directory, a terminal), IO, DEADLINE */
  open(path: string, mode: OpenMode): Promise<BlockDevice>;
  /**
   * What tells two paths to one device: equal strings for the same device or file. @throws DvmError NOT_FOUND
   */
  identity(path: string): Promise<string>;
}
