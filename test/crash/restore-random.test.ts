/**
 * Random verbs, then restores of random states: an LV that comes back holds, in each copy that may be read,
 * what it held there when it last had those extents; and all its current copies hold the same. Some updates
 * fail half way.
 */
import t from "tap";
import { DvmError } from "../../src/core/base/error.ts";
import { contents, fill, type Held, sync } from "../lib/lv-content.ts";
import type { Machine } from "../lib/machine.ts";
import { random } from "../lib/random.ts";
import { change, history, machineWithVg, readMetadata, readText, recover, restore } from "../lib/vg.ts";

const seed = process.env["DVM_SEED"] ?? "1";
const RUNS = Math.ceil(3 * Number(process.env["DVM_RUNS"] ?? 1));
const STEPS = Number(process.env["DVM_STEPS"] ?? 40);

/** By LV, extent of its copy, and place: what it held when the LV last had it. */
type Known = Map<string, string>;

const keyOf = ({ lv, index, pv, extent }: Held): string => `${lv.id} ${index} ${pv} ${extent}`;

async function learn(machine: Machine, known: Known): Promise<void> {
  for (const held of await contents(machine)) if (held.state === "current") known.set(keyOf(held), held.text);
}

async function wrongIn(machine: Machine, known: Known): Promise<string[]> {
  const first = new Map<string, string>();
  return (await contents(machine)).flatMap((held) => {
    const { lv, state, leg, index, text } = held;
    if (state !== "current") return [];
    const wrong: string[] = [];
    const was = known.get(keyOf(held));
    const other = first.get(`${lv.id} ${index}`);
    if (was !== text) wrong.push(`${lv.name} extent ${index} leg ${leg} holds "${text}", not "${was}"`);
    if (other !== undefined && other !== text) wrong.push(`${lv.name} extent ${index}: legs differ`);
    first.set(`${lv.id} ${index}`, text);
    return wrong;
  });
}

t.test("random changes and restores", async (t) => {
  const counts = { changed: 0, restored: 0, refused: 0, failed: 0, back: 0 };
  for (let run = 0; run < RUNS; run += 1) {
    const chance = random(`restore ${seed} ${run}`);
    const machine = await machineWithVg({ disks: 3 });
    const known: Known = new Map();
    const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(chance() * list.length)];
    for (let step = 0; step < STEPS; step += 1) {
      const { lvs, vg } = await readMetadata(machine);
      const lv = pick(lvs);
      const where = `seed ${seed}, run ${run}, step ${step}`;
      if (chance() < 0.3) {
        const { states } = await history(machine);
        const state = pick(states.slice(0, 8));
        const allow = lvs.flatMap(({ name }) => [`remove:${vg.name}/${name}`, `shrink:${vg.name}/${name}`]);
        const outcome = await restore(machine, state?.txid ?? 0, { options: { allow } }).then(
          ({ changed }) => (changed ? "restored" : "refused"),
          (thrown: unknown) => {
            if (!(thrown instanceof DvmError) || thrown.status !== 3) throw thrown;
            return "refused" as const;
          },
        );
        counts[outcome] += 1;
        const before = new Set(lvs.map(({ id }) => id));
        counts.back += (await readMetadata(machine)).lvs.filter(({ id }) => !before.has(id)).length;
        const wrong = await wrongIn(machine, known);
        if (wrong.length > 0) t.fail(`${where}: ${wrong.join("; ")}`);
      } else {
        const command = commandOf(chance, lv?.name, `lv${step}`);
        if (chance() < 0.1) machine.failing = (name) => name.startsWith("dm load");
        const outcome = await change(machine, command).then(
          () => "changed" as const,
          () => "failed" as const,
        );
        machine.restart();
        await recover(machine);
        counts[outcome] += 1;
        // What is new holds what it found, wiped at its start or not; the kernel makes the legs of that
        // equal.
        await sync(machine, (held) => !known.has(keyOf(held)));
        await learn(machine, known);
      }
      const used = pick((await readMetadata(machine)).lvs);
      if (used) await fill(machine, used.name, `${used.id.slice(0, 4)} in step ${step},`);
      await learn(machine, known);
    }
    t.type(JSON.parse(await readText(machine)), "object");
  }
  t.comment(JSON.stringify(counts));
  t.ok(counts.back > 0, `${counts.back} LVs came back`);
  t.ok(counts.refused > 0, `${counts.refused} were refused`);
});

function commandOf(chance: () => number, name: string | undefined, fresh: string): string[] {
  const size = ["--extents", String(1 + Math.floor(chance() * 4))];
  const types = [[], [], ["--stripes", "2"], ["--mirrors", "1"]];
  const create = ["create-lv", "--name", fresh, ...size, ...(types[Math.floor(chance() * 4)] ?? [])];
  if (name === undefined) return create;
  const more = ["+1", "+2"][Math.floor(chance() * 2)] ?? "+1";
  const verbs = [
    create,
    ["create-lv", "--name", fresh, "--extents", "100%FREE", "--policy", "anywhere"],
    ["remove-lv", "--name", name],
    ["remove-lv", "--name", name],
    ["extend-lv", "--name", name, "--extents", more],
    ["reduce-lv", "--name", name, "--extents", "-1"],
    ["mirror", "--name", name, "--mirrors", "1"],
    ["mirror", "--name", name, "--mirrors", "0"],
    ["rename-lv", "--name", name, "--to", `${fresh}-renamed`],
  ];
  return verbs[Math.floor(chance() * verbs.length)] ?? create;
}
