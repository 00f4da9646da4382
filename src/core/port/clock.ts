/** The only source of time, so that `--now` can fix it. */
export interface Clock {
  /** Milliseconds since 1970. For people only: nothing is ever ordered by it. */
  now(): number;
}
