/** Plain files: documents, byte sources and destinations. Never devices' contents: those go through Disks. */
export interface Files {
  /**
   * Bytes to read piece by piece; "-" is stdin.
   * @throws DvmError BAD_INPUT as read does, DEADLINE where a piece, or what opens it, does not come in time
   */
  openSource(path: string): Promise<Source>;
  /**
   * A file to write piece by piece under a temporary name, a pipe or character device as it is, or "-" for
   * stdout.
   * @throws DvmError IO, BAD_INPUT (a directory, a block device: that is for Disks), IN_USE as checkLinks
   */
  openSink(path: string): Promise<Sink>;
  /**
   * Refuses to follow a link that somebody else has put where everybody may put one, as the kernel does
   * (proc(5), protected_symlinks), for whatever is to be written.
   * @throws DvmError IN_USE
   */
  checkLinks(path: string): Promise<void>;
  /**
   * All of a file, or of stdin for "-".
   * @param limit bytes; more is refused before it is held in memory
   * @throws DvmError BAD_INPUT (missing, a directory, unreadable, larger than limit, stdin is a terminal),
   *   DEADLINE as openSource
   */
  read(path: string, limit: number): Promise<Buffer>;
  /**
   * Writes a regular file, as openSink does, but follows no link.
   * @throws DvmError IO, BAD_INPUT (anything else is there, a link too), IN_USE, DEADLINE when it is not
   *   written in time
   */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** A file that is there, or undefined. @throws DvmError IO when it is there and cannot be read */
  readIfThere(path: string, limit: number): Promise<Buffer | undefined>;
  /** Keeps bytes in a private temporary file while `use` runs, for a process that can only take a path. */
  withTemporary<T>(bytes: Uint8Array, use: (path: string) => Promise<T>): Promise<T>;
}

export interface Source {
  /** In bytes, when it is known beforehand. */
  readonly size: number | undefined;
  /**
   * Fills `buffer` as far as there is something. @returns bytes read; less than the buffer only at the end
   */
  read(buffer: Uint8Array): Promise<number>;
  close(): Promise<void>;
}

export interface Sink {
  write(bytes: Uint8Array): Promise<void>;
  /** Flushes and gives the file its name. */
  finish(): Promise<void>;
  /** Leaves nothing behind. */
  abandon(): Promise<void>;
}
