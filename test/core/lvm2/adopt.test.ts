/**
 * LVM2's own disk sets become dvm's and go back: no byte of data moves, and every word of LVM2's text is as
 * before. What cannot be adopted is refused with the reason, and not a byte is written.
 */
import { createHash } from "node:crypto";
import t from "tap";
import { toDvmError } from "../../../src/core/base/error.ts";
import { decodeLabel, encodeLabel } from "../../../src/core/lvm2/label.ts";
import type { TextVg } from "../../../src/core/lvm2/model.ts";
import { isSection, type TextSection } from "../../../src/core/lvm2/text/section.ts";
import type { Discovery, Metadata } from "../../../src/schema/index.ts";
import { lvm2Bytes, lvm2Disks } from "../../lib/lvm2-fixtures.ts";
import { lvm2View } from "../../lib/lvm2-view.ts";
import { Machine } from "../../lib/machine.ts";
import { find, readMetadata } from "../../lib/vg.ts";

function machineOf(fixture: string, { without = [] as readonly string[], blocks = 512 } = {}): Machine {
  const machine = new Machine();
  for (const [name, bytes] of lvm2Disks(fixture))
    if (!without.includes(name)) machine.disk(`/dev/${name}`, bytes, { logicalBlockSize: blocks });
  return machine;
}

const devices = ({ paths }: Machine) => ({ devices: [...paths] });
const dvm = (machine: Machine, verb: string, vg: string, options: object = {}): Promise<unknown> =>
  machine.call({ applet: "dvm", verb, operands: { vg }, options: { ...devices(machine), ...options } });
const view = async (machine: Machine, vg: string) => {
  const seen = await lvm2View(machine.disks, machine.paths, vg);
  if (!seen) throw new Error(`LVM2 sees no VG ${vg}`);
  return seen;
};
const lvm2Read = async (machine: Machine, vg: string): Promise<Metadata> =>
  JSON.parse(
    String(await machine.call({ applet: "lvm2", verb: "read", operands: { vg }, options: devices(machine) })),
  ) as Metadata;

/** Without what is of a writing, and not of a VG; words of states have no order. */
function plain({ items }: TextSection): unknown {
  const passed = ["seqno", "device", "dvm_label", "dvm_areas"];
  return Object.fromEntries(
    [...items].sort().flatMap(([key, value]): [string, unknown][] => {
      if (isSection(value)) return [[key, plain(value)]];
      if (passed.includes(key)) return [];
      return [[key, key === "status" || key === "flags" ? [value].flat().sort() : value]];
    }),
  );
}

function vgSection({ file, name }: TextVg): string {
  const section = file.items.get(name);
  return isSection(section) ? JSON.stringify(plain(section), undefined, 1) : "";
}

/** Path of a device -> hash of all of it but what is LVM2's or dvm's own. */
const dataOf = (machine: Machine, { devices: all }: Pick<Discovery, "devices">): Map<string, string> =>
  new Map(
    all.map(({ path, dataStart, dataLength }) => {
      const data = machine.disks.bytes(path).subarray(dataStart * 512, (dataStart + dataLength) * 512);
      return [path, createHash("sha1").update(data).digest("hex")];
    }),
  );

/** What an LV lies on, with paths for PVs, and its tables as LVM2 has them. */
function layout({ lvs, pvs }: Metadata, { devices: all }: Pick<Discovery, "devices">): string {
  const paths = new Map(pvs.map(({ id }) => [id, all.find((device) => device.id === id)?.path]));
  const text = JSON.stringify(
    lvs.map(({ name, access, activate, tags, segments }) => ({ name, access, activate, tags, segments })),
  );
  return text.replace(/"pv":"([0-9a-f]{32})"/g, (_, id: string) => `"pv":"${paths.get(id)}"`);
}

/** VGs that can be adopted, on disks with blocks of so many bytes. */
const ADOPTED = [
  ["linear", "lin", 512],
  ["striped", "str", 4096],
  ["many", "many", 512],
  ["raid456", "r456", 4096],
] as const;

for (const [fixture, vg, blocks] of ADOPTED)
  t.test(`${fixture} with blocks of ${blocks} is adopted and goes back`, async (t) => {
    const machine = machineOf(fixture, { blocks });
    const before = await view(machine, vg);
    const foreign = (await machine.call({
      applet: "lvm2",
      verb: "find",
      operands: { vg },
      options: devices(machine),
    })) as Discovery;
    const data = dataOf(machine, foreign);
    const wanted = layout(await lvm2Read(machine, vg), foreign);
    t.match(JSON.parse(String(await dvm(machine, "adopt", vg, { "dry-run": true }))), { vg: { name: vg } });
    t.same(machine.steps, [], "a dry run writes nothing");

    t.match(await dvm(machine, "adopt", vg), new RegExp(`^VG ${vg} is dvm's: `));
    t.equal(await lvm2View(machine.disks, machine.paths, vg), undefined, "LVM2 has it no more");
    await t.rejects(dvm(machine, "adopt", vg), { code: "EXISTS" });
    const own = await find(machine, {}, vg);
    t.strictSame(layout(await readMetadata(machine, { discovery: own }), own), wanted);
    t.strictSame(dataOf(machine, own), data, "no byte of data is another");

    t.match(await dvm(machine, "release", vg), new RegExp(`^VG ${vg} is LVM2's: `));
    const after = await view(machine, vg);
    t.ok(after.whole);
    t.strictSame(vgSection(after.vg), vgSection(before.vg), "its text is as before");
    t.equal(after.vg.seqno, before.vg.seqno + 2);
    t.equal(after.counting, before.counting, "and as many areas count");
    t.strictSame(dataOf(machine, foreign), data);
    await t.rejects(find(machine, {}, vg), { code: "NOT_FOUND" });
  });

/** Fixture, VG, and why it is not adopted. */
const REFUSED: readonly (readonly [
  fixture: string,
  vg: string,
  code: string,
  why: RegExp,
  without?: string,
])[] = [
  ["exported", "exp", "UNSUPPORTED", /is exported: run vgimport/],
  ["snapshot", "sn", "UNSUPPORTED", /is a snapshot of .*: lvconvert --merge has/],
  ["thin", "th", "UNSUPPORTED", /is of type thin.*: copy what it has to an LV of another type/],
  ["cache", "ca", "UNSUPPORTED", /is of type cache.*: lvconvert --uncache/],
  ["mirror", "mir", "UNSUPPORTED", /is of type mirror.*: lvconvert --type raid1/],
  ["pvmove", "pm", "UNSUPPORTED", /pvmove/],
  ["alignold", "oldal", "UNSUPPORTED", /begin at sector 384, and dvm's label takes the first 2048/],
  ["raid01", "r01", "UNSUPPORTED", /is of type raid/],
  ["missing", "mis", "UNSUPPORTED", /is missing: bring it back/, "ubdb"],
  ["text/lock-type", "vv", "UNSUPPORTED", /lvmlockd/],
];

for (const [fixture, vg, code, why, without] of REFUSED)
  t.test(`${fixture} is refused`, async (t) => {
    const machine = machineOf(fixture, { without: without === undefined ? [] : [without] });
    const error = await dvm(machine, "adopt", vg).then(() => undefined, toDvmError);
    t.equal(error?.code, code, String(error));
    t.match(error?.message, why);
    t.same(machine.steps, [], "nothing is written");
  });

t.test("labels of LVM2 are written as LVM2 writes them", async (t) => {
  for (const [fixture, disk] of [
    ["linear", "ubda"],
    ["many", "ubda"],
    ["raid456", "ubdc"],
  ] as const) {
    const bytes = lvm2Bytes(fixture, disk, 1024).subarray(512);
    const label = decodeLabel(bytes, 1, disk);
    t.ok(label && encodeLabel(label).equals(bytes), fixture);
  }
});
