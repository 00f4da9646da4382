/**
 * Sets of which some regions have been prepared and others never heard of it, and regions that give up what
 * they had.
 */
import t from "tap";
import { abort } from "../../../src/core/replicate/abort.ts";
import { commit } from "../../../src/core/replicate/commit.ts";
import { format } from "../../../src/core/replicate/format.ts";
import { prepare } from "../../../src/core/replicate/prepare.ts";
import { read } from "../../../src/core/replicate/read.ts";
import type { RegionSys } from "../../../src/core/replicate/set/region-set.ts";
import { status } from "../../../src/core/replicate/status.ts";
import { sync } from "../../../src/core/replicate/sync.ts";
import { aged, imagesAfter, NEW, OLD, regions } from "../../lib/region-operations.ts";
import { addresses, codeOf, contentOf, type Images, PAGE, runOn } from "../../lib/region-world.ts";

/** Two of three regions are prepared: a prepare was killed. */
const half = () =>
  imagesAfter([...aged, (sys) => prepare(sys, regions.slice(0, 2), NEW, { newEpoch: false })]);

t.test("a commit of a half prepared set is refused, and writes nothing", async (t) => {
  const images = await half();
  const { after, error, logs } = await runOn(images, (sys) => commit(sys, regions));
  t.equal(codeOf(error), "NOTHING_PREPARED");
  t.match(error, { status: 3, details: { regions: [2] }, message: /not on 1 of 3.*abort it/ });
  t.same(logs.flat(), [], "nothing was written");
  const state = await runOn(after, (sys) => status(sys, regions));
  t.match(state.value, { state: "preparing" });
  const content = await runOn(after, (sys) => read(sys, regions, undefined));
  t.match(content.value, OLD);
});

t.test("what one region has committed is not undone, and nothing is written", async (t) => {
  const decided = await imagesAfter([
    ...aged,
    (sys) => prepare(sys, regions, NEW, { newEpoch: false }),
    (sys) => commit(sys, regions.slice(0, 1)),
  ]);
  const { after, error, logs } = await runOn(decided, (sys) => abort(sys, regions));
  t.match(error, { code: "DECIDED", status: 3, message: /commit it everywhere/ });
  t.same(logs.flat(), [], "nothing was written");
  const { value } = await runOn(after, (sys) => read(sys, regions, undefined));
  t.match(value, NEW);
});

t.test("an aborted transaction's id is used on regions that never saw it", async (t) => {
  const images = await half();
  const seen = await runOn(images, (sys) => status(sys, regions));
  const { value } = seen;
  const shadow = value?.regions[0]?.shadow?.txid ?? 0;
  t.ok(shadow > 0);
  const { after, error } = await runOn(images, (sys) => abort(sys, regions));
  t.equal(codeOf(error), "");
  const alone = regions.slice(2);
  const next = await runOn(after, (sys) => prepare(sys, alone, NEW, { newEpoch: true }));
  t.equal(codeOf(next.error), "");
  const then = await runOn(next.after, (sys) => status(sys, alone));
  t.ok((then.value?.regions[0]?.shadow?.txid ?? 0) > shadow, "the region alone goes on behind it");
});

t.test("a sync for which old and new do not both fit, failing at each step", async (t) => {
  const large = addresses(3, 64);
  const small = large.map((address, n) => (n === 2 ? { ...address, length: 32 * 8 } : address));
  const [old, next] = [contentOf("old", 20 * PAGE), contentOf("next", 20 * PAGE)];
  let images: Images = [64, 64, 32].map((pages) => Buffer.alloc(pages * PAGE));
  const steps: ((sys: RegionSys) => Promise<unknown>)[] = [
    (sys) => format(sys, small, { force: false }),
    (sys) => prepare(sys, small, old, { newEpoch: false }),
    (sys) => commit(sys, small),
    (sys) => prepare(sys, small.slice(0, 2), next, { newEpoch: true }),
    (sys) => commit(sys, small.slice(0, 2)),
  ];
  for (const step of steps) {
    const { after, error } = await runOn(images, step);
    t.equal(codeOf(error), "");
    images = after;
  }
  const before = images;
  let given = 0;
  for (let failing = 0; ; failing += 1) {
    let count = 0;
    const { after, error } = await runOn(
      before,
      (sys) => sync(sys, small, small.slice(0, 2), { force: false }),
      {
        faults: ({ kind, path }) =>
          path === "d2" && (kind === "write" || kind === "flush") && count++ === failing
            ? { kind: "fail" }
            : undefined,
      },
    );
    if (codeOf(error) === "") break;
    const isAsBefore = before[2]?.equals(after[2] ?? Buffer.alloc(0));
    if (!isAsBefore) given += 1;
    if (!isAsBefore)
      t.match(error, { code: "HALF_DONE", status: 8 }, `step ${failing}: something has changed`);
  }
  t.ok(given > 2, `${given} failures with the old content given up`);
});
