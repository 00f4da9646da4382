/** So much may be taken at once; who comes when it is used up waits in turn. */
export class Budget {
  readonly #size: number;
  #left: number;
  readonly #waiting: { readonly amount: number; readonly go: () => void }[] = [];

  constructor(size: number) {
    this.#size = size;
    this.#left = size;
  }

  /** @param amount at most the whole */
  async take(amount: number): Promise<void> {
    if (this.#waiting.length === 0 && amount <= this.#left) {
      this.#left -= amount;
      return;
    }
    await new Promise<void>((go) => this.#waiting.push({ amount, go }));
  }

  giveBack(amount: number): void {
    this.#left += amount;
    for (let next = this.#waiting[0]; next && next.amount <= this.#left; next = this.#waiting[0]) {
      this.#left -= next.amount;
      this.#waiting.shift();
      next.go();
    }
  }

  /** Resolves when nothing is taken. */
  async whole(): Promise<void> {
    await this.take(this.#size);
    this.giveBack(this.#size);
  }
}
