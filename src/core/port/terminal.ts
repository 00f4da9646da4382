import type { Wording } from "../base/wording.ts";

/** What humans are told, on stderr. Nothing here is a result. */
export interface Terminal {
  /** Something is wrong but the work goes on. Always shown, once however often it is said. */
  warn(message: string): void;
  /**
   * From now on warnings are kept, not shown, and no progress is. @returns ends that, and gives those that
   * were kept, in their wording, each once
   */
  keepWarnings(): () => readonly string[];
  /** Shown with -v only. */
  info(message: string): void;
  /** Shown when stderr is a terminal and the work takes longer than a second. */
  progress(what: string, done: number, total: number): void;
  /** True when the result on stdout is read by a person. */
  readonly outputIsTerminal: boolean;
  /** How warnings are put, and failures by whoever shows them. */
  readonly wording: Wording;
}
