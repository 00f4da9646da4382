/** The values of a program's result: objects in objects, as begin-object and end-object say. */
export class Gathered {
  readonly values: Record<string, unknown> = {};
  readonly #open: Record<string, unknown>[] = [this.values];

  put(key: string, value: unknown): void {
    // Not an assignment: a key like __proto__ is just a key.
    const object = this.#open.at(-1) ?? this.values;
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  }

  begin(key: string): void {
    const object: Record<string, unknown> = {};
    this.put(key, object);
    this.#open.push(object);
  }

  end(): void {
    this.#open.pop();
  }
}
