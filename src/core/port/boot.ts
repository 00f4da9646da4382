/** What the machine says while it boots, and where dvm keeps notes of that until it goes down. */
export interface Boot {
  /** What the kernel was started with. */
  commandLine(): Promise<string>;
  /** The root file system is still to come. */
  inInitramfs(): Promise<boolean>;
  /** This kernel runs to save the memory of one that crashed, on the disks of that one. */
  afterCrash(): Promise<boolean>;
  /** Milliseconds since the kernel started, by a clock that nobody sets. */
  uptimeMs(): number;
  exists(path: string): Promise<boolean>;
  /** `major:minor` of a device, for the kernel; undefined when there is none. */
  numberOf(path: string): Promise<string | undefined>;
  /** Bytes of a device, fewer where it ends; none when it cannot be read. Offset and length in bytes. */
  read(path: string, offset: number, length: number): Promise<Uint8Array>;
  /** A note that was kept since the machine started; undefined when there is none. */
  readNote(name: string): Promise<string | undefined>;
  /** Keeps a note, or with undefined drops it. @throws DvmError IO */
  writeNote(name: string, text: string | undefined): Promise<void>;
  /** Has the kernel load modules where modprobe is there. What they are for tells whether it has. */
  loadModules(names: readonly string[]): Promise<void>;
  /**
   * Has systemd run `dvm boot scan` after so many seconds. Where there is none, scripts go by the notes.
   * @returns false when it will not
   */
  lookAgainAfter(seconds: number): Promise<boolean>;
}
