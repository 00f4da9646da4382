/**
 * Ways through a program that jump ahead, kept until what falls through comes to where they lead. All of them
 * are words of one array: a program may have hundreds of thousands of jumps.
 */
import type { Possible, PossibleTrees } from "./possible.ts";

/** For what may be true where no way leads, for the depth there, and for the number of a way that is none. */
export const NOWHERE = -1;

/** Words of a way: done, failed, depth, and the next one that leads there. */
const WAY = 4;

export class Ways {
  readonly #trees: PossibleTrees;
  readonly #words: Int32Array;
  #count = 0;
  /** By instruction 1 + the number of the latest one that leads there. */
  readonly #latest: Int32Array;
  readonly #unbalanced: (at: number) => never;

  /**
   * @param jumps how many there are at most
   * @param unbalanced told of the instruction to which two ways lead with unequal numbers of open objects
   */
  constructor(trees: PossibleTrees, jumps: number, instructions: number, unbalanced: (at: number) => never) {
    this.#trees = trees;
    this.#words = new Int32Array(WAY * jumps);
    this.#latest = new Int32Array(instructions + 1);
    this.#unbalanced = unbalanced;
  }

  /** A jump there, with what may be true after an operation that was done, and after one that failed. */
  add(to: number, done: Possible, failed: Possible, depth: number): void {
    const at = WAY * this.#count;
    this.#words[at] = done;
    this.#words[at + 1] = failed;
    this.#words[at + 2] = depth;
    this.#words[at + 3] = (this.#latest[to] ?? 0) - 1;
    this.#count += 1;
    this.#latest[to] = this.#count;
  }

  /** Whether any does. */
  leadTo(at: number): boolean {
    return this.#latest[at] !== 0;
  }

  done(way: number): Possible {
    return this.#words[WAY * way] ?? 0;
  }

  failed(way: number): Possible {
    return this.#words[WAY * way + 1] ?? 0;
  }

  depth(way: number): number {
    return this.#words[WAY * way + 2] ?? 0;
  }

  /** Joins all that lead there into one. @returns its number, or NOWHERE */
  joined(at: number): number {
    const latest = (this.#latest[at] ?? 0) - 1;
    if (latest < 0) return NOWHERE;
    // In pairs, so that a place where very many ways meet does not take as long as all of them together.
    while (this.#next(latest) !== NOWHERE) {
      for (let way = latest; way !== NOWHERE; way = this.#next(way)) this.#joinNext(at, way);
    }
    return latest;
  }

  #next(way: number): number {
    return this.#words[WAY * way + 3] ?? NOWHERE;
  }

  /** Joins the next way that leads there, if there is one, with this one. */
  #joinNext(at: number, way: number): void {
    const words = this.#words;
    const into = WAY * way;
    const next = this.#next(way);
    if (next === NOWHERE) return;
    words[into] = this.either(this.done(way), this.done(next));
    words[into + 1] = this.either(this.failed(way), this.failed(next));
    words[into + 2] = this.bothDepths(at, this.depth(way), this.depth(next));
    words[into + 3] = this.#next(next);
  }

  /** What may be true where two ways meet. */
  either(a: Possible, b: Possible): Possible {
    return a === b || b === NOWHERE ? a : a === NOWHERE ? b : this.#trees.union(a, b);
  }

  /** How many objects are open where two ways meet. */
  bothDepths(at: number, one: number, other: number): number {
    if (one !== other && one !== NOWHERE && other !== NOWHERE) this.#unbalanced(at);
    return one === NOWHERE ? other : one;
  }
}
