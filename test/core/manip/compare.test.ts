/** A VG held against documents: rows of one thing each, then random ones. */
import t, { type Test } from "tap";
import { type ErrorCode, toDvmError } from "../../../src/core/base/error.ts";
import { hostChance } from "../../../src/core/host/process/chance.ts";
import { compare } from "../../../src/core/manip/compare/compare.ts";
import { converge } from "../../../src/core/manip/compare/converge.ts";
import type { CompareRules } from "../../../src/core/manip/compare/rules.ts";
import { allRuns, type Lv, lengthOf } from "../../../src/core/volume/model.ts";
import { checkDocument, type Desired, type DesiredLv, type Metadata } from "../../../src/schema/index.ts";
import { random } from "../../lib/random.ts";
import { batched, lvOf, pvId, vgOf } from "../../lib/volumes.ts";

const context = { chance: hostChance("compare"), tell: () => undefined };
const RULES: CompareRules = { discovery: undefined, allow: [], freesOnly: false };

const documentOf = (lvs: readonly DesiredLv[], more: object = {}): Desired =>
  checkDocument("desired", { vgs: [{ name: "vg", lvs, ...more }] }, "of the test");

const run = (metadata: Metadata, desired: Desired, rules: Partial<CompareRules> = {}) =>
  compare(metadata, desired, { ...RULES, ...rules }, context);

/** Three PVs of 100 extents of 4 MiB. */
const before = batched(vgOf(100, 100, 100), [
  { verb: "create-lv", name: "a", extents: "10", pv: [pvId(0)] },
  { verb: "create-lv", name: "b", extents: "10", tag: ["old"] },
  { verb: "create-lv", name: "s", extents: "10", stripes: 2 },
  { verb: "create-lv", name: "m", extents: "10", mirrors: 1, pv: [pvId(0), pvId(1)] },
  { verb: "create-lv", name: "ro", extents: "1", "read-only": true },
]);
const idOf = (name: string) => lvOf(before, name).id;

interface Row {
  readonly lvs: readonly DesiredLv[];
  /** The verbs that it takes, as `verb word word`. */
  readonly takes?: readonly string[];
  readonly verdicts?: readonly string[];
  readonly needs?: readonly string[];
  readonly fails?: ErrorCode;
}

const ROWS: Readonly<Record<string, Row>> = {
  "as it is": { lvs: [{ name: "a", size: "40M" }], takes: [], verdicts: ["kept"] },
  "an extent less": { lvs: [{ name: "a", size: "36M" }], takes: [] },
  "more than an extent less": {
    lvs: [{ name: "a", size: "35M" }],
    takes: ["reduce-lv"],
    verdicts: ["data-lost"],
    needs: ["shrink:vg/a"],
  },
  "an extent more": { lvs: [{ name: "a", size: "44M" }], takes: [] },
  "more than an extent more": {
    lvs: [{ name: "a", size: "45M" }],
    takes: ["extend-lv"],
    verdicts: ["grown"],
  },
  "part of an extent": { lvs: [{ name: "n", size: "1k" }], takes: ["create-lv"], verdicts: ["new"] },
  "not a whole row": { lvs: [{ name: "s", size: "45M" }], takes: ["extend-lv"], verdicts: ["grown"] },
  "a share that is reached": { lvs: [{ name: "a", extents: "3%VG" }], takes: [] },
  "a share that is not": { lvs: [{ name: "a", extents: "4%VG" }], takes: ["extend-lv"] },
  "a share of what is free, once it is there": { lvs: [{ name: "a", extents: "100%FREE" }], takes: [] },
  "not there, and it is": {
    lvs: [{ name: "a", absent: true }],
    takes: ["remove-lv"],
    verdicts: ["data-lost"],
    needs: ["remove:vg/a"],
  },
  "not there, nor is it": { lvs: [{ name: "n", absent: true }], takes: [], verdicts: ["absent"] },
  "another name": { lvs: [{ name: "z", id: idOf("a") }], takes: ["rename-lv"], verdicts: ["kept"] },
  "names that change places": {
    lvs: [
      { name: "b", id: idOf("a") },
      { name: "a", id: idOf("b") },
    ],
    takes: ["rename-lv", "rename-lv", "rename-lv"],
  },
  "the name of one that goes": {
    lvs: [
      { name: "a", id: idOf("b") },
      { name: "a", id: idOf("a"), absent: true },
    ],
    takes: ["remove-lv", "rename-lv"],
    needs: ["remove:vg/a"],
  },
  "a name that another has": { lvs: [{ name: "b", id: idOf("a") }], fails: "EXISTS" },
  "an id that there is not": { lvs: [{ name: "a", id: "ff".repeat(16) }], fails: "NOT_FOUND" },
  "other tags": { lvs: [{ name: "b", tags: ["new"] }], takes: ["tag"], verdicts: ["kept"] },
  "no tags": { lvs: [{ name: "b", tags: [] }], takes: ["tag"] },
  "nothing of tags": { lvs: [{ name: "b" }], takes: [] },
  "a copy more": { lvs: [{ name: "a", mirrors: 1 }], takes: ["mirror"], verdicts: ["kept"] },
  "no copies": { lvs: [{ name: "m", type: "linear" }], takes: ["mirror"] },
  "as many copies": { lvs: [{ name: "m", mirrors: 1 }], takes: [] },
  "other stripes": { lvs: [{ name: "s", stripes: 3 }], takes: ["convert"], verdicts: ["moved"] },
  "another type": {
    lvs: [{ name: "a", type: "raid5", stripes: 2 }],
    takes: ["convert"],
    verdicts: ["moved"],
  },
  "another type than of copies": { lvs: [{ name: "m", type: "raid5", stripes: 2 }], takes: ["convert"] },
  "another type, and longer": {
    lvs: [{ name: "a", type: "striped", stripes: 3, size: "80M" }],
    takes: ["extend-lv", "convert"],
    verdicts: ["moved"],
  },
  "another type elsewhere": {
    lvs: [{ name: "a", type: "striped", stripes: 2, pvs: [pvId(1), pvId(2)] }],
    takes: ["convert"],
  },
  "another type, for which there are too few PVs": {
    lvs: [{ name: "a", type: "raid6", stripes: 3 }],
    fails: "NO_SPACE",
  },
  "a type that there is not": { lvs: [{ name: "a", type: "raid9" }], fails: "USAGE" },
  "a key that there is not": { lvs: [{ name: "a", colour: "red" }], fails: "BAD_INPUT" },
  "two sizes": { lvs: [{ name: "a", size: "1G", extents: 3 }], fails: "BAD_INPUT" },
  "no size of a new one": { lvs: [{ name: "n" }], fails: "BAD_INPUT" },
  twice: { lvs: [{ name: "a" }, { name: "a" }], fails: "BAD_INPUT" },
  "one LV by name and by id": { lvs: [{ name: "a" }, { name: "n", id: idOf("a") }], fails: "BAD_INPUT" },
  writable: { lvs: [{ name: "ro", "read-only": false }], fails: "UNSUPPORTED" },
  "read-only": { lvs: [{ name: "ro", "read-only": true }], takes: [] },
  "where it is": { lvs: [{ name: "a", pvs: [pvId(0)] }], takes: [] },
  elsewhere: { lvs: [{ name: "a", pvs: [pvId(2)] }], takes: ["move"], verdicts: ["moved"] },
  "more than there is": { lvs: [{ name: "n", size: "9T" }], fails: "NO_SPACE" },
};

for (const [name, { lvs, takes, verdicts, needs = [], fails }] of Object.entries(ROWS))
  t.test(name, async (t) => {
    try {
      const { comparison, result } = run(before, documentOf(lvs));
      t.equal(fails, undefined);
      if (takes)
        t.same(
          comparison.changes.map(({ verb }) => verb),
          takes,
        );
      if (verdicts)
        t.same(
          comparison.lvs.map(({ verdict }) => verdict),
          verdicts,
        );
      t.same(comparison.needs, needs);
      if (takes?.length === 0) t.equal(result, before, "the same object");
      else if (!takes?.some((verb) => ["move", "convert"].includes(verb)))
        agrees(t, result, documentOf(withoutGone(lvs)), name);
      if (needs.length > 0)
        t.throws(() => converge(before, documentOf(lvs), RULES, context), { code: "WOULD_LOSE_DATA" });
      const allow = [...needs];
      t.doesNotThrow(() => converge(before, documentOf(lvs), { ...RULES, allow }, context));
    } catch (thrown) {
      t.equal(toDvmError(thrown).code, fails, toDvmError(thrown).message);
    }
  });

/** An id that is gone means nothing the next time. */
const withoutGone = (lvs: readonly DesiredLv[]) =>
  lvs.filter(({ absent, id }) => !absent || id === undefined);

t.test("while it moves, it is left to arrive; then it is where it was wanted", async (t) => {
  const wish = documentOf([{ name: "a", size: "40M", pvs: [pvId(2)] }]);
  const moving = run(before, wish).result;
  t.equal(run(moving, wish).result, moving);
  const arrived = batched(moving, [{ verb: "move", name: "a", finish: true }]);
  t.equal(run(arrived, wish).result, arrived);
  t.same([...new Set(allRuns(lvOf(arrived, "a")).map(({ pv }) => pv))], [pvId(2)]);
});

t.test("while it becomes another type, it is left to; then it is as it was wanted", async (t) => {
  for (const [name, layout] of [
    ["a", { type: "raid5", stripes: 2 }],
    ["s", { type: "striped", stripes: 3 }],
  ] as const) {
    const wish = documentOf([{ name, ...layout }]);
    const begun = run(before, wish).result;
    t.equal(run(begun, wish).result, begun, `${name}: while it is copied`);
    const converted = batched(begun, [{ verb: "convert", name, finish: true }]);
    t.equal(run(converted, wish).result, converted, `${name}: it is as wanted`);
  }
});

t.test("the policy of a VG: what is said of it", async (t) => {
  const wish = (policy: object) => documentOf([], { policy });
  const verbs = (metadata: Metadata, policy: object) => run(metadata, wish(policy)).comparison.changes;
  t.same(verbs(before, { replace: "never", extendAt: 80, extendBy: 20 }), [], "as it is until it is said");
  const { result } = run(before, wish({ replace: "free", extendAt: 70 }));
  t.same(result.vg.policy, { replace: "free", extendAt: 70 });
  t.same(verbs(result, { replace: "free" }), []);
  t.same(verbs(result, { replace: "never", extendAt: 70 }), [{ verb: "policy", replace: "never" }]);
  t.same(run(result, wish({ replace: "never", extendAt: 80 })).result.vg.policy, undefined);
  const kept = run(before, wish({ keepFree: "1M" })).result;
  t.same(kept.vg.policy, { keepFree: 2048 });
  t.same(verbs(kept, { keepFree: 2048 }), []);
  t.same(verbs(kept, { keepFree: 0 }), [{ verb: "policy", "keep-free": 0 }]);
});

t.test("the VG's id counts, and its name follows", async (t) => {
  const { id } = before.vg;
  t.equal(run(before, documentOf([], { id, name: "other" })).result.vg.name, "other");
  const code = (desired: Desired) => {
    try {
      return run(before, desired).comparison.changes.length;
    } catch (thrown) {
      return toDvmError(thrown).code;
    }
  };
  t.equal(code(documentOf([], { id: "ee".repeat(16) })), "STALE");
  t.equal(code(documentOf([], { name: "other" })), "NOT_FOUND");
});

t.test("what one transaction frees, only the next one takes", async (t) => {
  const full = batched(vgOf(100), [{ verb: "create-lv", name: "a", extents: "90" }]);
  const wish = documentOf([
    { name: "a", absent: true },
    { name: "b", extents: 80 },
  ]);
  const allow = ["remove:vg/a"];
  t.throws(() => run(full, wish, { allow }), { code: "NO_SPACE" });
  const between = converge(full, wish, { ...RULES, allow, freesOnly: true }, context);
  t.same(between.lvs, []);
  t.equal(lengthOf(lvOf(run(between, wish, { allow }).result, "b")), 80);
});

/** It is what was wanted, so that nothing is to be done. */
function agrees(t: Test, result: Metadata, desired: Desired, name: string): void {
  const again = run(result, desired);
  t.same(again.comparison.changes, [], `${name}: a second time nothing is to be done`);
  t.equal(again.result, result, `${name}: and nothing is done`);
}

const SIZES = ["1M", "4M", "10M", "40M", "41M", "100M", "200M"];
const LAYOUTS = [
  {},
  {},
  { type: "linear" },
  { mirrors: 1 },
  { mirrors: 2 },
  { stripes: 2 },
  { type: "raid5", stripes: 2 },
];

t.test("random documents, from nothing and from what the one before has made", async (t) => {
  const counts = { applied: 0, refused: 0 };
  for (let seed = 0; seed < 50; seed += 1) {
    const next = random(`compare ${seed}`);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
    let now = vgOf(60, 60, 60, 60);
    for (let step = 0; step < 6; step += 1) {
      const name = `${seed}.${step}`;
      const lvs = ["a", "b", "c", "d", "e"]
        .filter(() => next() < 0.6)
        .map((lv): DesiredLv => {
          if (next() < 0.2) return { name: lv, absent: true };
          const amount = next() < 0.8 ? { size: pick(SIZES) } : { extents: pick(["5%VG", "20%FREE", 7]) };
          return {
            name: lv,
            ...amount,
            ...pick(LAYOUTS),
            ...(next() < 0.3 && { tags: pick([[], ["x"], ["x", "y"]]) }),
          };
        });
      const desired = documentOf(lvs);
      try {
        const { comparison, result } = run(now, desired);
        agrees(t, result, desired, name);
        for (const { id, name: lv, verdict } of comparison.lvs)
          judged(
            t,
            now.lvs.find((each) => each.id === id),
            result.lvs.find((each) => each.id === id),
            verdict,
            `${name} ${lv}`,
          );
        for (const lv of now.lvs.filter((each) => !lvs.some((wanted) => wanted.name === each.name)))
          t.same(
            result.lvs.find(({ id }) => id === lv.id),
            lv,
            `${name}: ${lv.name} is left alone`,
          );
        const lost = comparison.lvs.filter(({ verdict }) => verdict === "data-lost").length;
        t.equal(comparison.needs.length, lost, `${name}: a word for each that loses data`);
        now = batched(
          result,
          result.lvs.flatMap((lv) => (lv.work ? [{ verb: lv.work, name: lv.id, finish: true }] : [])),
        );
        counts.applied += 1;
      } catch (thrown) {
        if (!["NO_SPACE", "UNSUPPORTED"].includes(toDvmError(thrown).code)) throw thrown;
        counts.refused += 1;
      }
    }
  }
  t.ok(counts.applied > 100 && counts.refused > 10, JSON.stringify(counts));
});

/** What a verdict promises of the extents. */
function judged(t: Test, was: Lv | undefined, is: Lv | undefined, verdict: string, name: string): void {
  if (verdict === "new" || verdict === "absent") return void t.notOk(was, `${name}: there was none`);
  const before = new Set(was ? allRuns(was).map(({ pv, start }) => `${pv} ${start}`) : []);
  const [first] = is ? allRuns(is) : [];
  const isKept = first !== undefined && before.has(`${first.pv} ${first.start}`);
  if (verdict === "moved") t.ok(isKept && is?.work === "convert", `${name}: it is copied from where it is`);
  else if (verdict === "kept" || verdict === "grown")
    t.ok(isKept && was && is && lengthOf(is) >= lengthOf(was), `${name}: it is where it was`);
  else t.ok(!is || (was && lengthOf(is) < lengthOf(was)), `${name}: something of it goes`);
}
