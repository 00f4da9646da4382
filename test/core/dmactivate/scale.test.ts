/** Stacks six deep and two hundred devices wide, with failures. */
import fc from "fast-check";
import t from "tap";
import { applyProgram, planPrograms } from "../../../src/core/dmactivate/plan.ts";
import {
  benchOf,
  check,
  type Devices,
  desiredEssence,
  essence,
  LARGE,
  modes,
  pair,
  runs,
  scope,
  seed,
  suspended,
} from "../../lib/dm-pairs.ts";

t.test(
  "large states: whatever fails, prepare leaves what was and commit what planning again finishes",
  async (t) => {
    let widest = 0;
    fc.assert(
      fc.property(pair(LARGE), fc.array(fc.nat(), { minLength: 6, maxLength: 6 }), ([from, to], picks) => {
        const before = benchOf(from);
        widest = Math.max(widest, from.length, to.length);
        const was = essence(before.dump());
        const goal = desiredEssence(to);
        const desired = { scope, devices: to };
        const { prepare, commit } = planPrograms(before.dump(), desired);
        const prepared = before.copy();
        const triedPreparing = prepared.run(prepare).tried;
        const triedCommitting = prepared.copy().run(commit).tried;
        for (const [index, pick] of picks.entries()) {
          const mode = modes[index % modes.length] ?? "refused";
          const failing = (tried: readonly number[]) => [{ at: tried[pick % tried.length] ?? 0, mode }];
          if (triedPreparing.length > 0) {
            const after = before.copy();
            const failures = failing(triedPreparing);
            const { exit } = after.run(prepare, failures);
            if (exit !== 0) check(`${JSON.stringify(failures)} in prepare`, essence(after.dump()), was);
          }
          if (triedCommitting.length > 0) {
            const after = prepared.copy();
            const failures = failing(triedCommitting);
            after.run(commit, failures);
            check("suspended", suspended(after), []);
            check("again", after.run(applyProgram(after.dump(), desired)).exit, 0);
            check(`${JSON.stringify(failures)} in commit, then again`, essence(after.dump()), goal);
          }
        }
      }),
      // A smaller counterexample of this size would take minutes to find.
      { ...runs(12), endOnFailure: true },
    );
    t.comment(`states up to ${widest} devices`);
    t.pass(`seed ${seed}`);
  },
);

t.test("the worlds are as large as they claim", async (t) => {
  const worlds = fc.sample(pair(LARGE), { seed, numRuns: 40 }).flat();
  t.ok(Math.max(...worlds.map((devices) => devices.length)) >= 150, "devices");
  t.equal(Math.max(...worlds.map(depthOf)), 6, "depth");
});

function depthOf(devices: Devices): number {
  const depths = new Map<string, number>();
  const byName = new Map(devices.map((device) => [device.name, device]));
  const depth = (name: string): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    const table = byName.get(name)?.table ?? [];
    const below = table.flatMap(({ params }) =>
      [...params.matchAll(/@(\S+)/g)].map(([, child]) => depth(child ?? "")),
    );
    const found = 1 + Math.max(0, ...below);
    depths.set(name, found);
    return found;
  };
  return Math.max(0, ...devices.map(({ name }) => depth(name)));
}
