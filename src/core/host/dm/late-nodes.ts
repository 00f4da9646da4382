import type { NodeInfo, Nodes } from "./nodes.ts";

type Step = (nodes: Nodes) => void;

/** Puts off what is to be done with nodes while nothing may be looked up, and can do all of it again. */
export class LateNodes implements Nodes {
  readonly #nodes: Nodes;
  #waiting: Step[] = [];
  #mustWait = false;
  #noted: Step[] = [];
  #notes = false;

  constructor(nodes: Nodes) {
    this.#nodes = nodes;
  }

  expected(name: string, uuid: string): void {
    this.#nodes.expected(name, uuid);
  }

  resumed(name: string, info: NodeInfo): void {
    this.#take((nodes) => nodes.resumed(name, info));
  }

  renamed(name: string, newName: string, info: NodeInfo): void {
    this.#take((nodes) => nodes.renamed(name, newName, info));
  }

  removed(name: string): void {
    this.#take((nodes) => nodes.removed(name));
  }

  /** During `work` everything waits for `flush`. */
  putOff<T>(work: () => T): T {
    this.#mustWait = true;
    try {
      return work();
    } finally {
      this.#mustWait = false;
    }
  }

  flush(): void {
    const steps = this.#waiting;
    this.#waiting = [];
    for (const step of steps) step(this.#nodes);
    if (!this.#notes) this.#nodes.tidy();
  }

  /** Notes what is done during `work`, for `repeat`. */
  async noting<T>(work: () => Promise<T>): Promise<T> {
    this.#noted = [];
    this.#notes = true;
    try {
      return await work();
    } finally {
      this.#notes = false;
      this.#nodes.tidy();
    }
  }

  repeat(nodes: Nodes): void {
    for (const step of this.#noted) step(nodes);
    nodes.tidy();
  }

  tidy(): void {
    this.#nodes.tidy();
  }

  #take(step: Step): void {
    if (this.#notes) this.#noted.push(step);
    if (this.#mustWait) {
      this.#waiting.push(step);
      return;
    }
    step(this.#nodes);
    if (!this.#notes) this.#nodes.tidy();
  }
}
