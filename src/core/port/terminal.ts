import type { Wording } from "../base/wording.ts";

/**
 * interrupted: a transaction was, as every reader of the VG says; dm-unasked: device-mapper cannot be asked;
 * not-used: devices that a VG has gone on without; so-already: nothing was to be changed.
 */
export type WarningKind = "interrupted" | "dm-unasked" | "not-used" | "so-already";

export interface KeptWarning {
  readonly message: string;
  readonly of: WarningKind | undefined;
}

/** What humans are told, on stderr. Nothing here is a result. */
export interface Terminal {
  /**
   * Something is wrong but the work goes on. Always shown, once however often it is said.
   * @param of what it tells of, where whoever keeps it may want to know
   */
  warn(message: string, of?: WarningKind): void;
  /**
   * From now on warnings are kept, not shown, and no progress is. @returns ends that, and gives those that
   * were kept, in their wording, each once
   */
  keepWarnings(): () => readonly KeptWarning[];
  /** Shown with -v only. */
  info(message: string): void;
  /** Shown when stderr is a terminal and the work takes longer than a second. */
  progress(what: string, done: number, total: number): void;
  /** True when the result on stdout is read by a person. */
  readonly outputIsTerminal: boolean;
  /** How warnings are put, and failures by whoever shows them. */
  readonly wording: Wording;
}
