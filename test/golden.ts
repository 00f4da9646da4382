/**
 * Records what is made of random VGs, a file for each: metadata texts, desired states, programs, reports, and
 * plans between random states of device-mapper. What changes none of that gives the same files before and
 * after:
 *
 *     npm run golden -- BEFORE; git checkout …; npm run golden -- AFTER; diff -r BEFORE AFTER
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { DvmError } from "../src/core/base/error.ts";
import { applyProgram, planPrograms } from "../src/core/dmactivate/plan.ts";
import { subjects } from "../src/core/report/column.ts";
import { makeReport } from "../src/core/report/report.ts";
import { emptySimState } from "../src/core/sim/dm-state.ts";
import { desiredState } from "../src/core/volactivate/desired.ts";
import { serialise } from "../src/core/volume/serialise.ts";
import { Bench } from "./lib/dm-bench.ts";
import { benchOf, pair, SMALL, scope, seed } from "./lib/dm-pairs.ts";
import { arbitraryScene } from "./lib/dm-volumes.ts";
import { NAMES, type Step, step } from "./lib/volume-steps.ts";
import { VolumeWorld } from "./lib/volume-world.ts";

const [directory, count = "200"] = process.argv.slice(2);
if (directory === undefined) throw new Error("golden.ts DIRECTORY [COUNT]");
mkdirSync(directory, { recursive: true });
const random = { seed, numRuns: Number(count) };

/** Beside what the crash tests make: raid of every level. */
const array: fc.Arbitrary<Step> = fc
  .record({
    name: fc.constantFrom(...NAMES),
    extents: fc.integer({ min: 1, max: 6 }).map(String),
    type: fc.constantFrom("raid0", "raid4", "raid5", "raid6", "raid10"),
  })
  .map(({ type, ...options }) => ({
    verb: "create-lv",
    options: {
      ...options,
      type,
      stripes: type === "raid6" ? 3 : 2,
      ...(type === "raid10" && { mirrors: 1 }),
    },
  }));

const text = (value: unknown): string =>
  typeof value === "string" || Buffer.isBuffer(value) ? String(value) : JSON.stringify(value, null, 1);
const put = (name: string, parts: readonly (readonly [what: string, value: unknown])[]): void =>
  writeFileSync(join(directory, name), parts.map(([what, value]) => `== ${what}\n${text(value)}\n`).join(""));

/** What it gives, or how it is refused. */
async function tried<T>(work: () => Promise<T> | T): Promise<T | string> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof DvmError)) throw thrown;
    return `${thrown.message} [${thrown.code}]`;
  }
}

async function followVg(name: string, steps: readonly Step[]): Promise<void> {
  const world = new VolumeWorld({ pvs: 5, extents: 36 });
  const parts: [string, unknown][] = [];
  for (const each of steps) {
    const next = await tried(() => world.manip(each.verb, each.options));
    const activation =
      typeof next === "string" ? next : await tried(() => world.prepare(next, { dryRun: true }));
    parts.push([JSON.stringify(each), activation]);
    if (typeof next === "string" || typeof activation === "string") continue;
    await world.update(next);
    parts.push(["metadata", serialise(world.metadata)], ["dm", world.dm()]);
  }
  const { metadata } = world;
  const discovery = world.discovery();
  const [dm, desired] = [
    world.dm(),
    desiredState({ metadata, discovery, lvs: [], partial: false, paths: false }),
  ];
  parts.push(["desired", desired]);
  const plain = { columns: undefined, select: undefined, sort: undefined };
  for (const subject of subjects)
    for (const format of ["table", "json", "csv"])
      parts.push([
        `${subject} ${format}`,
        makeReport({ metadata, discovery, dm, desired }, { subject, format, ...plain }),
      ]);
  for (const format of ["tree", "map"])
    parts.push([
      format,
      await tried(() => makeReport({ metadata, discovery, dm }, { subject: undefined, format, ...plain })),
    ]);
  put(name, parts);
}

const numbered = (index: number): string => String(index).padStart(4, "0");
const history = fc.array(fc.oneof({ weight: 4, arbitrary: step }, array), { minLength: 4, maxLength: 12 });
for (const [index, steps] of fc.sample(history, random).entries())
  await followVg(`vg-${numbered(index)}`, steps);

for (const [index, [from, to]] of fc.sample(pair(SMALL), random).entries()) {
  const current = benchOf(from).dump();
  const desired = { scope, devices: to };
  put(`pair-${numbered(index)}`, [
    ["plan", await tried(() => planPrograms(current, desired))],
    ["apply", await tried(() => applyProgram(current, desired))],
  ]);
}

for (const [index, { from, to, pools }] of fc.sample(arbitraryScene(3), random).entries()) {
  const bench = new Bench({ ...emptySimState(), pools: structuredClone(pools) });
  bench.build(from);
  put(`scene-${numbered(index)}`, [
    ["plan", await tried(() => planPrograms(bench.dump(), { scope, devices: to }))],
  ]);
}
