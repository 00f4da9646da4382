import type { Metadata, Pv } from "../../schema/index.ts";
import { assert, defined } from "../base/assert.ts";
import type { Bytes, Extents } from "../base/units.ts";
import { inside, outside, type Run } from "./runs.ts";
import type { Usage, Used } from "./usage.ts";

type NewPv = Pick<Pv, "id" | "extents" | "blockBytes">;

/** Free extents of one PV, in order, never two that touch. */
export class FreeSpace {
  readonly pv: string;
  /** The PV's logical block size. */
  readonly blockBytes: Bytes;
  readonly #runs: { start: Extents; length: Extents }[] = [];
  #total: Extents = 0;
  #largest: Extents | undefined;

  constructor({ id, extents, blockBytes }: NewPv, used: readonly Pick<Used, "start" | "end">[]) {
    this.pv = id;
    this.blockBytes = blockBytes;
    let next = 0;
    used.forEach(({ start, end }) => {
      if (next < start) this.#append(next, start);
      next = end;
    });
    if (next < extents) this.#append(next, extents);
  }

  get runs(): readonly { readonly start: Extents; readonly length: Extents }[] {
    return this.#runs;
  }

  get total(): Extents {
    return this.#total;
  }

  get largest(): Extents {
    this.#largest ??= this.#runs.reduce((most, { length }) => Math.max(most, length), 0);
    return this.#largest;
  }

  /** Free extents from `start` on, without a gap. */
  freeAt(start: Extents): Extents {
    const run = this.#runs[this.#indexBefore(start)];
    return run && run.start + run.length > start ? run.start + run.length - start : 0;
  }

  take(start: Extents, length: Extents): void {
    const index = this.#indexBefore(start);
    const run = defined(this.#runs[index], `free run at ${start} of PV ${this.pv}`);
    const end = run.start + run.length;
    assert(length > 0 && start + length <= end, `extents ${start}+${length} of PV ${this.pv} are not free`);
    const rest = [
      { start: run.start, length: start - run.start },
      { start: start + length, length: end - start - length },
    ].filter((piece) => piece.length > 0);
    this.#runs.splice(index, 1, ...rest);
    this.#total -= length;
    this.#largest = undefined;
  }

  give(start: Extents, length: Extents): void {
    const index = this.#indexBefore(start);
    const before = this.#runs[index];
    const after = this.#runs[index + 1];
    const touchesBefore = before !== undefined && before.start + before.length === start;
    const touchesAfter = after !== undefined && start + length === after.start;
    const from = touchesBefore ? before.start : start;
    const to = touchesAfter ? after.start + after.length : start + length;
    const at = touchesBefore ? index : index + 1;
    this.#runs.splice(at, Number(touchesBefore) + Number(touchesAfter), { start: from, length: to - from });
    this.#total += length;
    this.#largest = undefined;
  }

  /** The index of the last run that begins at `start` or before; -1 when there is none. */
  #indexBefore(start: Extents): number {
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#runs[middle]?.start ?? 0) <= start) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #append(start: Extents, end: Extents): void {
    this.#runs.push({ start, length: end - start });
    this.#total += end - start;
  }
}

/**
 * Free extents of every PV of a VG, kept up to date while a batch of changes takes and gives. Those that hold
 * what an LV gave up are spared: they count as taken until they are released.
 */
export class Space {
  readonly #byPv = new Map<string, FreeSpace>();
  #sorted: readonly FreeSpace[] | undefined;
  /** The longest free first. */
  #spared: Run[] = [];

  constructor(metadata: Metadata, usage: Usage) {
    for (const pv of metadata.pvs) this.#byPv.set(pv.id, new FreeSpace(pv, usage.get(pv.id) ?? []));
    this.spare(metadata.freed ?? []);
  }

  /**
   * Makes the longest free of the spared runs on these PVs free to take.
   * @returns them; none when nothing is spared there any more
   */
  release(count: number, pvs: readonly FreeSpace[]): readonly Run[] {
    const allowed = new Set(pvs);
    const released = this.#spared.filter(({ pv }) => allowed.has(this.of(pv))).slice(0, count);
    if (released.length === 0) return released;
    const gone = new Set(released);
    this.#spared = this.#spared.filter((run) => !gone.has(run));
    for (const run of released) this.give(run);
    return released;
  }

  /** Spares free runs, which have been so for longer than those that are spared already. */
  spare(runs: readonly Run[]): void {
    for (const run of runs) this.take(run);
    this.#spared = [...runs, ...this.#spared];
  }

  add(pv: NewPv): void {
    this.#byPv.set(pv.id, new FreeSpace(pv, []));
    this.#sorted = undefined;
  }

  /** The PV gets longer, or shorter where nothing is in use. @param was how many extents it had */
  resize({ id: pv, extents }: NewPv, was: Extents): void {
    if (extents > was) {
      this.give({ pv, start: was, length: extents - was });
      return;
    }
    const kept = { pv, start: 0, length: extents };
    this.#spared = this.#spared.flatMap((run) => (run.pv === pv ? inside(run, [kept]) : [run]));
    for (const { start, length } of [...this.of(pv).runs])
      for (const run of outside({ pv, start, length }, [kept])) this.take(run);
  }

  remove(pv: string): void {
    this.#spared = this.#spared.filter((run) => run.pv !== pv);
    this.#byPv.delete(pv);
    this.#sorted = undefined;
  }

  of(pv: string): FreeSpace {
    return defined(this.#byPv.get(pv), `PV ${pv}`);
  }

  /** In the order of ids: the order of the document has no meaning, and allocation shall not depend on it. */
  all(): readonly FreeSpace[] {
    this.#sorted ??= [...this.#byPv.values()].sort((a, b) => (a.pv < b.pv ? -1 : 1));
    return this.#sorted;
  }

  take({ pv, start, length }: Run): void {
    this.of(pv).take(start, length);
  }

  give({ pv, start, length }: Run): void {
    this.of(pv).give(start, length);
  }
}
