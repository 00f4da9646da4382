/** A machine in memory boots: `dvm boot` as scripts and units call it. */
import t from "tap";
import { DvmError } from "../../../src/core/base/error.ts";
import { release, vgToGive, vgToTake } from "../../lib/lvm2-vg.ts";
import type { Machine } from "../../lib/machine.ts";
import {
  change,
  createLv,
  diskPath,
  find as findIn,
  idAt,
  machineWithVg,
  readMetadata,
} from "../../lib/vg.ts";

interface Call {
  readonly what?: "scan" | "arrive" | "stop";
  readonly device?: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

/** A process of its own. @returns what people are told, the failure last */
async function boot(machine: Machine, { what = "scan", device, options = {} }: Call = {}): Promise<string> {
  machine.restart();
  const call = { applet: "dvm", verb: "boot", operands: { what, device }, options };
  const failure = await machine.call(call).then(
    () => [],
    (thrown) => {
      if (!(thrown instanceof DvmError) || thrown.code === "BUG") throw thrown;
      return [`${thrown.message} [${thrown.code}]`];
    },
  );
  return [...machine.warnings, ...failure].join("\n");
}

/** Power off, and on. */
function restart(machine: Machine): void {
  machine.cutPower(() => false);
  machine.boot.notes.clear();
  machine.boot.nowMs = 1000;
}

/** LVs that are live, read-only ones with a mark. */
const live = ({ dmState }: Machine): string[] =>
  dmState.devices
    .filter(({ uuid, name }) => uuid.length === 68 && !/_r(image|meta)_/.test(name))
    .map(({ name, readOnly }) => `${name}${readOnly ? " (ro)" : ""}`)
    .sort();

/** VG "vg" on disks a, b…: a raid1 LV on the first two, a linear one on the last of them. */
async function machineToBoot(disks: number): Promise<Machine> {
  const machine = await machineWithVg({ disks });
  await createLv(machine, "root", "1M", "--mirrors", "1");
  await createLv(machine, "data", "1M", "--pv", await idAt(machine, diskPath(disks - 1)));
  restart(machine);
  return machine;
}

t.test("whole: up at once, once, without a word", async (t) => {
  const machine = await machineToBoot(2);
  t.equal(await boot(machine), "");
  t.strictSame(live(machine), ["vg-data", "vg-root"]);
  const call = { applet: "dvm", verb: "deactivate", operands: { vg: "vg", lv: ["data"] } };
  await machine.call(call);
  t.equal(await boot(machine), "");
  t.equal(await boot(machine, { what: "arrive", device: diskPath(0) }), "");
  t.strictSame(live(machine), ["vg-root"], "what was taken down stays down");
  t.equal(await boot(machine, { what: "stop" }), "");
  t.strictSame(live(machine), []);
});

t.test("half of two is there: waited for, then read-only, and whole when it comes", async (t) => {
  const machine = await machineToBoot(2);
  const before = await readMetadata(machine);
  const away = machine.unplug(diskPath(0));
  t.equal(await boot(machine), "");
  t.strictSame(live(machine), ["vg-data"], "what is whole comes up at once");
  t.strictSame(machine.boot.timers, [30]);
  const due = [...machine.boot.notes].find(([name]) => name.startsWith("due-"));
  t.strictSame(due?.[1], "31\n");
  machine.boot.nowMs = 31_000;
  t.match(
    await boot(machine),
    /^VG vg: LV root is up read-only, .*or dvm deactivate vg root, dvm recover vg --without missing, dvm/,
  );
  t.strictSame(live(machine), ["vg-data", "vg-root (ro)"]);
  t.same(await readMetadata(machine, { options: { partial: true } }), before, "nothing was written");
  t.equal(await boot(machine), "", "and it is told once");
  t.equal(
    [...machine.boot.notes].some(([name]) => name.startsWith("due-")),
    false,
    "nothing waits any more",
  );
  machine.disk(diskPath(0), away);
  t.equal(await boot(machine, { what: "arrive", device: diskPath(0) }), "");
  t.strictSame(live(machine), ["vg-data", "vg-root"]);
});

t.test("what the advice names makes it writable", async (t) => {
  const machine = await machineToBoot(2);
  machine.unplug(diskPath(0));
  await boot(machine, { options: { degraded: true } });
  t.strictSame(live(machine), ["vg-data", "vg-root (ro)"]);
  const dvm = { applet: "dvm", options: {} };
  const root = { vg: "vg", lv: ["root"] };
  await machine.call({ ...dvm, verb: "deactivate", operands: root });
  await machine.call({ ...dvm, verb: "recover", operands: { vg: "vg" }, options: { without: ["missing"] } });
  await machine.call({ ...dvm, verb: "activate", operands: root, options: { degraded: true } });
  t.strictSame(live(machine), ["vg-data", "vg-root"]);
});

t.test(
  "most of three is there: on without the other, by a transaction; it comes back too late",
  async (t) => {
    const machine = await machineToBoot(3);
    const away = machine.unplug(diskPath(0));
    t.equal(await boot(machine, { options: { grace: "5" } }), "");
    machine.boot.nowMs = 6000;
    t.match(
      await boot(machine, { options: { grace: "5" } }),
      /^VG vg goes on without PV [0-9a-f]{32}, from transaction \d+ of 20/,
    );
    t.strictSame(live(machine), ["vg-data", "vg-root"]);
    restart(machine);
    t.equal(await boot(machine), "", "from now on there is nothing to decide");
    t.strictSame(live(machine), ["vg-data", "vg-root"]);
    restart(machine);
    machine.disk(diskPath(0), away);
    await boot(machine);
    t.strictSame(live(machine), ["vg-data", "vg-root"], "what came back is not read");
    const [leg] = machine.dmState.devices.filter(({ name }) => name === "vg-root");
    t.match(leg?.live?.lines[0]?.params, /- - /);
  },
);

t.test("on encrypted disks: while one of them is closed nobody goes on without it", async (t) => {
  for (const isEncrypted of [true, false]) {
    const machine = await machineToBoot(3);
    const opened = { dmUuid: "CRYPT-LUKS2-x", below: () => [{ name: "sda" }] };
    const unlock = (path: string) => isEncrypted && machine.describe(path, opened);
    for (const disk of [0, 1, 2]) unlock(diskPath(disk));
    const away = machine.unplug(diskPath(0));
    machine.disk("/dev/closed", 1 << 20);
    machine.describe("/dev/closed", { fsType: "crypto_LUKS" });
    t.equal(await boot(machine), "");
    machine.boot.nowMs = 61_000;
    const said = await boot(machine);
    if (!isEncrypted) {
      t.match(said, /^VG vg goes on without PV/, "what is closed is nobody's business of this VG");
      continue;
    }
    t.equal(said, "");
    t.strictSame(live(machine), ["vg-data"], "it is waited for");
    machine.disk(diskPath(0), away);
    unlock(diskPath(0));
    machine.describe("/dev/closed", { holders: [{ name: "dm-0", dmUuid: opened.dmUuid }] });
    t.equal(await boot(machine, { what: "arrive", device: diskPath(0) }), "");
    t.strictSame(live(machine), ["vg-data", "vg-root"]);
    restart(machine);
    machine.unplug(diskPath(0));
    machine.boot.nowMs = 1000;
    await boot(machine);
    machine.boot.nowMs = 32_000;
    t.match(await boot(machine), /^VG vg goes on without PV/, "none is closed any more");
  }
});

t.test("what the administrator has decided", async (t) => {
  for (const [line, wanted] of [
    ["rd.dvm.degraded=1", ["vg-data", "vg-root"]],
    ["rd.dvm.degraded=readonly", ["vg-data", "vg-root (ro)"]],
    ["rd.dvm.degraded=never", ["vg-data"]],
  ] as const) {
    const machine = await machineToBoot(2);
    machine.unplug(diskPath(0));
    machine.boot.line = line;
    const said = await boot(machine, { options: { degraded: true } });
    t.strictSame(live(machine), wanted, said);
    if (line.endsWith("never"))
      t.match(said, /LV root lacks PV .*, and is not to run without \[INCOMPLETE\]$/);
  }
});

t.test("both halves went on alone: refused, with what to type", async (t) => {
  const machine = await machineToBoot(2);
  machine.boot.line = "rd.dvm.degraded=1";
  const other = machine.fork();
  other.boot.line = machine.boot.line;
  other.diverge();
  machine.unplug(diskPath(0));
  other.unplug(diskPath(1));
  t.match(await boot(machine, { options: { degraded: true } }), /goes on without/);
  t.match(await boot(other, { options: { degraded: true } }), /goes on without/);
  machine.disk(diskPath(0), other.unplug(diskPath(0)));
  restart(machine);
  t.match(await boot(machine), /changed apart .*: dvm recover vg --choose \S+, or .* \[OUT_OF_SYNC\]$/);
  t.strictSame(live(machine), []);
});

t.test("the memory of a crashed kernel is saved: nothing is written", async (t) => {
  const machine = await machineToBoot(3);
  machine.unplug(diskPath(0));
  machine.boot.crashed = true;
  await boot(machine, { options: { degraded: true } });
  t.strictSame(live(machine), ["vg-data", "vg-root (ro)"]);
});

t.test("a VG of LVM2 in an initramfs: what the command line names of it", async (t) => {
  const rows = [
    ["", true, []],
    ["root=UUID=12", true, []],
    ["root=/dev/vg/a", true, ["vg-a"]],
    ["root=/dev/vg/a", false, []],
    ["root=/dev/mapper/vg-a rd.dvm.lv=vg/m", true, ["vg-a", "vg-m"]],
    ["rd.lvm.lv=vg/m", true, ["vg-m"]],
    ["rd.lvm.lv=vg/m rd.lvm=0", true, []],
    ["rd.lvm.vg=vg", true, ["vg-x"]],
    ["rd.dvm.vg=vg", true, ["vg-x"]],
    ["rd.lvm.vg=other rd.lvm.lv=vg/none", true, []],
    ["root=/dev/vg/a rd.dvm=0", true, []],
  ] as const;
  const taken = await vgToGive();
  await createLv(taken, "x", "512k");
  await taken.call({ applet: "dvm", verb: "deactivate", operands: { vg: "vg" } });
  await release(taken);
  for (const [line, initramfs, wanted] of rows) {
    const machine = taken.fork();
    machine.boot.initramfs = initramfs;
    machine.boot.line = line;
    t.equal(await boot(machine), "", line);
    t.strictSame(live(machine), wanted, line);
  }
  const itself = taken.fork();
  Object.assign(itself.boot, { initramfs: true, line: "root=/dev/vg/a" });
  itself.boot.devices.set("/sbin/lvm", new Uint8Array());
  await boot(itself);
  t.strictSame(live(itself), [], "lvm2 is there and does it");
});

t.test("a VG of LVM2: once, late, and without a leg", async (t) => {
  const machine = await vgToTake();
  Object.assign(machine.boot, { initramfs: true, line: "root=/dev/vg/m rd.lvm.lv=vg/a" });
  await boot(machine);
  t.strictSame(live(machine), ["vg-a", "vg-m"]);
  await machine.call({ applet: "dvm", verb: "deactivate", operands: { vg: "vg", lv: ["a"] } });
  t.equal(await boot(machine), "");
  t.strictSame(live(machine), ["vg-m"], "what was taken down stays down");
  restart(machine);
  const away = machine.unplug(diskPath(0));
  t.equal(await boot(machine), "");
  t.strictSame(live(machine), [], "it is waited for");
  t.strictSame(machine.boot.timers?.at(-1), 30);
  machine.disk(diskPath(0), away);
  t.equal(await boot(machine), "");
  t.strictSame(live(machine), ["vg-a", "vg-m"]);
  for (const [policy, wanted] of [
    ["", ["vg-m"]],
    [" rd.dvm.degraded=never", []],
  ] as const) {
    restart(machine);
    machine.boot.line = `root=/dev/vg/m rd.lvm.lv=vg/a${policy}`;
    const third = machine.unplug(diskPath(2));
    await boot(machine);
    machine.unplug(diskPath(0));
    machine.boot.nowMs = 31_000;
    t.equal(await boot(machine), "", "counted from the last arrival");
    machine.boot.nowMs = 61_000;
    t.match(await boot(machine), /vg\/a of LVM2: .*\[INCOMPLETE\]$/s);
    t.strictSame(live(machine), wanted, "the grace time is over");
    t.equal(await boot(machine), "", "it is told once");
    machine.disk(diskPath(0), away);
    machine.disk(diskPath(2), third);
  }
});

t.test("a VG of LVM2 whose devices arrive one by one, or late", async (t) => {
  const machine = await vgToTake();
  Object.assign(machine.boot, { initramfs: true, line: "root=/dev/vg/m" });
  const paths = [0, 1, 2].map(diskPath);
  const away = paths.map((path) => machine.unplug(path));
  restart(machine);
  for (const [n, path] of paths.entries()) {
    machine.disk(path, away[n] as Buffer);
    t.strictSame(live(machine), [], "it is waited for");
    t.equal(await boot(machine, { what: "arrive", device: path }), "");
  }
  t.strictSame(live(machine), ["vg-m"], "with the last one");
  restart(machine);
  machine.boot.nowMs = 62_000;
  machine.boot.notes.set("lvm2-since", "3 1000");
  t.equal(await boot(machine, { what: "arrive", device: diskPath(1) }), "");
  t.strictSame(live(machine), ["vg-m"]);
  t.notMatch(JSON.stringify(machine.dmState), "- -", "with all legs, though the grace time is over");
});

t.test("a VG of LVM2 with a hibernated system: nothing but that", async (t) => {
  const machine = await vgToTake();
  Object.assign(machine.boot, { initramfs: true, line: "root=/dev/vg/m resume=/dev/vg/a" });
  const swap = Buffer.alloc(4096);
  swap.write("S1SUSPEND", 4086, "latin1");
  machine.boot.devices.set("/dev/mapper/vg-a", swap);
  await boot(machine);
  t.strictSame(live(machine), ["vg-a"]);
  machine.boot.devices.set("/dev/mapper/vg-a", Buffer.alloc(4096));
  await boot(machine);
  t.strictSame(live(machine), ["vg-a", "vg-m"]);
});

t.test("in an initramfs", async (t) => {
  const machine = await machineToBoot(3);
  machine.unplug(diskPath(0));
  machine.boot.initramfs = true;
  machine.boot.line = "root=/dev/vg/data rd.dvm=0";
  await boot(machine, { options: { degraded: true } });
  t.strictSame(live(machine), [], "switched off");
  machine.boot.line = "root=/dev/mapper/vg-data";
  t.equal(await boot(machine, { options: { degraded: true } }), "");
  t.strictSame(live(machine), ["vg-data"], "what is not root waits for the system");
  machine.boot.initramfs = false;
  await boot(machine, { options: { degraded: true } });
  t.strictSame(live(machine), ["vg-data", "vg-root"]);

  const chosen = await machineToBoot(2);
  chosen.boot.initramfs = true;
  chosen.boot.line = "rd.dvm.lv=vg/data root=UUID=0";
  await boot(chosen);
  t.strictSame(live(chosen), ["vg-data"]);
});

t.test("a hibernated system is woken before anything else", async (t) => {
  const machine = await machineToBoot(2);
  machine.boot.initramfs = true;
  machine.boot.line = "root=/dev/vg/root resume=/dev/vg/data";
  const swap = Buffer.alloc(4096);
  machine.boot.devices.set("/dev/mapper/vg-data", swap);
  swap.write("S1SUSPEND\0", 4086);
  t.equal(await boot(machine), "");
  t.strictSame(live(machine), ["vg-data"]);
  t.equal(machine.boot.notes.get("resume"), "253:7");
  swap.write("SWAPSPACE2", 4086);
  t.equal(await boot(machine), "");
  t.strictSame(live(machine), ["vg-data", "vg-root"]);
  t.equal(machine.boot.notes.has("resume"), false);

  const lost = await machineToBoot(3);
  lost.boot.initramfs = true;
  lost.boot.line = "root=/dev/vg/root resume=/dev/other/swap";
  lost.unplug(diskPath(0));
  await boot(lost);
  t.strictSame(live(lost), [], "where it may be is waited for");
  await boot(lost, { options: { degraded: true } });
  t.strictSame(live(lost), ["vg-data", "vg-root (ro)"], "and then nothing is written");
});

t.test("an interrupted transaction is finished when all are there", async (t) => {
  const machine = await machineToBoot(2);
  const { length } = (await readMetadata(machine)).lvs;
  // Between the superblocks of the two regions.
  let steps = 0;
  for (;;) {
    const twin = machine.fork();
    twin.stepsLeft = steps;
    const died = await twin.dies((each) => createLv(each, "new"));
    if (!died) return t.fail("no state between");
    steps += 1;
    twin.restart();
    const verify = { applet: "tm", verb: "verify", stdin: await findIn(twin) };
    const { state } = (await twin.call(verify)) as { state: string };
    if (state !== "committing") continue;
    restart(twin);
    t.equal(await boot(twin), "");
    t.equal((await readMetadata(twin)).lvs.length, length + 1);
    t.equal(((await twin.call(verify)) as { state: string }).state, "clean");
    return;
  }
});

t.test("bad calls", async (t) => {
  const machine = await machineToBoot(2);
  t.match(await boot(machine, { what: "arrive" }), /USAGE/);
  t.match(await boot(machine, { device: diskPath(0) }), /USAGE/);
  t.match(await boot(machine, { options: { grace: "soon" } }), /USAGE/);
  t.match(
    await boot(machine, { options: { for: "/dev/vg/none" } }),
    /\/dev\/vg\/none is not there \[NOT_FOUND\]/,
  );
  machine.boot.devices.set("/dev/vg/root", Buffer.alloc(0));
  t.equal(await boot(machine, { options: { for: "/dev/vg/root" } }), "");
  machine.boot.line = "rd.dvm.grace=x";
  t.equal(await boot(machine), "kernel command line: rd.dvm.grace=x makes no sense");
  t.equal(await boot(machine), "");
});

t.test("a rescue image: what writes nothing comes up, the rest when the command line names it", async (t) => {
  const machine = await machineToBoot(3);
  await createLv(machine, "striped", "2M", "--stripes", "2");
  await change(machine, ["snapshot", "--origin", "data", "--name", "snap", "--size", "1M"]);
  restart(machine);
  machine.config = { ...machine.config, boot: { rescue: true } };
  machine.boot.initramfs = true;
  machine.boot.line = "rd.dvm.degraded=writable";
  const before = await readMetadata(machine);
  t.equal(await boot(machine), "");
  t.strictSame(live(machine), ["vg-striped"], "neither raid nor a snapshot and its origin");

  machine.boot.line += " rd.dvm.lv=vg/root";
  const away = machine.unplug(diskPath(0));
  restart(machine);
  t.match(await boot(machine, { options: { degraded: true } }), /LV root is up read-only/);
  t.strictSame(live(machine), ["vg-root (ro)"]);
  machine.disk(diskPath(0), away);
  t.strictSame(await readMetadata(machine), before, "and no transaction is made");
});
