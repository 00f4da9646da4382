/** Random changes of the metadata of a VG: one VG with LVs of few names, so that they meet. */
import fc from "fast-check";
import { DvmError } from "../../src/core/base/error.ts";
import type { Metadata } from "../../src/schema/index.ts";
import { pvId, type VolumeWorld } from "./volume-world.ts";

export interface Step {
  readonly verb: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export const NAMES = ["a", "b-c", "d"] as const;
const name = fc.constantFrom(...NAMES);
const extents = fc.integer({ min: 1, max: 6 }).map(String);
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc
      .record({ name, extents, inactive: fc.boolean() })
      .map((options) => ({ verb: "create-lv", options })),
  },
  fc
    .record({ name, extents })
    .map((o) => ({ verb: "create-lv", options: { ...o, stripes: 2, "stripe-size": "16k" } })),
  {
    weight: 2,
    arbitrary: fc
      .record({ name, extents })
      .map((o) => ({ verb: "create-lv", options: { ...o, mirrors: 1 } })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({ name, extents })
      .map((o) => ({ verb: "extend-lv", options: { ...o, extents: `+${o.extents}` } })),
  },
  fc.record({ name, extents }).map((options) => ({ verb: "reduce-lv", options })),
  fc.record({ name }).map((options) => ({ verb: "remove-lv", options })),
  fc.record({ name, to: name }).map((options) => ({ verb: "rename-lv", options })),
  fc.constantFrom("vg", "other").map((to) => ({ verb: "rename-vg", options: { to } })),
  fc
    .record({ name, mirrors: fc.integer({ min: 0, max: 2 }) })
    .map((options) => ({ verb: "mirror", options })),
  fc.record({ name }).map((options) => ({ verb: "mirror", options: { ...options, synced: true } })),
  fc
    .record({ name, pv: fc.nat(2) })
    .map((o) => ({ verb: "move", options: { name: o.name, from: pvId(o.pv) } })),
  fc
    .record({ name, end: fc.constantFrom("finish", "abort") })
    .map((o) => ({ verb: "move", options: { name: o.name, [o.end]: true } })),
);

/** The changes that are possible, one after the other. */
function changed(world: VolumeWorld, steps: readonly Step[]): Metadata {
  let { metadata } = world;
  for (const { verb, options } of steps) {
    try {
      metadata = world.manip(verb, options, metadata);
    } catch (thrown) {
      if (!(thrown instanceof DvmError) || thrown.code === "BUG") throw thrown;
    }
  }
  return metadata;
}

/** The change, or undefined when it is refused. */
export async function accepted(world: VolumeWorld, steps: readonly Step[]): Promise<Metadata | undefined> {
  const next = changed(world, steps);
  if (next === world.metadata) return undefined;
  try {
    await world.prepare(next, { dryRun: true });
    return next;
  } catch (thrown) {
    if (thrown instanceof DvmError && thrown.code === "WOULD_LOSE_DATA") return undefined;
    throw thrown;
  }
}
