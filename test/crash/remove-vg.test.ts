/** A VG is taken apart: what is refused, and that the same call finishes what was killed at any step. */
import t from "tap";
import type { DiscoverList } from "../../src/schema/index.ts";
import type { Machine } from "../lib/machine.ts";
import { createLv, diskPath, machineWithVg } from "../lib/vg.ts";

const removeVg = (machine: Machine, options: object = {}, vg = "vg") =>
  machine.call({ applet: "dvm", verb: "remove-vg", operands: { vg }, options: { devices: [], ...options } });
const settle = (machine: Machine): Promise<unknown> =>
  machine.call({
    applet: "dvm",
    verb: "deactivate",
    operands: { vg: "vg", lv: [] },
    options: { devices: [] },
  });
const labelled = async (machine: Machine): Promise<number> =>
  ((await machine.call({ applet: "discover", verb: "list" })) as DiscoverList).devices.length;

t.test("killed at every step", async (t) => {
  const made = await machineWithVg();
  const whole = made.fork();
  t.equal(await removeVg(whole), "removed VG vg from 3 devices\n");
  const steps = whole.steps.length;
  t.ok(steps > 6, `${steps} steps`);
  for (let left = 0; left < steps; left += 1) {
    const machine = made.fork();
    machine.stepsLeft = left;
    t.ok(await machine.dies(removeVg), `dies before step ${left}`);
    machine.restart();
    if ((await labelled(machine)) > 0) await removeVg(machine);
    t.equal(await labelled(machine), 0, `step ${left}: the same call ends it`);
  }
});

t.test("killed while the labels are being marked, recover brings the VG back", async (t) => {
  const made = await machineWithVg();
  const machine = made.fork();
  machine.stepsLeft = 4;
  t.ok(await machine.dies(removeVg));
  machine.restart();
  await machine.call({ applet: "dvm", verb: "recover", operands: { vg: "vg" }, options: {} });
  await createLv(machine, "x");
});

t.test("what is refused, with nothing changed", async (t) => {
  const machine = await machineWithVg();
  await createLv(machine, "x");
  await createLv(machine, "y");
  const refused = async (options: object, code: string, message: RegExp) => {
    machine.restart();
    await t.rejects(removeVg(machine, options), { code, message });
    t.same(machine.steps, []);
  };
  const live = /VG vg is live as vg-x, vg-y: run dvm deactivate vg/;
  await refused({ force: true }, "IN_USE", live);
  await settle(machine);
  await refused({}, "WOULD_LOSE_DATA", /VG vg has 2 LVs \(x, y\): --force removes them with it/);
  t.equal(await removeVg(machine, { force: true }), "removed VG vg from 3 devices\n");
  await t.rejects(removeVg(machine), { code: "NOT_FOUND" });

  const lacking = await machineWithVg();
  lacking.unplug(diskPath(2));
  lacking.restart();
  await t.rejects(removeVg(lacking), {
    code: "INCOMPLETE",
    message: /which would keep the VG's label: --force/,
  });
  t.same(lacking.steps, []);
  t.equal(await removeVg(lacking, { force: true }), "removed VG vg from 2 devices\n");
});

t.test("a new VG over all devices of an old one of its name", async (t) => {
  const machine = await machineWithVg();
  const init = (devices: readonly string[], force: boolean) =>
    machine.call({
      applet: "dvm",
      verb: "init",
      operands: { vg: "vg", devices },
      options: { force, "region-size": 2048, "extent-size": 1024 },
    });
  const paths = [0, 1, 2].map(diskPath);
  await t.rejects(init(paths, false), {
    code: "EXISTS",
    message: /dvm remove-vg takes it apart, and --force/,
  });
  await t.rejects(init(paths.slice(1), true), { code: "EXISTS" }, "one would keep the old label");
  t.match(await init(paths, true), /VG vg: 3 devices/);
  t.equal(await labelled(machine), 3);
  await createLv(machine, "x");
});
