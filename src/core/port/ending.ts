/** What a process that goes on until it is told to end has to know. */
export interface Endings {
  /**
   * Resolves when the process is asked to end (SIGTERM, SIGINT, SIGHUP), which from the first call on ends it
   * no longer by itself. Asked a second time it ends at once.
   */
  asked(): Promise<void>;
}
