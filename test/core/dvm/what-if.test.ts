/**
 * Random VGs, of which every device or two are taken away: what-if had said what becomes of each LV, and which
 * sets of devices lose something.
 */
import t from "tap";
import { isKnownLv } from "../../../src/core/volume/model.ts";
import type { WhatIf } from "../../../src/schema/index.ts";
import type { Machine } from "../../lib/machine.ts";
import { orNightly } from "../../lib/nightly.ts";
import { random } from "../../lib/random.ts";
import { mustType, type } from "../../lib/typed.ts";
import { change, diskPath, machineWithVg, readMetadata } from "../../lib/vg.ts";

const COUNT = orNightly(6, 60);
const LAYOUTS = [
  [],
  ["--stripes", "2"],
  ["--mirrors", "1"],
  ["--mirrors", "2"],
  ["--type", "raid5", "--stripes", "2"],
];

const ask = async (machine: Machine, words: string): Promise<WhatIf> =>
  JSON.parse(await mustType(machine, `dvm what-if vg ${words} --json`)) as WhatIf;

/** LVs of all layouts, each with content of its own, none of them live. */
async function randomVg(seed: number): Promise<Machine> {
  const next = random(`what-if ${seed}`);
  const machine = await machineWithVg({ disks: 4, regionsOn: 4 });
  for (const name of ["a", "b", "c"]) {
    const layout = LAYOUTS[Math.floor(next() * LAYOUTS.length)] ?? [];
    const made = ["create-lv", "--name", name, "--size", "512k", ...layout];
    await change(machine, made).catch(() => change(machine, ["create-lv", "--name", name, "--size", "512k"]));
  }
  await mustType(machine, "dvm deactivate vg");
  for (const { name, segments } of (await readMetadata(machine)).lvs) {
    const length = (segments.at(-1)?.start ?? 0) + (segments.at(-1)?.length ?? 0);
    machine.files.set(name, Buffer.alloc(length << 19, `${name} as it was `));
    await mustType(machine, `dvm import vg/${name} ${name}`);
  }
  return machine;
}

t.test("verdicts are what happens", async (t) => {
  const seen = new Set<string>();
  for (let seed = 0; seed < COUNT; seed += 1) {
    const machine = await randomVg(seed);
    const { lvs } = await readMetadata(machine);
    t.ok(lvs.every(isKnownLv));
    const gone = [diskPath(seed % 4), ...(seed % 3 === 0 ? [diskPath((seed + 1) % 4)] : [])];
    const bytes = machine.paths.map((path) => Buffer.from(machine.disks.bytes(path)));
    const said = await ask(machine, `lose ${gone.join(" ")}`);
    t.ok(
      machine.paths.every((path, at) => machine.disks.bytes(path).equals(bytes[at] as Buffer)),
      "nothing is touched",
    );
    const loses = said.sets.some((set) => set.every((path) => gone.includes(path)));
    t.equal(
      loses,
      said.lvs.some(({ after }) => after === "lost"),
      `${seed}: the sets agree`,
    );
    for (const path of gone) machine.unplug(path);
    for (const { name, after } of said.lvs) {
      const { status, stderr } = await type(machine, `dvm export vg/${name} out`);
      const isRead = status === 0 && machine.files.get("out")?.equals(machine.files.get(name) as Buffer);
      t.equal(isRead === true, after !== "lost", `${seed} ${name} ${after}: ${stderr}`);
      seen.add(after);
    }
  }
  t.same([...seen].sort(), ["degraded", "lost", "whole"]);
});

t.test("where it could go, and what more would give", async (t) => {
  const machine = await machineWithVg({ disks: 2 });
  await change(machine, [
    "create-lv",
    "--name",
    "a",
    "--size",
    "1M",
    "--pv",
    (await readMetadata(machine)).pvs[0]?.id ?? "",
  ]);
  const at =
    (await mustType(machine, "dvm report vg lv --columns devices --format csv")).split("\n")[1] ?? "";
  const other = ["/dev/a", "/dev/b"].find((path) => path !== at) ?? "";
  const without = await ask(machine, `lose ${at}`);
  t.match(without.lvs, [{ name: "a", now: "whole", after: "lost", to: [{ device: other }] }]);
  t.same(without.sets, [[at]]);
  t.match(await ask(machine, `lose ${other}`), { lvs: [{ after: "whole" }] });
  const both = await ask(machine, "lose /dev/a /dev/b");
  t.equal(both.freeThen, 0);
  t.match(both.lvs[0]?.stays, /no other PV/);
  machine.disk("/dev/c", 6 << 20);
  const { freeNow, freeThen } = await ask(machine, "add /dev/c");
  t.ok(freeThen > freeNow, `${freeThen} ${freeNow}`);
  t.equal((await type(machine, "dvm what-if vg lose /dev/c")).status, 4);
});
