/**
 * dvm import into a raid1 LV that a kernel has run, killed before each of its writes and flushes, or
 * powerless.
 */
import t from "tap";
import { decodeRaidSuperblock } from "../../src/core/dm/raid-superblock.ts";
import { dmUuid } from "../../src/core/dm/uuid.ts";
import { importLv } from "../../src/core/dvm/contents.ts";
import { simScanner } from "../../src/core/sim/sim-scanner.ts";
import type { DmState } from "../../src/schema/index.ts";
import { superblockBytes } from "../core/dm/raid-superblock-bytes.ts";
import { contents } from "../lib/lv-content.ts";
import type { Machine } from "../lib/machine.ts";
import { random } from "../lib/random.ts";
import { createLv, find, machineWithVg, readMetadata } from "../lib/vg.ts";

const MIB = 2 ** 20;

interface Area {
  readonly path: string;
  readonly start: number;
}

/** Where on the disks legs and raid metadata begin, in bytes. */
async function areasOf(machine: Machine): Promise<{ images: Area[]; metas: Area[] }> {
  const options = { metadata: await readMetadata(machine), discovery: await find(machine), paths: true };
  const { devices } = (await machine.call({ applet: "volactivate", verb: "desired", options })) as DmState;
  const those = (layer: string): Area[] =>
    devices
      .filter(({ name }) => name.includes(layer))
      .map(({ table }) => {
        const [path = "", sector] = table?.[0]?.params.split(" ") ?? [];
        return { path, start: Number(sector) * 512 };
      });
  return { images: those("-rimage_"), metas: those("-rmeta_") };
}

t.test("the power fails when an import is done", async (t) => {
  const content = Buffer.alloc(1 * MIB, "new");
  for (const [type, ...options] of [["linear"], ["striped", "--stripes", "2"], ["raid1", "--mirrors", "1"]]) {
    const machine = await machineWithVg({ disks: 2 });
    await createLv(machine, "lv0", "1M", "--type", type ?? "", "--inactive", ...options);
    machine.files.set("content", content);
    await machine.call({ applet: "dvm", verb: "import", operands: { lv: "vg/lv0", file: "content" } });
    machine.cutPower(() => true);
    const extents = await contents(machine);
    t.same(extents.length, type === "raid1" ? 4 : 2);
    for (const { index, text } of extents) t.match(text, /^[new]{64}$/, `${type}: extent ${index} is there`);
  }
});

t.test("what lies behind the end of an import stays", async (t) => {
  const machine = await machineWithVg({ disks: 1 });
  await createLv(machine, "lv0", "1M", "--inactive");
  const put = async (content: Buffer) => {
    machine.files.set("content", content);
    await machine.call({ applet: "dvm", verb: "import", operands: { lv: "vg/lv0", file: "content" } });
  };
  await put(Buffer.alloc(MIB, "o"));
  await put(Buffer.alloc(1000, "n"));
  const [path = ""] = machine.paths;
  const whole = Buffer.from("n".repeat(1000) + "o".repeat(MIB - 1000));
  t.ok(machine.disks.bytes(path).includes(whole), "new, and then what was there");
});

t.test("an LV that a kernel has live is not written beside it", async (t) => {
  const machine = await machineWithVg({ disks: 2 });
  await createLv(machine, "lv0", "1M", "--inactive");
  machine.files.set("content", Buffer.alloc(MIB, "new"));
  const { vg, lvs } = await readMetadata(machine);
  const sys = machine.sys();
  const live = { path: "/dev/dm-0", size: MIB, dmUuid: dmUuid(vg.id, lvs[0]?.id ?? "") };
  const scanner = simScanner([
    live,
    ...machine.paths.map((path) => ({ path, size: machine.disks.bytes(path).length })),
  ]);
  machine.restart();
  const options = { devices: [], lv: "vg/lv0", file: "content" };
  await t.rejects(importLv({ ...sys, scanner }, options), { code: "IN_USE", message: /live as \/dev\/dm-0/ });
  t.same(machine.steps, [], "nothing was written");
});

t.test("an import, killed before each step", async (t) => {
  const start = await machineWithVg({ disks: 3 });
  await createLv(start, "lv0", "2M", "--type", "raid1", "--mirrors", "1", "--inactive");
  const { images, metas } = await areasOf(start);
  t.equal(images.length, 2);
  for (const [position, { path, start: at }] of metas.entries())
    superblockBytes({ position, events: 7 }).copy(start.disks.bytes(path), at);
  start.files.set("content", Buffer.alloc(2 * MIB, "new"));
  start.restart();
  const legs = (machine: Machine) =>
    images.map(({ path, start: at }) => machine.disks.bytes(path).subarray(at, at + 2 * MIB));
  const superblocks = (machine: Machine) =>
    metas.map(({ path, start: at }) => machine.disks.bytes(path).subarray(at, at + 512));
  const act = (machine: Machine) =>
    machine.call({ applet: "dvm", verb: "import", operands: { lv: "vg/lv0", file: "content" } });

  let differing = 0;
  let step = 0;
  for (const how of ["killed", "powerless"] as const) {
    const chance = random(how);
    for (step = 0; ; step += 1) {
      const machine = start.fork();
      machine.stepsLeft = step;
      if (!(await machine.dies(act))) break;
      if (how === "killed") machine.restart();
      else machine.cutPower(() => chance() < 0.5);
      const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = legs(machine);
      const said = superblocks(machine).map((bytes) => decodeRaidSuperblock(bytes, "a leg"));
      const newest = said.map((each) => each?.events ?? 0n).sort((a, b) => (a < b ? 1 : -1))[0];
      const isSynced = said.every((each) => each === null || each.events !== newest || each.synced);
      if (!first.equals(second)) differing += 1;
      t.ok(first.equals(second) || !isSynced, `${how} after ${step} steps: equal, or not called so`);

      await machine.call({ applet: "dvm", verb: "import", operands: { lv: "vg/lv0", file: "content" } });
      t.ok(
        legs(machine).every((leg) => leg.equals(Buffer.alloc(2 * MIB, "new"))),
        `${how} after ${step} steps: the next one writes all of it`,
      );
    }
  }
  t.ok(differing > 0, `${differing} states in which legs differ`);
  const done = start.fork();
  await act(done);
  t.same(superblocks(done), superblocks(start), "at the end the superblocks say what they said");
  t.comment(`states of an import: ${2 * step}`);
});
