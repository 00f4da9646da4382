/** A map with changes over it; the map below stays as it is. For few changes of very many entries. */
export class Overlay<V> {
  readonly #below: MapView<V>;
  readonly #changes = new Map<string, V | undefined>();
  #size: number;

  constructor(below: MapView<V>) {
    this.#below = below;
    this.#size = below.size;
  }

  get size(): number {
    return this.#size;
  }

  /** What was set or deleted (undefined), by key. */
  get changes(): ReadonlyMap<string, V | undefined> {
    return this.#changes;
  }

  /** What lies below those. */
  get gone(): ReadonlySet<V> {
    const gone = new Set<V>();
    for (const key of this.#changes.keys()) {
      const below = this.#below.get(key);
      if (below !== undefined) gone.add(below);
    }
    return gone;
  }

  get(key: string): V | undefined {
    return this.#changes.has(key) ? this.#changes.get(key) : this.#below.get(key);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  set(key: string, value: V): void {
    if (!this.has(key)) this.#size += 1;
    this.#changes.set(key, value);
  }

  delete(key: string): void {
    if (this.has(key)) this.#size -= 1;
    this.#changes.set(key, undefined);
  }

  *entries(): IterableIterator<[string, V]> {
    for (const [key, value] of this.#below.entries()) {
      const now = this.#changes.has(key) ? this.#changes.get(key) : value;
      if (now !== undefined) yield [key, now];
    }
    for (const [key, value] of this.#changes)
      if (value !== undefined && this.#below.get(key) === undefined) yield [key, value];
  }

  *values(): IterableIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }
}

/** What of a map can be asked; no value of it is undefined. */
export type MapView<V> = Pick<ReadonlyMap<string, V>, "get" | "has" | "size" | "entries" | "values">;
