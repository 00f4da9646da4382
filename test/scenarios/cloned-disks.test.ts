/** Disks copied by dd or by a storage array, seen beside their originals. */
import t, { type Test } from "tap";
import { derivedId } from "../../src/core/base/derived-id.ts";
import { addDevices } from "../../src/core/discover/add.ts";
import { findDevices } from "../../src/core/discover/find.ts";
import { type ImportRequest, importClone } from "../../src/core/discover/import-clone.ts";
import type { Disks } from "../../src/core/port/block.ts";
import { faultyDisks, type Operation } from "../../src/core/sim/faulty-disks.ts";
import { adding, finding, type LabelWorld, labelWorld, MIB } from "../lib/label-world.ts";

const ORIGINALS = ["/dev/sda", "/dev/sdb", "/dev/sdc"];
const COPIES = ["/dev/sdx", "/dev/sdy", "/dev/sdz"];
const REGION = { offset: 2048, length: 64 };

/** A VG on three disks, and copies of all three. */
async function world(through?: (disks: Disks) => Disks): Promise<LabelWorld> {
  const made = labelWorld(through ? { through } : {});
  for (const path of ORIGINALS) made.disk(path, 8 * MIB);
  await addDevices(made.sys, adding("vg", ORIGINALS, { isNew: true, layout: { regions: [REGION] } }));
  for (const path of ORIGINALS) made.disks.bytes(path).fill("content", MIB, MIB + 64 * 512);
  for (const [index, path] of COPIES.entries()) made.clone(path, ORIGINALS[index] ?? "");
  return made;
}

const importing = (more: Partial<ImportRequest> = {}): ImportRequest => ({
  vg: "vg",
  vgId: undefined,
  paths: COPIES,
  name: undefined,
  devices: [],
  ...more,
});
const pathsOf = async ({ sys }: LabelWorld, vg: string) =>
  (await findDevices(sys, finding(vg))).devices.map(({ path }) => path);
/** Everything on a disk but its labels. */
const contentOf = (made: LabelWorld, path: string) => made.disks.bytes(path).subarray(MIB).toString("hex");

async function bothAreWhole(t: Test, made: LabelWorld, name: string, when: string) {
  t.same(await pathsOf(made, "vg"), ORIGINALS, `${when}: the original`);
  t.same(await pathsOf(made, name), COPIES, `${when}: the copy`);
  const [original, copy] = await Promise.all(["vg", name].map((vg) => findDevices(made.sys, finding(vg))));
  t.same(copy?.missing, { count: 0 });
  const ids = [original, copy].flatMap((each) => [each?.vg.id, ...(each?.devices.map(({ id }) => id) ?? [])]);
  t.equal(new Set(ids).size, 8, `${when}: every id is another`);
}

t.test("a copy beside the original makes both unusable until it is imported or taken away", async (t) => {
  const made = await world();
  const error = await findDevices(made.sys, finding("vg")).catch((thrown) => thrown);
  t.equal(error.status, 3);
  for (const path of [...ORIGINALS, ...COPIES]) t.match(error.message, path);
  const before = await findDevices(made.sys, finding("vg", { devices: ORIGINALS }));
  t.match(before, { missing: { count: 0 } }, "as long as one does not look at the copies all is well");
});

t.test("an imported copy has ids and a name of its own; the original is not touched", async (t) => {
  const made = await world();
  const before = ORIGINALS.map((path) => Buffer.from(made.disks.bytes(path)));
  const contents = COPIES.map((path) => contentOf(made, path));
  const { vg, devices } = await importClone(made.sys, importing());
  t.equal(vg.name, "vg-1");
  t.same(
    devices.map(({ path }) => path),
    COPIES,
  );
  await bothAreWhole(t, made, "vg-1", "imported");
  for (const [index, path] of ORIGINALS.entries())
    t.ok(made.disks.bytes(path).equals(before[index] as Buffer));
  t.same(
    COPIES.map((path) => contentOf(made, path)),
    contents,
    "regions and data are as they were",
  );
  const original = await findDevices(made.sys, finding("vg"));
  t.same(
    devices.map(({ id }) => id),
    original.devices.map(({ id }) => derivedId(vg.id, id)),
    "the new ids follow from the old ones",
  );
  t.same(devices[0]?.regions, [REGION]);
});

t.test("it is done once: the same call again changes nothing", async (t) => {
  const made = await world();
  const first = await importClone(made.sys, importing());
  const bytes = COPIES.map((path) => Buffer.from(made.disks.bytes(path)));
  t.same(await importClone(made.sys, importing()), first);
  for (const [index, path] of COPIES.entries()) t.ok(made.disks.bytes(path).equals(bytes[index] as Buffer));
});

t.test("a second copy, and a copy of the copy", async (t) => {
  const made = await world();
  await importClone(made.sys, importing());
  const second = ["/dev/s2a", "/dev/s2b", "/dev/s2c"];
  for (const [index, path] of second.entries()) made.clone(path, ORIGINALS[index] ?? "");
  t.equal((await importClone(made.sys, importing({ paths: second }))).vg.name, "vg-2");
  const third = ["/dev/s3a", "/dev/s3b", "/dev/s3c"];
  for (const [index, path] of third.entries()) made.clone(path, COPIES[index] ?? "");
  const { vg } = await importClone(made.sys, importing({ vg: "vg-1", paths: third, name: "grandchild" }));
  t.equal(vg.name, "grandchild");
  await bothAreWhole(t, made, "vg-1", "after all");
  t.same(await pathsOf(made, "vg-2"), second);
  t.same(await pathsOf(made, "grandchild"), third);
});

t.test("a copy whose original is not there", async (t) => {
  const made = await world();
  for (const path of ORIGINALS) made.unplug(path);
  await importClone(made.sys, importing({ name: "elsewhere" }));
  t.same(await pathsOf(made, "elsewhere"), COPIES);
});

t.test("killed after each write, or with each write failing: run again it is whole", async (t) => {
  let states = 0;
  for (let limit = 0; ; limit += 1) {
    let writes = 0;
    let armed = false;
    const made = await world((disks) =>
      faultyDisks(disks, ({ kind }: Operation) => {
        if (!armed || (kind !== "write" && kind !== "flush")) return undefined;
        writes += 1;
        return writes > limit ? { kind: "fail" } : undefined;
      }),
    );
    armed = true;
    const code = await importClone(made.sys, importing({ name: "copy" })).then(
      () => "done",
      (error) => error.code,
    );
    armed = false;
    if (code === "done") break;
    states += 1;
    t.equal(code, "HALF_DONE");
    const seen = await findDevices(made.sys, finding("vg", { devices: COPIES })).catch((error) => error.code);
    if (seen !== "NOT_FOUND" && typeof seen === "string") t.fail(`${limit}: ${seen}`);
    await importClone(made.sys, importing({ name: "copy" }));
    await bothAreWhole(t, made, "copy", `failed after ${limit}`);
  }
  t.comment(`states ${states}`);
  t.equal(states, 15, "a flush, two writes and two flushes of each disk");
});

t.test("what is refused, before anything is written", async (t) => {
  const rows: readonly [string, Partial<ImportRequest>, (made: LabelWorld) => unknown, string, RegExp][] = [
    ["a copy that lacks a disk", { paths: COPIES.slice(1) }, () => 0, "INCOMPLETE", /2 of the 3 devices/],
    [
      "a disk of another VG",
      { paths: [...COPIES, "/dev/else"] },
      () => 0,
      "NOT_FOUND",
      /else.*is of VG other/,
    ],
    [
      "a disk without a label",
      { paths: [...COPIES, "/dev/blank"] },
      () => 0,
      "NOT_FOUND",
      /blank: has no label/,
    ],
    ["one disk twice", { paths: [...COPIES, "/dev/sdx"] }, () => 0, "USAGE", /are one device/],
    [
      "two copies of one disk",
      { paths: [...COPIES, "/dev/twin"] },
      () => 0,
      "DUPLICATE",
      /twin are copies of one/,
    ],
    ["a name that is taken", { name: "other" }, () => 0, "EXISTS", /VG other exists/],
    ["the original's name", { name: "vg" }, () => 0, "EXISTS", /VG vg exists/],
    ["a name that is none", { name: "a b" }, () => 0, "BAD_NAME", /a b/],
    ["a VG that is not there", { vg: "nope" }, () => 0, "NOT_FOUND", /not of VG nope/],
    [
      "a disk in use",
      {},
      (made) => made.change("/dev/sdy", { holders: [{ name: "dm-7" }] }),
      "IN_USE",
      /dm-7/,
    ],
    ["a mounted disk", {}, (made) => made.change("/dev/sdy", { mountedOn: "/mnt" }), "IN_USE", /mounted on/],
    ["a read-only disk", {}, (made) => made.change("/dev/sdy", { readOnly: true }), "READ_ONLY", /read-only/],
  ];
  for (const [what, request, change, code, message] of rows) {
    const made = await world();
    made.disk("/dev/blank", 8 * MIB);
    made.disk("/dev/else", 8 * MIB);
    await addDevices(made.sys, adding("other", ["/dev/else"], { isNew: true }));
    made.clone("/dev/twin", "/dev/sda");
    change(made);
    const before = COPIES.map((path) => Buffer.from(made.disks.bytes(path)));
    await t.rejects(importClone(made.sys, importing(request)), { code, message }, what);
    for (const [index, path] of COPIES.entries())
      t.ok(made.disks.bytes(path).equals(before[index] as Buffer), `${what}: ${path} is as before`);
  }
});
