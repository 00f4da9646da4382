/** The only source of time, so that `--now` can fix it. */
export interface Clock {
  /** Milliseconds since 1970. For people only: nothing is ever ordered by it. */
  now(): number;
  /** Resolves after so many milliseconds, whatever `now` says. */
  sleep(ms: number): Promise<void>;
}
