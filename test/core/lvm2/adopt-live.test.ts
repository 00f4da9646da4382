/**
 * A VG changes hands while its LVs are live: they stay as they are, under LVM2's names, until they have been
 * down once; what would be wrong then is refused before anything is written.
 */
import t from "tap";
import { toDvmError } from "../../../src/core/base/error.ts";
import type { Report } from "../../../src/schema/index.ts";
import { adopt, release, vgToTake } from "../../lib/lvm2-vg.ts";
import { lvm2View } from "../../lib/lvm2-view.ts";
import type { Machine } from "../../lib/machine.ts";
import { change, createLv, find } from "../../lib/vg.ts";

const dvm = (
  machine: Machine,
  verb: string,
  operands: Record<string, unknown>,
  options: object = {},
): Promise<unknown> =>
  machine.call({ applet: "dvm", verb, operands, options: { devices: [...machine.paths], ...options } });
const activate = (machine: Machine, ...lv: string[]) => dvm(machine, "activate", { vg: "vg", lv });
const deactivate = (machine: Machine, ...lv: string[]) => dvm(machine, "deactivate", { vg: "vg", lv });

/** Names of what is live, with who has made it. */
const live = ({ dmState }: Machine): string[] =>
  Object.values(dmState.devices)
    .map(({ name, uuid }) => `${uuid.slice(0, 3)} ${name}`)
    .sort();

async function states(machine: Machine): Promise<string> {
  const { rows } = (await dvm(machine, "report", { vg: "vg", what: "lv" }, { format: "json" })) as Report;
  return (rows as { name: string; state: string }[])
    .map(({ name, state }) => `${name} ${state}`)
    .sort()
    .join(", ");
}

/** LVM2's, with all of it live. */
async function liveVg(): Promise<Machine> {
  const machine = await vgToTake();
  await activate(machine, "a", "m");
  machine.restart();
  return machine;
}

const AS_LVM2 = [
  "LVM vg-a",
  "LVM vg-m",
  ...[0, 1].flatMap((n) => [`LVM vg-m_rimage_${n}`, `LVM vg-m_rmeta_${n}`]),
].sort();

t.test("LVs stay live, and are dvm's", async (t) => {
  const machine = await liveVg();
  t.strictSame(live(machine), AS_LVM2);
  const before = structuredClone(machine.dmState);
  await adopt(machine);
  t.strictSame(machine.dmState, before, "device-mapper is as it was");
  t.equal(await lvm2View(machine.disks, machine.paths, "vg"), undefined);
  t.equal((await find(machine)).vg.converting, undefined);
  t.equal(await states(machine), "a active, m active");
});

t.test("what is live is changed in place, and restacked once it was down", async (t) => {
  const machine = await liveVg();
  await adopt(machine);
  const fails = async (work: Promise<unknown>) =>
    toDvmError(
      await work.then(
        () => undefined,
        (thrown) => thrown,
      ),
    );
  await change(machine, ["extend-lv", "--name", "a", "--size", "+1M"]);
  await change(machine, ["extend-lv", "--name", "m", "--size", "+512k"]);
  t.strictSame(live(machine), AS_LVM2, "longer, and the same devices");
  await createLv(machine, "new");
  t.strictSame(live(machine), [...AS_LVM2, "DVM vg-new"].sort());
  for (const command of [
    ["snapshot", "--origin", "a", "--name", "s", "--size", "512k"],
    ["mirror", "--name", "m", "--mirrors", "0"],
  ]) {
    const { code, message } = await fails(change(machine, command));
    t.equal(code, "IN_USE", command.join(" "));
    t.match(
      message,
      /LV [am] is live as LVM2 made it, .*run dvm deactivate vg [am], then dvm activate vg [am], once/,
    );
  }
  t.equal(await states(machine), "a active, m active, new active");
  t.equal((await fails(release(machine))).code, "IN_USE", "what dvm has brought up LVM2 does not know");
  await deactivate(machine, "a");
  await activate(machine, "a");
  t.match(live(machine), ["DVM vg-a"]);
  await change(machine, ["snapshot", "--origin", "a", "--name", "s", "--size", "512k"]);
  t.equal(await states(machine), "a active, m active, new active, s active");
  await deactivate(machine);
  t.strictSame(live(machine), []);
});

t.test("an LV that is removed goes, whoever has made its devices", async (t) => {
  const machine = await liveVg();
  await adopt(machine);
  await change(machine, ["remove-lv", "--name", "m"]);
  t.strictSame(live(machine), ["LVM vg-a"]);
});

t.test("released while it is live it is LVM2's, who knows all of it", async (t) => {
  const machine = await liveVg();
  await adopt(machine);
  const before = structuredClone(machine.dmState);
  await release(machine);
  t.strictSame(machine.dmState, before);
  t.ok((await lvm2View(machine.disks, machine.paths, "vg"))?.whole);
  t.equal(await states(machine), "a active, m active");
  await deactivate(machine);
  t.strictSame(live(machine), [], "and it goes down as such");
});

t.test("a raid LV that has come to be under another name is released once it was down", async (t) => {
  const machine = await liveVg();
  await adopt(machine);
  await change(machine, ["rename-lv", "--name", "a", "--to", "b"]);
  t.match(live(machine), ["LVM vg-b", "LVM vg-m"]);
  await release(machine.fork());
  await change(machine, ["rename-lv", "--name", "m", "--to", "n"]);
  t.equal(await states(machine), "b active, n active");
  await t.rejects(release(machine), {
    code: "IN_USE",
    message: /would not know it again: run dvm deactivate vg$/,
  });
  await deactivate(machine);
  await release(machine);
  t.ok((await lvm2View(machine.disks, machine.paths, "vg"))?.whole);
});

t.test("what LVM2 would not make of the VG is refused", async (t) => {
  const machine = await liveVg();
  const device = Object.values(machine.dmState.devices).find(({ name }) => name === "vg-a");
  if (!device) throw new Error("vg-a is not live");
  device.suspended = true;
  const { steps } = machine;
  await t.rejects(adopt(machine), { code: "TABLES_DIFFER", message: /run dvm deactivate vg/ });
  t.strictSame(steps, [], "before anything is written");
  device.suspended = false;
  const { uuid } = device;
  device.uuid = device.uuid.replace(/.{32}$/, "x".repeat(32));
  await t.rejects(adopt(machine), { code: /TABLES_DIFFER|EXISTS/ });
  t.strictSame(steps, []);
  device.uuid = uuid;
  await deactivate(machine);
  await adopt(machine);
  t.ok(await find(machine), "and once it is down it is adopted");
});

t.test("devices of a copy that is LVM2's still are not the VG's", async (t) => {
  const machine = await liveVg();
  const copies = machine.paths.map((path) => Buffer.from(machine.disks.bytes(path)));
  await adopt(machine);
  await deactivate(machine);
  const originals = machine.paths.map((path) => machine.unplug(path));
  for (const [n, bytes] of copies.entries()) machine.disk(`/dev/copy${n}`, bytes);
  await activate(machine, "a", "m");
  t.strictSame(live(machine), AS_LVM2);
  for (const [n, bytes] of originals.entries()) machine.disk(`/dev/o${n}`, bytes);
  const own = { devices: originals.map((_, n) => `/dev/o${n}`) };
  const before = structuredClone(machine.dmState);
  await t.rejects(dvm(machine, "activate", { vg: "vg", lv: ["a"] }, own), { code: "EXISTS" });
  await dvm(machine, "deactivate", { vg: "vg", lv: [] }, own);
  t.strictSame(machine.dmState, before, "nobody's LVs are touched");
});
