/**
 * Random documents, applied from nothing and from what the one before has left: the VG is what each says, a
 * plan tells beforehand what becomes of each LV, and a second time nothing is written.
 */
import t, { type Test } from "tap";
import { toDvmError } from "../../../src/core/base/error.ts";
import { arrived } from "../../../src/core/manip/compare/layout.ts";
import { allRuns, type Lv, lengthOf, ownLegsOf } from "../../../src/core/volume/model.ts";
import { kindOf } from "../../../src/core/volume/types/index.ts";
import type { Applied, Desired, DesiredLv, Metadata } from "../../../src/schema/index.ts";
import { Machine } from "../../lib/machine.ts";
import { orNightly } from "../../lib/nightly.ts";
import { random } from "../../lib/random.ts";
import { readMetadata } from "../../lib/vg.ts";

const MIB = 2 ** 20;
const PATHS = ["/dev/a", "/dev/b", "/dev/c", "/dev/d"];
const SETUP = { regionSize: "1M", extentSize: "512k" };

function machineWithDisks(): Machine {
  const machine = new Machine();
  for (const path of PATHS) machine.disk(path, 6 * MIB);
  return machine;
}

interface Wish {
  readonly allow?: readonly string[];
  readonly plan?: Applied;
}

const call = async (machine: Machine, verb: string, desired: Desired | undefined, wish: Wish = {}) => {
  machine.locks.drop();
  const { allow = [], plan } = wish;
  return (await machine.call({
    applet: "dvm",
    verb,
    operands: { desired },
    options: { json: true, allow, ...(plan && { plan }) },
  })) as Applied;
};

type Draw = (below: number) => number;

/** A document that the disks have room for. */
function drawn(draw: Draw): Desired {
  const names = ["a", "b", "c", "d", "e"].filter(() => draw(3) > 0);
  const disks = PATHS.slice(0, 2 + draw(3));
  const lvs = names.map((name): DesiredLv => {
    if (draw(5) === 0) return { name, absent: true };
    const layout = [{}, {}, { type: "linear" }, { mirrors: 1 }, { stripes: 2 }][draw(5)];
    return {
      name,
      ...(draw(8) === 0 ? { extents: "10%VG" } : { size: `${256 * (1 + draw(4))}k` }),
      ...layout,
      ...(draw(3) === 0 && { tags: ["x", "y"].filter(() => draw(2) === 0) }),
    };
  });
  return { vgs: [{ name: "vg", ...SETUP, devices: disks.map((path) => ({ path })), lvs }] };
}

/** How an LV differs from what was wanted; nothing when it does not. */
function wrong({ vg, pvs }: Metadata, lv: Lv | undefined, wanted: DesiredLv): string | undefined {
  if (wanted.absent) return lv ? "is there" : undefined;
  if (!lv) return "is not there";
  const length = lengthOf(lv) * vg.extentSize;
  const total = pvs.reduce((sum, { extents }) => sum + extents, 0);
  const size =
    wanted.size === undefined
      ? Math.floor(total / 10) * vg.extentSize
      : Number.parseInt(String(wanted.size), 10) * 2;
  const isPercent = wanted.size === undefined;
  if (isPercent ? length < size - vg.extentSize : Math.abs(length - size) > 2 * vg.extentSize)
    return `has ${length} sectors, not ${size}`;
  const type = wanted.type ?? (wanted["mirrors"] ? "raid1" : wanted["stripes"] ? "striped" : undefined);
  const [segment] = arrived(lv);
  if (type !== undefined && segment && kindOf(segment) !== type) return `is ${kindOf(segment)}`;
  if (wanted.tags && [...wanted.tags].sort().join() !== [...lv.tags].sort().join()) return "has other tags";
  return undefined;
}

/** Whether what the first extents of an LV lie on has stayed. */
const stays = (before: Lv, after: Lv | undefined): boolean => {
  const runs = new Set(after ? allRuns(after).map(({ pv, start }) => `${pv} ${start}`) : []);
  return allRuns(before).some(({ pv, start }) => runs.has(`${pv} ${start}`));
};

const contents = (machine: Machine) =>
  [
    ...machine.paths.map((path) => machine.disks.bytes(path)),
    Buffer.from(JSON.stringify(machine.dmState)),
  ].map((bytes) => Buffer.from(bytes));

async function applied(t: Test, machine: Machine, desired: Desired, name: string): Promise<boolean> {
  const before = await readMetadata(machine).catch(() => undefined);
  machine.restart();
  const untouched = contents(machine);
  let plan: Applied;
  try {
    plan = await call(machine, "plan", desired);
  } catch (thrown) {
    const { code } = toDvmError(thrown);
    if (!["NO_SPACE", "UNSUPPORTED"].includes(code)) throw thrown;
    const again = await call(machine, "apply", desired).catch((failure: unknown) => toDvmError(failure).code);
    t.equal(again, code, `${name}: apply is refused as the plan is`);
    t.ok(
      contents(machine).every((bytes, at) => bytes.equals(untouched[at] as Buffer)),
      `${name}: nothing is touched`,
    );
    return false;
  }
  const [vg] = plan.vgs;
  if (vg && vg.needs.length > 0) {
    const code = await call(machine, "apply", desired).catch((failure: unknown) => toDvmError(failure).code);
    t.equal(code, "WOULD_LOSE_DATA", `${name}: not without leave`);
  }
  t.ok(
    contents(machine).every((bytes, at) => bytes.equals(untouched[at] as Buffer)),
    `${name}: a plan is no more`,
  );
  const done = await call(machine, "apply", desired, { allow: vg?.needs ?? [] });
  t.equal(done.changed, plan.changed, `${name}: as planned`);
  const after = await readMetadata(machine);
  for (const lv of desired.vgs[0]?.lvs ?? [])
    t.equal(
      wrong(
        after,
        after.lvs.find((each) => each.name === lv.name),
        lv,
      ),
      undefined,
      `${name}: ${lv.name}`,
    );
  for (const { id, name: lv, verdict } of vg?.lvs ?? []) {
    const was = before?.lvs.find((each) => each.id === id);
    if (was && (verdict === "kept" || verdict === "grown"))
      t.ok(
        stays(
          was,
          after.lvs.find((each) => each.id === id),
        ),
        `${name}: ${lv} stays where it was`,
      );
  }
  for (const lv of before?.lvs ?? [])
    if (!desired.vgs[0]?.lvs?.some((each) => each.name === lv.name))
      t.ok(
        after.lvs.some(({ id }) => id === lv.id),
        `${name}: ${lv.name}, of which nothing was said, is there`,
      );
  machine.restart();
  const once = contents(machine);
  const twice = await call(machine, "apply", desired);
  t.equal(twice.changed, false, `${name}: a second time nothing changes`);
  t.same(
    machine.steps.filter((step) => !step.startsWith("flush")),
    [],
    `${name}: nor is anything written`,
  );
  t.ok(
    contents(machine).every((bytes, at) => bytes.equals(once[at] as Buffer)),
    `${name}: nor is any byte another`,
  );
  return true;
}

/** The kernel has copied what becomes another type, and tend ends that. */
async function arrive(machine: Machine): Promise<void> {
  const there = await readMetadata(machine).catch(() => undefined);
  if (!there) return;
  const { vg, lvs } = there;
  for (const lv of lvs.filter(({ work }) => work !== undefined)) {
    const device = machine.dmState.devices.find(({ name }) => name === `vg-${lv.name}`);
    const { length } = ownLegsOf(lv);
    const sectors = lengthOf(lv) * vg.extentSize;
    if (device)
      device.status = { 0: `raid1 ${length} ${"A".repeat(length)} ${sectors}/${sectors} idle 0 0 -` };
  }
  await machine.call({ applet: "dvm", verb: "tend", operands: { vg: "vg" } });
}

const COUNT = orNightly(8, 60);
const EACH = 4;

t.test("random documents", async (t) => {
  const counts = { applied: 0, refused: 0 };
  for (let seed = 0; seed < COUNT / EACH; seed += 1) {
    const next = random(`apply ${seed}`);
    const draw: Draw = (below) => Math.floor(next() * below);
    const machine = machineWithDisks();
    for (let step = 0; step < EACH; step += 1) {
      counts[(await applied(t, machine, drawn(draw), `${seed}.${step}`)) ? "applied" : "refused"] += 1;
      await arrive(machine);
      const { lvs = [] } = (await readMetadata(machine).catch(() => undefined)) ?? {};
      t.ok(
        lvs.every(({ work }) => work === undefined),
        `${seed}.${step}: what was to be copied is`,
      );
    }
  }
  t.ok(counts.applied > counts.refused, JSON.stringify(counts));
});

const policy = { replace: "free", extendBy: 30 } as const;
const wanted = (lvs: readonly DesiredLv[], disks: readonly string[] = PATHS.slice(0, 3)): Desired => ({
  vgs: [{ name: "vg", ...SETUP, policy, devices: disks.map((path) => ({ path })), lvs: [...lvs] }],
});
const FIRST = wanted([
  { name: "a", size: "1M" },
  { name: "b", size: "1M", mirrors: 1 },
]);
const SECOND = wanted(
  [
    { name: "a", size: "2M", tags: ["x"] },
    { name: "b", absent: true },
    { name: "c", size: "1M", stripes: 2 },
  ],
  PATHS,
);

/** Each kill takes a while: not every step, but in the end each kind of step. */
const STRIDE = orNightly(29, 5);

t.test("killed anywhere, the next apply ends it", async (t) => {
  const made = machineWithDisks();
  await call(made, "apply", FIRST);
  // What is not formatted may have been a VG whose metadata is lost.
  const wipe = PATHS.map((path) => `wipe:${path}`);
  let begun = 0;
  for (const { start, document, allow } of [
    { start: machineWithDisks(), document: FIRST, allow: wipe },
    { start: made, document: SECOND, allow: ["remove:vg/b"] },
  ])
    for (let steps = 0; ; steps += STRIDE) {
      const machine = start.fork();
      machine.restart();
      machine.stepsLeft = steps;
      const died = await machine.dies(() => call(machine, "apply", document, { allow }));
      machine.restart();
      if (!died) break;
      const planned = await call(machine, "plan", document, { allow }).catch(toDvmError);
      if ("message" in planned && planned.message.endsWith("was cut off: dvm apply begins anew")) begun += 1;
      await call(machine, "apply", document, { allow });
      const again = await call(machine, "apply", document);
      t.equal(again.changed, false, `killed after ${steps} steps`);
      const { lvs } = await readMetadata(machine);
      const names = (document.vgs[0]?.lvs ?? []).flatMap(({ name, absent }) => (absent ? [] : [name]));
      t.same(lvs.map(({ name }) => name).sort(), names);
      t.same(
        ((await machine.call({ applet: "discover", verb: "list" })) as { devices: unknown[] }).devices.length,
        document.vgs[0]?.devices?.length,
      );
    }
  t.ok(begun > 0, "some have to begin anew");
});

t.test("what is not so simple", async (t) => {
  const machine = machineWithDisks();
  const code = (verb: string, desired: Desired | undefined, wish?: Wish) =>
    call(machine, verb, desired, wish).then(
      ({ changed }) => changed,
      (thrown: unknown) => toDvmError(thrown).code,
    );
  const stale = await call(machine, "plan", FIRST);
  t.same(
    [stale.changed, stale.vgs[0]?.id, stale.vgs[0]?.lvs.map(({ verdict }) => verdict)],
    [true, null, ["new", "new"]],
  );
  await call(machine, "apply", FIRST);
  t.equal(await code("apply", undefined, { plan: stale }), "STALE", "a plan of a VG that was not there yet");

  const plan = await call(machine, "plan", SECOND);
  t.same(plan.vgs[0]?.needs, ["remove:vg/b"]);
  t.same(plan.vgs[0]?.added, ["/dev/d"]);
  t.ok(plan.vgs[0]?.plan?.commit.instructions.length, "programs for dm");
  const dumped = (await machine.call({ applet: "dvm", verb: "dump", operands: { vg: "vg" } })) as Desired;
  t.equal(await code("apply", dumped), false, "a dump of a VG is as the VG is");
  t.same(dumped.vgs[0]?.policy, policy);

  const other = wanted([{ name: "z", size: "512k" }]);
  t.equal(await code("apply", other), true);
  t.equal(
    await code("apply", undefined, { plan, allow: ["remove:vg/b"] }),
    "STALE",
    "the VG has changed since",
  );

  const signed = machine.disks.bytes("/dev/d");
  signed.write("LABELONE", 512);
  signed.write("LVM2 001", 512 + 24);
  const wider = wanted([], PATHS);
  t.equal(await code("apply", wider), "WOULD_LOSE_DATA", "something is on the disk");
  t.same((await call(machine, "plan", wider)).vgs[0]?.needs, ["wipe:/dev/d"]);
  const away = machine.unplug("/dev/c");
  t.equal(
    await code("apply", wider, { allow: ["wipe:/dev/d"] }),
    "INCOMPLETE",
    "nothing is added while a disk is away",
  );
  machine.disk("/dev/c", away);
  t.equal(await code("apply", wider, { allow: ["wipe:/dev/d"] }), true);
  machine.disks.alias("/dev/same", "/dev/d");
  t.equal(await code("apply", wanted([], ["/dev/d", "/dev/same"])), "BAD_INPUT", "one disk by two names");
  t.equal(await code("apply", wanted([], []), { allow: ["everything"] }), "USAGE");

  const two: Desired = {
    vgs: [{ name: "nowhere", lvs: [] }, ...wanted([{ name: "y", size: "512k" }], []).vgs],
  };
  t.equal(await code("apply", two), "NOT_FOUND", "one VG fails");
  t.ok(
    (await readMetadata(machine)).lvs.some(({ name }) => name === "y"),
    "the other goes on",
  );
});
