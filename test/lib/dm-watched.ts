/** What somebody who has devices open sees of them while plans are executed. */
import type { DmState } from "../../src/schema/index.ts";
import type { Bench } from "./dm-bench.ts";
import { interestingSectors, whereIs } from "./dm-sectors.ts";

/** Sectors of devices that somebody has open, with where they lead to before and after. */
export class Watched {
  readonly #devices: {
    readonly uuid: string;
    readonly at: readonly (readonly [sector: number, old: string, future: string])[];
  }[] = [];

  /** Opens every device that nothing stands on, before or after, and that stays. */
  constructor(before: Bench, after: Bench) {
    const to = after.dump().devices;
    const inner = innerNames(to);
    for (const { name, uuid, openCount } of before.dump().devices) {
      const goal = to.find((device) => device.uuid === uuid);
      if (openCount !== 0 || !goal || inner.has(goal.name)) continue;
      before.open(name);
      const sectors = new Set([
        ...interestingSectors(before.state, `@${name}`),
        ...interestingSectors(after.state, `@${goal.name}`),
      ]);
      const at = [...sectors].map((sector) => {
        const [old, future] = [
          whereIs(before.state, `@${name}`, sector),
          whereIs(after.state, `@${goal.name}`, sector),
        ];
        return [sector, old, future] as const;
      });
      this.#devices.push({ uuid, at });
    }
  }

  /** @param phase old: nothing may have changed yet */
  check(bench: Bench, phase: "old" | "both", what: string): void {
    for (const { uuid, at } of this.#devices) {
      const name = bench.state.devices.find((device) => device.uuid === uuid)?.name;
      for (const [sector, old, future] of at) {
        const now = whereIs(bench.state, `@${name}`, sector);
        if (now === old || now === "waits" || (phase === "both" && now === future)) continue;
        throw new Error(`${what}: ${name}+${sector} leads to ${now}, not ${old} or ${future}`);
      }
    }
  }

  /** As `both`, and a device may have been given up: errors are wrong to nobody. */
  checkOrErrors(bench: Bench, what: string): void {
    for (const { uuid, at } of this.#devices) {
      const name = bench.state.devices.find((device) => device.uuid === uuid)?.name;
      for (const [sector, old, future] of at) {
        const now = whereIs(bench.state, `@${name}`, sector);
        const allowed = new Set(["error", "waits", "beyond", ...partsOf(old), ...partsOf(future)]);
        const foreign = partsOf(now).filter((place) => !allowed.has(place));
        if (foreign.length > 0)
          throw new Error(`${what}: ${name}+${sector} leads to ${foreign}, not ${old} or ${future}`);
      }
    }
  }

  /** Nobody waits any more. */
  checkRest(bench: Bench, what: string): void {
    for (const { uuid, at } of this.#devices) {
      const name = bench.state.devices.find((device) => device.uuid === uuid)?.name;
      for (const [sector] of at)
        if (whereIs(bench.state, `@${name}`, sector) === "waits")
          throw new Error(`${what}: ${name}+${sector} waits`);
    }
  }

  get size(): number {
    return this.#devices.reduce((sum, { at }) => sum + at.length, 0);
  }
}

/** All places that one sector leads to. */
const partsOf = (place: string): string[] => place.split(/[| ]/);

/** Devices that others stand on. */
export function innerNames(devices: DmState["devices"]): Set<string> {
  const tokens = devices.flatMap(
    ({ table }) => table?.flatMap(({ params }) => params.match(/@\S+/g) ?? []) ?? [],
  );
  return new Set(tokens.map((token) => token.slice(1)));
}
