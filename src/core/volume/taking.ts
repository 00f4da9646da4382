import { assert } from "../base/assert.ts";
import type { Extents } from "../base/units.ts";
import type { Run } from "./runs.ts";
import type { FreeSpace, Space } from "./space.ts";

/** Takes free extents and can give all of them back: an attempt at an allocation. */
export class Taking {
  readonly #space: Space;
  readonly #taken: Run[] = [];

  constructor(space: Space) {
    this.#space = space;
  }

  take(run: Run): Run {
    this.#space.take(run);
    this.#taken.push(run);
    return run;
  }

  undo(): void {
    for (const run of this.#taken.splice(0).reverse()) this.#space.give(run);
  }

  /**
   * Takes `length` extents of these PVs in as few runs as there can be: the largest first. They must be
   * there.
   */
  gather(pvs: readonly FreeSpace[], length: Extents): Run[] {
    const runs = pvs
      .flatMap(({ pv, runs }) => runs.map(({ start, length }) => ({ pv, start, length })))
      .sort((a, b) => b.length - a.length || (a.pv < b.pv ? -1 : a.pv > b.pv ? 1 : a.start - b.start));
    const taken: Run[] = [];
    let missing = length;
    for (const run of runs) {
      if (missing === 0) break;
      const piece = { ...run, length: Math.min(run.length, missing) };
      taken.push(this.take(piece));
      missing -= piece.length;
    }
    assert(missing === 0, "gathered less than there was said to be");
    return taken;
  }
}

/** The smallest free run of the PV that has `length` extents, the first of equals. */
export function bestRun(free: FreeSpace, length: Extents, except?: Extents): Run | undefined {
  if (free.largest < length) return undefined;
  let best: { readonly start: Extents; readonly length: Extents } | undefined;
  for (const run of free.runs) {
    if (run.length >= length && run.start !== except && (!best || run.length < best.length)) best = run;
  }
  return best && { pv: free.pv, ...best };
}

export const totalOf = (pvs: readonly FreeSpace[]): Extents => pvs.reduce((sum, { total }) => sum + total, 0);
