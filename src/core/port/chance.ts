/** The only source of randomness, so that `--seed` can fix it. */
export interface Chance {
  bytes(count: number): Buffer;
  /** A new id: 32 lower-case hex digits. */
  id(): string;
}
