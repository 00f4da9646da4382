/**
 * Regions come, go, diverge and return at random, while a model keeps who was derived from whom. What the
 * epochs of two states say is then held against it: an ancestor is always told from a fork.
 */
import fc from "fast-check";
import t from "tap";
import { abort } from "../../../src/core/replicate/abort.ts";
import { commit } from "../../../src/core/replicate/commit.ts";
import { isAncestor } from "../../../src/core/replicate/disk/epochs.ts";
import { format } from "../../../src/core/replicate/format.ts";
import { prepare } from "../../../src/core/replicate/prepare.ts";
import { type RegionSys, withRegionSet } from "../../../src/core/replicate/set/region-set.ts";
import type { Seen } from "../../../src/core/replicate/set/region-view.ts";
import { status } from "../../../src/core/replicate/status.ts";
import { sync } from "../../../src/core/replicate/sync.ts";
import { addresses, codeOf, disksWith, PAGE, regionSys } from "../../lib/region-world.ts";

t.setTimeout(0);

const COUNT = 6;
/** So few pages that the ring has overwritten a state after two more. */
const PAGES = 8;
const regions = addresses(COUNT, PAGES);

/**
 * What happens to the members that are there: bits of a mask. Members that hold another state follow the
 * first.
 */
const event = fc.record({
  there: fc.integer({ min: 1, max: 2 ** COUNT - 1 }),
  /** Those of them that stand out: see below. */
  apart: fc.integer({ min: 0, max: 2 ** COUNT - 1 }),
  kind: fc.constantFrom("update", "update", "update", "abort", "vanish", "vanish", "sync"),
});

class Model {
  /** State -> the state that it was derived from. */
  readonly parentOf = new Map<string, string>();
  next = 0;

  constructor(readonly sys: RegionSys) {}

  /** The states that regions hold now, and what is prepared. */
  look(indices: readonly number[]): Promise<Seen[]> {
    return withRegionSet(
      this.sys,
      this.pick(indices),
      { write: false, thorough: true },
      async ({ views }) => {
        for (const { active, shadow } of views)
          for (const seen of [active, shadow])
            if (seen) this.parentOf.set(seen.id, seen.root.state.parentState.toString("hex"));
        return views.flatMap(({ active }) => active ?? []);
      },
    );
  }

  descends(id: string, from: string): boolean {
    for (let at = this.parentOf.get(id); at !== undefined; at = this.parentOf.get(at))
      if (at === from) return true;
    return false;
  }

  pick = (indices: readonly number[]) => indices.map((index) => regions[index] as (typeof regions)[number]);

  /** Makes some regions agree with the first of them, whatever they hold. */
  async unite(indices: readonly number[]): Promise<void> {
    const seen = await this.look(indices);
    const source = indices.filter((_, n) => seen[n]?.id === seen[0]?.id);
    if (source.length < indices.length)
      await sync(this.sys, this.pick(indices), this.pick(source), { force: true });
  }
}

const members = (mask: number): number[] =>
  Array.from({ length: COUNT }, (_, n) => n).filter((n) => mask & (1 << n));

async function live(
  model: Model,
  { there, apart, kind }: { there: number; apart: number; kind: string },
): Promise<void> {
  const { sys } = model;
  const present = members(there);
  await model.unite(present);
  if (kind === "sync") return;
  const all = model.pick(present);
  const bytes = Buffer.from(`content ${model.next++}`);
  await prepare(sys, all, bytes, { newEpoch: present.length < COUNT });
  await model.look(present);
  if (kind === "abort") return void (await abort(sys, all));
  const some = model.pick(present.filter((index) => apart & (1 << index)));
  if (kind === "update" || some.length === 0 || some.length === all.length)
    return void (await commit(sys, all));
  // The power fails within the commit, and those that took it are away afterwards: the others cannot know.
  await commit(sys, some);
  await abort(sys, model.pick(present.filter((index) => !(apart & (1 << index)))));
}

/** Every pair of states that regions hold, and what status makes of all of them. */
async function compare(model: Model): Promise<string | undefined> {
  const states = await model.look(members(2 ** COUNT - 1));
  for (const x of states) {
    for (const y of states) {
      const truth = model.descends(y.id, x.id);
      if (isAncestor(x.root.state, y.root.state) !== truth)
        return `${x.root.state.txid} ${truth ? "is" : "is no"} ancestor of ${y.root.state.txid}`;
    }
  }
  const { active, regions: shown } = await status(model.sys, regions);
  const newest = states.find((one) =>
    states.every((other) => one.id === other.id || model.descends(one.id, other.id)),
  );
  if (active?.contentHash !== newest?.id) return "status takes another for the newest";
  for (const [n, { relation }] of shown.entries()) {
    const id = states[n]?.id ?? "";
    const truth = !newest
      ? "diverged"
      : id === newest.id
        ? "current"
        : model.descends(newest.id, id)
          ? "stale"
          : "diverged";
    if (relation !== truth) return `region ${n} is ${relation} instead of ${truth}`;
  }
  return undefined;
}

t.test("random histories against the truth", async (t) => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 10, maxLength: 50 }), async (events) => {
      const model = new Model(regionSys(disksWith(regions.map(() => Buffer.alloc(PAGES * PAGE)))));
      await format(model.sys, regions, { force: false });
      for (const each of events) {
        await live(model, each);
        compared += 1;
        const wrong = await compare(model);
        if (wrong !== undefined) throw new Error(wrong);
      }
    }),
    { numRuns: 25, seed: 3, endOnFailure: true },
  );
  t.ok(compared > 200);
  t.comment(`states ${compared} of ${COUNT} regions, each pair compared with the truth`);
});

t.test(
  "a region that was away for a hundred epochs is still an ancestor; a fork is still a fork",
  async (t) => {
    const model = new Model(regionSys(disksWith(regions.map(() => Buffer.alloc(PAGES * PAGE)))));
    await format(model.sys, regions, { force: false });
    // Region 5 stays, region 4 goes its own way.
    await live(model, { there: 0b010000, apart: 0, kind: "update" });
    for (let n = 0; n < 100; n++)
      await live(model, { there: n % 2 ? 0b1111 : 0b0111 | 0b1000, apart: 0, kind: "update" });
    t.equal(await compare(model), undefined);
    const { regions: shown, advice } = await status(model.sys, regions.slice(0, 4).concat(regions.slice(5)));
    t.same(
      shown.map(({ relation }) => relation),
      ["current", "current", "current", "current", "stale"],
    );
    t.equal(advice, "sync regions 4 from regions 0-3");
    const all = await status(model.sys, regions);
    t.match(all, { state: "out-of-sync", active: null, txid: null });
    t.match(all.advice, /split brain/);
    const refused = await sync(model.sys, regions, regions.slice(0, 4), { force: false }).catch(
      (error) => error,
    );
    t.equal(codeOf(refused), "WOULD_LOSE_DATA");
    t.match(refused.message, /region 4/);
    await sync(model.sys, regions, regions.slice(0, 4), { force: true });
    t.match(await status(model.sys, regions), { state: "clean" });
  },
);

t.test("what is older than the list of epochs asks a person", async (t) => {
  const model = new Model(regionSys(disksWith(regions.map(() => Buffer.alloc(PAGES * PAGE)))));
  await format(model.sys, regions, { force: false });
  for (let n = 0; n < 128; n++) await live(model, { there: 0b11111, apart: 0, kind: "update" });
  t.match(
    await status(model.sys, regions),
    { active: null, advice: /split brain/ },
    "never taken for an ancestor by guess",
  );
});

t.test("an epoch is known by its beginning too", (t) => {
  const epoch = (id: string, firstTxid: number) => ({ id, firstTxid });
  const x = { txid: 4, epochs: [epoch("a", 1)] };
  t.equal(isAncestor(x, { txid: 9, epochs: [epoch("a", 1), epoch("b", 5)] }), true);
  t.equal(isAncestor(x, { txid: 9, epochs: [epoch("a", 2), epoch("b", 5)] }), false);
  t.equal(isAncestor(x, { txid: 9, epochs: [epoch("c", 1), epoch("b", 5)] }), false);
  t.end();
});

t.test("transaction ids are never used again", async (t) => {
  const model = new Model(regionSys(disksWith(regions.map(() => Buffer.alloc(PAGES * PAGE)))));
  const { sys } = model;
  const seen = [(await format(sys, regions, { force: false })).txid];
  for (let n = 0; n < 4; n++) {
    seen.push((await prepare(sys, regions, Buffer.from("never"), { newEpoch: false })).txid);
    await abort(sys, regions);
    const some = regions.slice(n, n + 3);
    seen.push((await prepare(sys, some, Buffer.from(`some ${n}`), { newEpoch: true })).txid);
    await abort(sys, some);
    seen.push((await prepare(sys, regions, Buffer.from(`now ${n}`), { newEpoch: false })).txid);
    await commit(sys, regions);
  }
  seen.push((await format(sys, regions, { force: true })).txid);
  t.same(
    seen,
    seen.map((_, n) => n + 1),
    "not after an abort, nor after formatting anew",
  );
});
