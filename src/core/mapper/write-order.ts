/**
 * Keeps writes to the same place in order while writes to different places run at once. Copies of one another
 * must see overlapping writes in the same order, or they differ ever after.
 */
export class WriteOrder {
  readonly #running = new Set<{
    readonly begin: number;
    readonly end: number;
    readonly done: Promise<void>;
  }>();

  /** Runs `act` once every earlier write that overlaps [offset, offset + length) has ended, well or not. */
  async run(offset: number, length: number, act: () => Promise<void>): Promise<void> {
    const [begin, end] = [offset, offset + length];
    const before = [...this.#running].filter((other) => other.begin < end && begin < other.end);
    const result = Promise.all(before.map(({ done }) => done)).then(act);
    const entry = { begin, end, done: result.catch(() => {}) };
    this.#running.add(entry);
    try {
      await result;
    } finally {
      this.#running.delete(entry);
    }
  }
}
