/** Who runs this process, and by which words: what the history of a VG tells of each of its states. */
export interface Caller {
  /** The name that the program was called by, then its arguments, as they were typed. */
  readonly words: readonly string[];
  /** What follows `--` in them runs as a mutator: one of ours, or a command that is somebody else's. */
  readonly takesMutator: boolean;
  readonly uid: number;
  /** Who logged in, whatever they have become since; null when the kernel knows of nobody. */
  readonly loginUid: number | null;
  readonly host: string;
}
