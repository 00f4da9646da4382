/** What humans are told, on stderr. Nothing here is a result. */
export interface Terminal {
  /** Something is wrong but the work goes on. Always shown. */
  warn(message: string): void;
  /** Shown with -v only. */
  info(message: string): void;
  /** Shown when stderr is a terminal and the work takes longer than a second. */
  progress(what: string, done: number, total: number): void;
  /** True when the result on stdout is read by a person. */
  readonly outputIsTerminal: boolean;
}
