/**
 * Every verb of tm that writes, with all tools that it uses, killed before each of its writes, flushes and dm
 * operations. Once as when the process is killed: what was written stays, device-mapper stays. Once as when
 * the power fails: of what was not flushed some is lost, and device-mapper has forgotten everything.
 */
import t, { type Test } from "tap";
import { lengthOf } from "../../src/core/volume/model.ts";
import type { DiscoverList } from "../../src/schema/index.ts";
import { fill } from "../lib/lv-content.ts";
import type { Machine } from "../lib/machine.ts";
import { orNightly } from "../lib/nightly.ts";
import { random } from "../lib/random.ts";
import {
  change,
  createLv,
  diskPath,
  expand,
  find,
  goWithout,
  history,
  idAt,
  machineWithVg,
  readMetadata,
  readText,
  recover,
  reduce,
  restore,
  verify,
} from "../lib/vg.ts";
import { mappedButFree, unsettled } from "../lib/vg-checks.ts";

/** At each so manyth step it is killed, the power fails, and an act is interrupted whose recovery is killed. */
const [KILLS, POWER_CUTS, INTERRUPTED] = orNightly([5, 5, 40], [1, 1, 8]);

interface Scenario {
  readonly name: string;
  /** What there is before. */
  readonly base: () => Promise<Machine>;
  readonly act: (machine: Machine) => Promise<unknown>;
  /** Fewer steps than this would mean that the test tests nothing. */
  readonly steps: number;
  /**
   * What is committed between the old and the new metadata: no more is listed as free, and nothing else is
   * other.
   */
  readonly claims?: true;
}

const scenarios: readonly Scenario[] = [
  {
    name: "update of a live LV",
    base: withLvs,
    act: (machine) => change(machine, ["extend-lv", "--name", "lv0", "--size", "+1M"]),
    steps: 20,
  },
  {
    name: "update that creates, removes and renames LVs",
    base: withLvs,
    act: (machine) => {
      machine.files.set("changes", Buffer.from(JSON.stringify(manyChanges)));
      return change(machine, ["batch", "changes"]);
    },
    steps: 25,
  },
  {
    name: "a live LV gets a second copy",
    base: withLvs,
    act: (machine) => change(machine, ["mirror", "--name", "lv0", "--mirrors", "1"]),
    steps: 35,
  },
  {
    name: "a live raid1 LV grows while another goes",
    base: async () => {
      const machine = await withLvs();
      await change(machine, [
        "create-lv",
        "--name",
        "r",
        "--size",
        "1M",
        "--type",
        "raid1",
        "--mirrors",
        "1",
      ]);
      machine.restart();
      return machine;
    },
    act: (machine) => {
      const changes = [
        { verb: "extend-lv", name: "r", size: "2M" },
        { verb: "remove-lv", name: "lv1" },
      ];
      machine.files.set("changes", Buffer.from(JSON.stringify({ changes })));
      return change(machine, ["batch", "changes"]);
    },
    steps: 25,
  },
  {
    name: "a live LV begins to become striped",
    base: withLvs,
    act: (machine) => change(machine, ["convert", "--name", "lv0", "--type", "striped", "--stripes", "2"]),
    steps: 35,
  },
  {
    name: "what was to become striped stays what it was",
    base: async () => {
      const machine = await withLvs();
      await change(machine, ["convert", "--name", "lv0", "--type", "striped", "--stripes", "2"]);
      machine.restart();
      return machine;
    },
    act: (machine) => change(machine, ["convert", "--name", "lv0", "--abort"]),
    steps: 25,
  },
  {
    name: "what has become a raid5 is no longer what it was",
    base: async () => {
      const machine = await withLvs(4);
      await change(machine, ["convert", "--name", "lv0", "--type", "raid5", "--stripes", "2"]);
      rebuild(machine);
      return machine;
    },
    act: (machine) => change(machine, ["convert", "--name", "lv0", "--finish"]),
    steps: 25,
  },
  {
    name: "a raid5 that has moved leaves where it was",
    base: async () => {
      const machine = await withRaid5();
      await moveRaid5(machine);
      rebuild(machine);
      return machine;
    },
    act: (machine) => change(machine, ["move", "--name", "r", "--finish"]),
    steps: 25,
  },
  {
    name: "an LV grows that becomes a raid5, and so does what it becomes",
    base: async () => {
      const machine = await withLvs(4);
      await change(machine, ["convert", "--name", "lv0", "--type", "raid5", "--stripes", "2"]);
      machine.restart();
      return machine;
    },
    act: (machine) =>
      change(machine, ["extend-lv", "--name", "lv0", "--size", "+512k", "--policy", "anywhere"]),
    steps: 25,
  },
  {
    name: "a raid5 is made while another grows",
    base: withRaid5,
    act: (machine) => {
      const changes = [
        { verb: "create-lv", name: "new", size: "512k", type: "raid5", stripes: 2 },
        { verb: "extend-lv", name: "r", size: "+1M" },
      ];
      machine.files.set("changes", Buffer.from(JSON.stringify({ changes })));
      return change(machine, ["batch", "changes"]);
    },
    steps: 40,
  },
  {
    name: "a stale leg of a raid5 gets a new one in its place",
    base: async () => {
      const machine = await withRaid5();
      await change(machine, ["leg-state", "--leg", "r/1", "--state", "stale"]);
      machine.restart();
      return machine;
    },
    act: (machine) => change(machine, ["repair", "--name", "r"]),
    steps: 20,
  },
  {
    name: "rename",
    base: withLvs,
    act: (machine) => change(machine, ["rename-vg", "--to", "other"]),
    steps: 30,
  },
  {
    name: "expand by two",
    base: async () => {
      const machine = await withLvs();
      for (const n of [3, 4]) machine.disk(diskPath(n), 6 * 2 ** 20);
      return machine;
    },
    act: (machine) => expand(machine, [diskPath(3), diskPath(4)]),
    steps: 60,
  },
  {
    name: "reduce",
    base: () => withLvs(4),
    act: async (machine) => reduce(machine, [await idAt(machine, diskPath(3))]),
    steps: 30,
  },
  {
    name: "restore of a removed LV",
    base: async () => {
      const machine = await withLvs();
      await change(machine, ["remove-lv", "--name", "lv1"]);
      return machine;
    },
    act: async (machine) => restore(machine, (await history(machine)).states[1]?.txid ?? 0),
    steps: 20,
  },
  {
    name: "update that makes an LV where others were",
    base: async () => {
      const machine = await withLvs();
      await fill(machine, "lv1", "lv1's");
      await change(machine, ["remove-lv", "--name", "lv1"]);
      machine.restart();
      return machine;
    },
    act: async (machine) => {
      const pv = await idAt(machine, diskPath(0));
      return change(machine, ["create-lv", "--name", "new", "--extents", "100%FREE", "--pv", pv]);
    },
    steps: 30,
    claims: true,
  },
  {
    name: "a live raid5 begins to move",
    base: withRaid5,
    act: moveRaid5,
    steps: 40,
  },
  {
    name: "a raid5 that was to move stays where it is",
    base: async () => {
      const machine = await withRaid5();
      await moveRaid5(machine);
      machine.restart();
      return machine;
    },
    act: (machine) => change(machine, ["move", "--name", "r", "--abort"]),
    steps: 25,
  },
  {
    name: "a raid6 and a raid10 are made together",
    base: () => withLvs(5),
    act: (machine) => {
      const changes = [
        { verb: "create-lv", name: "six", size: "512k", type: "raid6", stripes: 3 },
        { verb: "create-lv", name: "ten", size: "512k", type: "raid10", stripes: 2, mirrors: 1 },
      ];
      machine.files.set("changes", Buffer.from(JSON.stringify({ changes })));
      return change(machine, ["batch", "changes"]);
    },
    steps: 50,
  },
];

const manyChanges = {
  changes: [
    { verb: "create-lv", name: "new", size: "1M", type: "striped", stripes: 2 },
    { verb: "remove-lv", name: "lv1" },
    { verb: "rename-lv", name: "lv0", to: "lv1" },
  ],
};

async function withLvs(disks = 3): Promise<Machine> {
  const machine = await machineWithVg({ disks });
  const pv = await idAt(machine, diskPath(0));
  for (const name of ["lv0", "lv1"]) await createLv(machine, name, "1M", "--pv", pv);
  machine.restart();
  return machine;
}

async function withRaid5(): Promise<Machine> {
  const machine = await withLvs(4);
  const raid5 = ["--name", "r", "--size", "1M", "--type", "raid5", "--stripes", "2"];
  await change(machine, ["create-lv", ...raid5]);
  machine.restart();
  return machine;
}

async function moveRaid5(machine: Machine): Promise<unknown> {
  return change(machine, ["move", "--name", "r", "--from", await idAt(machine, diskPath(3))]);
}

/** The kernel has copied all that was to be copied. */
function rebuild(machine: Machine): void {
  machine.restart();
  for (const { live } of machine.dmState.devices) if (live) live.rebuilt = true;
}

/** The VG as it reads under whichever name it has. */
const discovered = (machine: Machine) =>
  find(machine).catch(async () => {
    const { devices } = (await machine.call({ applet: "discover", verb: "list" })) as DiscoverList;
    const vg = devices[0]?.label?.vg.id;
    return machine.call({ applet: "discover", verb: "find", operands: { vg } }) as ReturnType<typeof find>;
  });

/** True for the old metadata with less of it in its list of freed extents. */
function isClaim(text: string, old: string): boolean {
  const [now, { freed: listed, ...before }] = [JSON.parse(text), JSON.parse(old)];
  const { freed, ...rest } = now;
  return JSON.stringify(rest) === JSON.stringify(before) && freed.length < listed.length;
}

/** What is listed as free was filled when it was freed, and is still. */
async function holdsWhatItLists(t: Test, machine: Machine, when: string): Promise<void> {
  const discovery = await discovered(machine);
  const { freed = [], vg } = await readMetadata(machine, { discovery });
  for (const { pv, start, length } of freed) {
    const device = discovery.devices.find(({ id }) => id === pv);
    for (let extent = start; device && extent < start + length; extent += 1) {
      const offset = (device.dataStart + extent * vg.extentSize) * 512;
      if (machine.disks.bytes(device.path)[offset] === 0) t.fail(`${when}: extent ${extent} was wiped`);
    }
  }
}

/** Regions, labels and device-mapper say the same, and nothing is left over. */
async function agrees(t: Test, machine: Machine, text: string, when: string): Promise<void> {
  const discovery = await discovered(machine);
  const verified = await verify(machine, { discovery });
  t.match(verified, { complete: true, state: "clean", strangers: [], problems: [] }, `${when}: whole`);
  t.equal(await readText(machine, { discovery }), text, `${when}: recovery decides as the readers did`);
  const metadata = await readMetadata(machine, { discovery });
  t.same(mappedButFree(metadata, discovery, machine.dmState), [], `${when}: nothing free is mapped`);
  t.same(unsettled(machine.dmState), [], `${when}: nothing is suspended or half loaded`);
  const { devices } = (await machine.call({ applet: "discover", verb: "list" })) as DiscoverList;
  const { name, generation } = verified.vg;
  const said = { name, generation, members: verified.members.length };
  for (const { path, label } of devices)
    if (label) t.match(label.vg, said, `${when}: the label of ${path} says so`);
  t.equal(devices.filter(({ label }) => label).length, said.members, `${when}: only members are labelled`);
}

for (const { name, base, act, steps, claims = false } of scenarios) {
  for (const how of ["killed", "powerless"] as const) {
    t.test(`${name}, ${how} before each step`, async (t) => {
      const start = await base();
      const old = await readText(start);
      const done = start.fork();
      await act(done);
      const next = await readText(done, { discovery: await discovered(done) });
      const chance = random(`${name} ${how}`);
      const seen = new Set<string>();
      const stride = how === "killed" ? KILLS : POWER_CUTS;
      let step = Math.floor(chance() * stride);
      for (; ; step += stride) {
        const machine = start.fork();
        machine.stepsLeft = step;
        if (!(await machine.dies(act))) break;
        if (how === "killed") machine.restart();
        else machine.cutPower(() => chance() < 0.5);
        const where = `after ${step} steps`;

        const text = await readText(machine, { discovery: await discovered(machine) });
        seen.add(text);
        if (claims) await holdsWhatItLists(t, machine, where);
        const isKnown = text === old || text === next || (claims && isClaim(text, old));
        if (!isKnown) t.fail(`${where}: neither the old nor the new metadata`);
        await recover(machine, {}, { discovery: await discovered(machine) });
        await agrees(t, machine, text, where);
        machine.restart();
        const again = await recover(machine, {}, { discovery: await discovered(machine) });
        t.match(again, { found: "clean", summary: [] }, `${where}: a second recovery has nothing to do`);
        const written = machine.steps.filter((step) => !step.startsWith("flush"));
        t.same(written, [], `${where}: and writes nothing`);
        if (step % 8 < stride) {
          const discovery = await discovered(machine);
          await change(machine, ["create-lv", "--name", "later", "--size", "512k"], { discovery });
        }
      }
      t.ok(step >= steps, `${step} steps`);
      if (claims)
        t.equal(seen.size, 3, "some were undone, some were finished, some got no further than the claim");
      else if (old !== next) t.same(seen, new Set([old, next]), "some were undone, some were finished");
      t.comment(`states ${name}, ${how}: ${step}`);
    });
  }
}

t.test("recovery itself is killed", async (t) => {
  let pairs = 0;
  for (const { name, base, act, claims } of scenarios) {
    // Two transactions, each as that of another scenario.
    if (claims) continue;
    const start = await base();
    for (let step = 1; ; step += INTERRUPTED) {
      const interrupted = start.fork();
      interrupted.stepsLeft = step;
      if (!(await interrupted.dies(act))) break;
      interrupted.restart();
      const text = await readText(interrupted, { discovery: await discovered(interrupted) });
      for (let inRecovery = 0; ; inRecovery += 1) {
        const machine = interrupted.fork();
        machine.stepsLeft = inRecovery;
        const died = await machine.dies(async () =>
          recover(machine, {}, { discovery: await discovered(machine) }),
        );
        if (!died) break;
        machine.restart();
        await recover(machine, {}, { discovery: await discovered(machine) });
        await agrees(t, machine, text, `${name}, after ${step}, recovery after ${inRecovery}`);
        pairs += 1;
      }
    }
  }
  t.ok(pairs > orNightly(50, 100), `${pairs} pairs`);
  t.comment(`states recovery killed too: ${pairs}`);
});

t.test("what a person decided is begun again after it was killed", async (t) => {
  const start = await withLvs(3);
  const lost = await idAt(start, diskPath(2));
  const away = start.unplug(diskPath(2));
  const old = await readText(start, { options: { partial: true } });

  let states = 0;
  for (let step = 0; ; step += 1, states += 1) {
    const machine = start.fork();
    machine.stepsLeft = step;
    if (!(await machine.dies(() => goWithout(machine, [lost])))) break;
    machine.restart();
    const text = await readText(machine, { options: { partial: true } });
    const members = (await verify(machine).catch(({ output }) => output)).members.length;
    if (text === old) {
      t.equal(members, 3, `without, after ${step}: still the old members`);
      await goWithout(machine, [lost]);
    } else await recover(machine);
    t.match(await verify(machine), { complete: true, members: { length: 2 } });
    await agrees(t, machine, await readText(machine), `without, after ${step}`);
  }

  const gone = start.fork();
  await goWithout(gone, [lost]);
  await createLv(gone, "meanwhile", "512k");
  gone.disk(diskPath(2), away);
  gone.restart();
  for (let step = 0; ; step += 1, states += 1) {
    const machine = gone.fork();
    machine.stepsLeft = step;
    if (!(await machine.dies(() => recover(machine, { resync: [lost] })))) break;
    machine.restart();
    const { state } = await verify(machine);
    if (state !== "clean") await recover(machine);
    await recover(machine, { resync: [lost] });
    t.match(await verify(machine), { members: { length: 3 }, strangers: [] });
    await agrees(t, machine, await readText(gone), `resync, after ${step}`);
  }
  t.comment(`states of decisions: ${states}`);
});

t.test("a device goes on being lost while an update was interrupted", async (t) => {
  let states = 0;
  for (const regionsOn of [2, 3]) {
    const start = await machineWithVg({ disks: 3, regionsOn });
    const pv = await idAt(start, diskPath(2));
    await createLv(start, "lv0", "1M", "--pv", pv);
    start.restart();
    const old = await readText(start);
    const update = (machine: Machine) => change(machine, ["extend-lv", "--name", "lv0", "--size", "+1M"]);
    for (let step = 0; ; step += 1) {
      const interrupted = start.fork();
      interrupted.stepsLeft = step;
      if (!(await interrupted.dies(update))) break;
      interrupted.restart();
      for (const n of [0, 1]) {
        const machine = interrupted.fork();
        const lost = await idAt(machine, diskPath(n));
        machine.unplug(diskPath(n));
        const where = `${regionsOn} regions, after ${step} steps, without ${diskPath(n)}`;
        const text = await readText(machine, { options: { partial: true } });
        await goWithout(machine, [lost]);
        await agrees(t, machine, await readText(machine), where);
        const length = lengthOf({
          segments: (await readMetadata(machine)).lvs[0]?.segments ?? [],
        });
        t.equal(length, text === old ? 2 : 4, `${where}: what was decided is kept`);
        t.match(await recover(machine), { found: "clean", summary: [] }, `${where}: nothing is left`);
        states += 1;
      }
    }
  }
  t.comment(`states of an update interrupted, and a device lost: ${states}`);
});
