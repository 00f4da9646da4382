/**
 * Disks of 512 and of 4096 bytes a logical block in one VG: what brings disks back or copies them changes no
 * LV's blocks.
 */
import t from "tap";
import { blockSizesOf } from "../../src/core/volume/blocks.ts";
import { runsOf, type Segment } from "../../src/core/volume/model.ts";
import type { Machine } from "../lib/machine.ts";
import { createLv, diskPath, find, idAt, machineWithVg, readMetadata } from "../lib/vg.ts";

const [A, B, C, D] = [0, 1, 2, 3].map(diskPath) as [string, string, string, string];
const BLOCKS: Readonly<Record<string, number>> = { [A]: 512, [B]: 512, [C]: 4096, [D]: 4096 };

/** A raid1 on the two disks of 512, and one on those of 4096. */
async function site(): Promise<Machine> {
  const machine = await machineWithVg({ disks: 4, blocks: Object.values(BLOCKS) });
  for (const [name, ...paths] of [
    ["small", A, B],
    ["large", C, D],
  ] as const) {
    const pvs = await Promise.all(paths.map((path) => idAt(machine, path)));
    await createLv(machine, name, "1M", "--mirrors", "1", ...pvs.flatMap((pv) => ["--pv", pv]));
  }
  return machine;
}

const dvm = (machine: Machine, verb: string, operands: object, options: object = {}) =>
  machine.call({ applet: "dvm", verb, operands: { ...operands }, options: { ...options } });

/** Of each LV the block sizes that its PVs have by their record, and those that their disks have. */
async function blocks(machine: Machine, vg = "vg") {
  const discovery = await find(machine, {}, vg);
  const { lvs, pvs } = await readMetadata(machine, { discovery });
  const recorded = new Map(pvs.map((pv) => [pv.id, pv]));
  const real = new Map(discovery.devices.map((device) => [device.id, device]));
  return Object.fromEntries(
    lvs.map(({ name, segments }) => [
      name,
      [blockSizesOf(segments as Segment[], recorded), blockSizesOf(segments as Segment[], real)],
    ]),
  );
}
const KEPT = { small: [[512], [512]], large: [[4096], [4096]] };

/** Plugs a disk in, with its blocks or with the others. */
const plug = (machine: Machine, path: string, content: Uint8Array, swapped: boolean, own = BLOCKS[path]) =>
  machine.disk(path, content, { logicalBlockSize: (own === 512) === swapped ? 4096 : 512 });

t.test("recover --resync", async (t) => {
  for (const swapped of [false, true]) {
    const machine = await site();
    const [b, d] = [await idAt(machine, B), await idAt(machine, D)];
    const gone = [B, D].map((path) => [path, machine.unplug(path)] as const);
    await dvm(machine, "recover", { vg: "vg" }, { without: [b, d] });
    await createLv(machine, "later", "1M", "--pv", await idAt(machine, A));
    for (const [path, content] of gone) plug(machine, path, content, swapped);
    const back = dvm(machine, "recover", { vg: "vg" }, { resync: [B, D] });
    if (!swapped) {
      await back;
      t.match(await blocks(machine), KEPT, "each leg is back on a disk of its blocks");
      continue;
    }
    await t.rejects(back, { message: /logical blocks of \d+ bytes by its record, and \S+ has \d+/ });
    const { lvs, pvs } = await readMetadata(machine);
    t.match(
      Object.fromEntries(pvs.map(({ id, blockBytes }) => [id, blockBytes])),
      { [b]: 512, [d]: 4096 },
      "a disk with other blocks changes no record",
    );
    const legs = lvs.flatMap(({ segments: [top] }) => (top?.type === "raid" ? top.legs : []));
    const isOn = (pvs: readonly string[]) => (leg: (typeof legs)[number]) =>
      (leg.image as Segment[]).flatMap(runsOf).some(({ pv }) => pvs.includes(pv));
    t.same(
      legs.filter(isOn([b, d])).map(({ state }) => state),
      ["stale", "stale"],
      "nor is what it holds read",
    );
  }
});

t.test("import-clone", async (t) => {
  for (const swapped of [false, true]) {
    const machine = await site();
    await dvm(machine, "deactivate", { vg: "vg", lv: [] });
    const copies = Object.keys(BLOCKS).map((path) => `${path}-copy`);
    for (const path of Object.keys(BLOCKS))
      plug(machine, `${path}-copy`, machine.disks.bytes(path), swapped, BLOCKS[path]);
    await dvm(machine, "import-clone", { vg: "vg", copies }, { name: "copy" });
    const up = dvm(machine, "activate", { vg: "copy", lv: [] });
    if (swapped) {
      await t.rejects(up, { code: "INCOMPLETE", message: /logical blocks of \d+ bytes by its record/ });
      t.match(await blocks(machine, "copy"), { small: [[512], [4096]], large: [[4096], [512]] });
    } else {
      await up;
      t.match(await blocks(machine, "copy"), KEPT);
    }
    t.match(await blocks(machine), KEPT, "the original's stay as well");
  }
});
