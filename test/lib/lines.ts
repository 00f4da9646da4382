import type { Readable } from "node:stream";

/** Collects a stream of text, and hands out its lines as they come. */
export class Lines {
  /** Everything so far. */
  text = "";
  readonly #callbacks: ((line: string) => void)[] = [];
  #told = 0;

  constructor(stream: Readable) {
    stream.setEncoding("utf8").on("data", (chunk: string) => this.#add(chunk));
  }

  /** Calls back for every line without its newline, those that have already come included. */
  onLine(callback: (line: string) => void): void {
    for (const line of this.text.slice(0, this.#told).split("\n").slice(0, -1)) callback(line);
    this.#callbacks.push(callback);
  }

  #add(chunk: string): void {
    this.text += chunk;
    const end = this.text.lastIndexOf("\n") + 1;
    const lines = this.text.slice(this.#told, end).split("\n").slice(0, -1);
    this.#told = Math.max(this.#told, end);
    for (const line of lines) for (const callback of this.#callbacks) callback(line);
  }
}
