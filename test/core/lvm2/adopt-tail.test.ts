/** PVs that have a second metadata area at their end (`pvcreate --pvmetadatacopies 2`). */
import t from "tap";
import { decodeAreaHeader, encodeAreaHeader } from "../../../src/core/lvm2/area.ts";
import { decodeLabel, encodeLabel } from "../../../src/core/lvm2/label.ts";
import { adopt, release, vgToTake } from "../../lib/lvm2-vg.ts";
import { lvm2View } from "../../lib/lvm2-view.ts";
import type { Machine } from "../../lib/machine.ts";
import { change, find } from "../../lib/vg.ts";

const MIB = 2 ** 20;
const HEAD = 4096;
const SIZE = 8 * MIB;
/** Behind the extents. */
const TAIL = { offset: SIZE - MIB, size: MIB };

/** Gives each PV an area at its end, with the text that the one at its head has. */
async function vgWithTails(): Promise<Machine> {
  const machine = await vgToTake();
  for (const path of [...machine.paths]) {
    machine.disk(path, Buffer.concat([machine.unplug(path), Buffer.alloc(2 * MIB)]));
    const disk = machine.disks.bytes(path);
    const label = decodeLabel(disk.subarray(512, 1024), 1, path);
    const { committed } = decodeAreaHeader(disk.subarray(HEAD, HEAD + 512), HEAD, path);
    if (!label || !committed) throw new Error(`${path} is no PV with a text`);
    disk.set(encodeLabel({ ...label, size: SIZE, areas: [...label.areas, TAIL] }), 512);
    const text = { ...committed, offset: 512 };
    disk.set(encodeAreaHeader({ start: TAIL.offset, ...TAIL, ignored: false, committed: text }), TAIL.offset);
    disk.copyWithin(
      TAIL.offset + text.offset,
      HEAD + committed.offset,
      HEAD + committed.offset + committed.size,
    );
  }
  return machine;
}

const countingIn = async (machine: Machine): Promise<number | undefined> => {
  const view = await lvm2View(machine.disks, machine.paths, "vg");
  return view?.whole ? view.counting : undefined;
};

t.test("both areas count again", async (t) => {
  const machine = await vgWithTails();
  t.equal(await countingIn(machine), 6);
  await adopt(machine);
  t.equal(await countingIn(machine), undefined);
  await release(machine);
  t.equal(await countingIn(machine), 6);
});

t.test("an area over which data have come stays theirs", async (t) => {
  const machine = await vgWithTails();
  await adopt(machine);
  const [path = ""] = machine.paths;
  const before = (await find(machine)).devices.find((device) => device.path === path);
  await machine.call({
    applet: "dvm",
    verb: "resize-pv",
    operands: { vg: "vg", resized: path },
    options: { devices: [...machine.paths] },
  });
  const after = (await find(machine)).devices.find((device) => device.path === path);
  if (!before || !after) throw new Error(`${path} is no member`);
  t.ok(after.dataLength > before.dataLength, "the PV reaches to the end of its disk");
  await change(machine, ["create-lv", "--name", "last", "--extents", "100%FREE", "--inactive"]);
  const disk = machine.disks.bytes(path);
  disk.fill("data", TAIL.offset);
  const held = Buffer.from(disk.subarray(TAIL.offset));
  await release(machine);
  t.ok(machine.disks.bytes(path).subarray(TAIL.offset).equals(held), "nothing is written over an LV's data");
  t.equal(await countingIn(machine), 5);
  await adopt(machine);
  t.ok((await find(machine)).vg, "and it can be adopted again");
});
