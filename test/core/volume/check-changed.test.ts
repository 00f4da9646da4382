/** A document that was made of a checked one: checking what differs finds what checking all of it finds. */
import fc from "fast-check";
import t from "tap";
import { checkMetadata } from "../../../src/core/volume/check.ts";
import type { Lv, Metadata, Segment } from "../../../src/schema/index.ts";
import { batched, pvId, vgOf } from "../../lib/volumes.ts";

const seed = Number(process.env["DVM_SEED"] ?? 815);

const made = batched(vgOf(60, 60, 60), [
  ...Array.from({ length: 12 }, (_, n) => ({ verb: "create-lv", name: `lv${n}`, extents: 2 })),
  { verb: "create-lv", name: "two", extents: 4, mirrors: 1 },
  { verb: "create-lv", name: "str", extents: 6, stripes: 3 },
]);

/** A copy, so that nothing is known of it. */
const unknown = (metadata: Metadata): Metadata => structuredClone(metadata);

/** Usage by PV, the maps' entries by key, and what is refused, all as text. */
function found(metadata: Metadata, before?: Metadata): { outcome: string; refused: boolean } {
  try {
    const { byId, byName, usage } = checkMetadata(metadata, "BAD_INPUT", before);
    const sorted = (lvs: Iterable<[string, Lv]>) =>
      [...lvs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, lv]) => [key, lv.name]);
    const uses = [...usage].map(([pv, used]) => [pv, used.map(({ start, end, lv }) => [start, end, lv.id])]);
    const gone = made.lvs.filter(({ id }) => !metadata.lvs.some((lv) => lv.id === id));
    const left = gone.filter(({ id, name }) => byId.has(id) || byName.get(name)?.id === id);
    const outcome = JSON.stringify([sorted(byId.entries()), sorted(byName.entries()), uses, left]);
    return { outcome, refused: false };
  } catch (error) {
    return { outcome: String(error), refused: true };
  }
}

type Edit = (lvs: Lv[], n: number, m: number) => void;
const at = (lvs: readonly Lv[], n: number): Lv => lvs[n % lvs.length] as Lv;
const put = (lvs: Lv[], n: number, change: (lv: Lv) => Lv): void => {
  if (lvs.length > 0) lvs[n % lvs.length] = change(at(lvs, n));
};
const linear = (start: number, length: number, pv: string): Segment[] => [
  { type: "linear", start: 0, length, area: { pv, start } },
];
const edits: Readonly<Record<string, Edit>> = {
  remove: (lvs, n) => lvs.splice(n % Math.max(1, lvs.length), 1),
  swap: (lvs, n, m) => {
    if (lvs.length === 0) return;
    const [a, b] = [at(lvs, n), at(lvs, m)];
    [lvs[n % lvs.length], lvs[m % lvs.length]] = [b, a];
  },
  repeat: (lvs, n) => {
    if (lvs.length > 0) lvs.push(at(lvs, n));
  },
  copy: (lvs, n) => put(lvs, n, (lv) => structuredClone(lv)),
  rename: (lvs, n, m) => put(lvs, n, (lv) => ({ ...lv, name: m % 3 ? `new${m}` : at(lvs, m).name })),
  another: (lvs, n, m) => put(lvs, n, (lv) => ({ ...lv, id: m % 2 ? "e".repeat(32) : at(lvs, m).id })),
  move: (lvs, n, m) => put(lvs, n, (lv) => ({ ...lv, segments: linear(m % 62, 1 + (m % 3), pvId(m % 4)) })),
  create: (lvs, n, m) =>
    lvs.push({
      ...at(made.lvs, 0),
      id: String(n).padStart(32, "a"),
      name: `c${n}`,
      segments: linear(m % 60, 1, pvId(n % 3)),
    }),
  hole: (lvs, n) =>
    put(lvs, n, (lv) => ({
      ...lv,
      segments: lv.segments.map((each) => ({ ...each, start: each.start + 1 })),
    })),
};

const edit = fc.record({ what: fc.constantFrom(...Object.keys(edits)), n: fc.nat(99), m: fc.nat(99) });
const step = fc.array(edit, { minLength: 1, maxLength: 4 });
const around = fc.constantFrom<(metadata: Metadata) => Metadata>(
  (metadata) => metadata,
  (metadata) => metadata,
  (metadata) => metadata,
  ({ vg, ...rest }) => ({ ...rest, vg: { ...vg, name: "other" } }),
  ({ pvs, ...rest }) => ({ ...rest, pvs: pvs.slice(1) }),
  ({ pvs, ...rest }) => ({ ...rest, pvs: [...pvs, { ...pvs[0], id: pvId(3), extents: 9 } as never] }),
  ({ pvs, ...rest }) => ({ ...rest, pvs: pvs.map((pv) => ({ ...pv, extents: 3 })) }),
);

t.test("changes one after the other", async (t) => {
  let [refused, passed] = [0, 0];
  fc.assert(
    fc.property(fc.array(fc.tuple(step, around), { minLength: 1, maxLength: 4 }), (steps) => {
      let before = unknown(made);
      checkMetadata(before, "BAD_INPUT");
      for (const [list, change] of steps) {
        const lvs = [...before.lvs];
        for (const { what, n, m } of list) edits[what]?.(lvs, n, m);
        const next = change({ ...before, lvs });
        const [quick, whole] = [found(next, before), found(unknown(next))];
        // Which of several things that are wrong is named first is another matter.
        if (quick.refused !== whole.refused) return false;
        if (quick.refused) refused += 1;
        else if (quick.outcome !== whole.outcome) return false;
        else {
          passed += 1;
          before = next;
        }
      }
      return true;
    }),
    { seed, numRuns: 2000 },
  );
  t.comment(`measured ${refused} documents refused and ${passed} passed, seed ${seed}`);
  t.ok(refused > 500 && passed > 500, "enough of either");
});
