/**
 * A VG changes hands while its LVs are live: they stay as they are, under LVM2's names, until they have been
 * down once; what would be wrong then is refused before anything is written.
 */
import t from "tap";
import { toDvmError } from "../../../src/core/base/error.ts";
import { refuseUnfitLive } from "../../../src/core/dvm/adopt-live.ts";
import { desiredOf, findLv, refuseLive } from "../../../src/core/dvm/open-lv.ts";
import type { Candidate } from "../../../src/core/port/scanner.ts";
import type { Sys } from "../../../src/core/port/sys.ts";
import type { Discovery, DmDevice, Metadata, Report } from "../../../src/schema/index.ts";
import { adopt, release, vgToTake } from "../../lib/lvm2-vg.ts";
import { lvm2View } from "../../lib/lvm2-view.ts";
import type { Machine } from "../../lib/machine.ts";
import { change, createLv, find, readMetadata } from "../../lib/vg.ts";

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

t.test("they go down before the machine does, and those of LVM2 stay", async (t) => {
  const machine = await liveVg();
  const stop = () => machine.call({ applet: "dvm", verb: "boot", operands: { what: "stop" } });
  await stop();
  t.strictSame(live(machine), AS_LVM2, "LVM2's are LVM2's");
  await adopt(machine);
  await stop();
  t.strictSame(live(machine), []);
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

/** A machine that shows these block devices beside the disks that it has. */
function showing(machine: Machine, candidates: readonly Partial<Candidate>[]): Sys {
  const sys = machine.sys();
  const all = candidates.map(
    (each) => ({ aliases: [], dev: null, holders: [], ...each }) as unknown as Candidate,
  );
  const named = (paths: readonly string[]) => all.filter(({ path }) => paths.includes(path));
  const scanner = {
    ...sys.scanner,
    scan: async () => all,
    look: async (paths: readonly string[]) => named(paths),
  };
  return { ...sys, scanner };
}

t.test("nobody writes to an LV without a kernel while LVM2's device for it is live", async (t) => {
  const machine = await liveVg();
  const { uuid = "" } = Object.values(machine.dmState.devices).find(({ name }) => name === "vg-a") ?? {};
  await adopt(machine);
  const metadata = await readMetadata(machine);
  const discovery = await find(machine);
  const lv = findLv(metadata, "a");
  const desired = await desiredOf(machine.sys(), { metadata, discovery, lv, write: true });
  await refuseLive(showing(machine, []), desired);
  const live = showing(machine, [{ path: "/dev/dm-0", dmUuid: uuid }]);
  await t.rejects(refuseLive(live, desired), { code: "IN_USE", message: /vg\/a is live as \/dev\/dm-0/ });
  const other = showing(machine, [{ path: "/dev/dm-0", dmUuid: uuid.replace(/.{32}$/, "x".repeat(32)) }]);
  await refuseLive(other, desired);
});

t.test("what the running machine stands on keeps its owner", async (t) => {
  const machine = await liveVg();
  const live = Object.values(machine.dmState.devices) as unknown as DmDevice[];
  const metadata = await readOwn(machine);
  const discovery = (await dvm(machine, "adopt", { vg: "vg" }, { "dry-run": true }).then((text) =>
    JSON.parse(String(text)),
  )) as Discovery;
  const path = "/dev/mapper/vg-a";
  const judge = (...candidates: Partial<Candidate>[]) =>
    refuseUnfitLive(showing(machine, candidates), { live, metadata, discovery });
  const crypt = { path: "/dev/dm-7", dmUuid: "CRYPT-LUKS2-x-root" };
  for (const mountedOn of ["/", "/boot", "/boot/efi", "/usr", "[SWAP]"]) {
    await t.rejects(judge({ path, mountedOn }), {
      code: "IN_USE",
      message: /vg-a is .*run this from a rescue system/,
    });
    await t.rejects(judge({ path, holders: [{ name: "dm-7" }] }, { ...crypt, mountedOn }), {
      code: "IN_USE",
    });
  }
  await judge({ path, mountedOn: "/srv" });
  await judge({ path, holders: [{ name: "dm-7" }] }, { ...crypt, mountedOn: "/home" });
  t.ok(await lvm2View(machine.disks, machine.paths, "vg"), "elsewhere it may be used");
});

async function readOwn(machine: Machine): Promise<Metadata> {
  const options = { own: true, devices: [...machine.paths] };
  const bytes = await machine.call({ applet: "lvm2", verb: "read", operands: { vg: "vg" }, options });
  return JSON.parse(String(bytes)) as Metadata;
}
