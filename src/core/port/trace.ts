/** Keeps each document that an applet takes in or gives out, for later reading. */
export interface Trace {
  /** False: nothing is kept, so nothing needs to be serialised for it. */
  readonly wanted: boolean;
  /** @param name e.g. "tm-update-in-stdin" */
  keep(name: string, bytes: Uint8Array): Promise<void>;
}
