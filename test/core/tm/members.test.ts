/** Verbs that change who the members are, and restore: what they do, and what they refuse. */
import t, { type Test } from "tap";
import type { ErrorCode } from "../../../src/core/base/error.ts";
import { decodeRoot } from "../../../src/core/replicate/disk/root.ts";
import { decodeSuperblock } from "../../../src/core/replicate/disk/superblock.ts";
import type { DiscoverList } from "../../../src/schema/index.ts";
import type { Machine } from "../../lib/machine.ts";
import {
  change,
  createLv,
  diskPath,
  expand,
  find,
  history,
  idAt,
  lvNames,
  machineWithVg,
  readMetadata,
  recover,
  reduce,
  restore,
  verify,
} from "../../lib/vg.ts";

const [A, B, C, D, E] = [0, 1, 2, 3, 4].map(diskPath) as [string, string, string, string, string];
const DISK = 6 * 2 ** 20;

async function vgAnd(...more: readonly string[]): Promise<Machine> {
  const machine = await machineWithVg({ disks: 3 });
  for (const path of more) machine.disk(path, DISK);
  machine.restart();
  return machine;
}

type Refusal =
  | { readonly code: ErrorCode; readonly message?: RegExp; readonly details?: object }
  | { readonly status: number; readonly message: RegExp };

/** Nothing has been changed on any disk, nor in device-mapper. */
async function unchanged(
  t: Test,
  machine: Machine,
  work: () => Promise<unknown>,
  expected: Refusal,
  what: string,
) {
  const before = new Map(machine.paths.map((path) => [path, Buffer.from(machine.disks.bytes(path))]));
  const dm = JSON.stringify(machine.dmState);
  await t.rejects(work(), expected, what);
  for (const [path, bytes] of before)
    t.ok(bytes.equals(machine.disks.bytes(path)), `${what}: ${path} is as it was`);
  t.equal(JSON.stringify(machine.dmState), dm, `${what}: so is device-mapper`);
  t.same(machine.locks.held, [], `${what}: the lock is given back`);
  machine.restart();
}

t.test("expand", async (t) => {
  const machine = await vgAnd(D, E);
  const before = await find(machine);
  const result = await expand(machine, [D, E]);
  t.match(result, { changed: true, summary: [/added \/dev\/d as/, /added \/dev\/e as/] });
  const after = await find(machine);
  t.equal(after.vg.generation, before.vg.generation + 1);
  t.equal(after.devices.length, 5);
  t.equal(after.regions.length, 5, "each has a region");
  t.equal(after.regions[4]?.length, after.regions[0]?.length, "as long as the others");
  t.equal((await readMetadata(machine)).pvs.length, 5, "the mutator has seen them");
  await createLv(machine, "on-it", "2M", "--pv", await idAt(machine, E));
  for (const path of [A, B, C]) machine.unplug(path);
  t.match(await readMetadata(machine, { options: { partial: true } }), { lvs: [{ name: "on-it" }] });
});

t.test("expand by devices with other regions, or none", async (t) => {
  const machine = await vgAnd(D, E);
  await expand(machine, [D], { options: { regions: 2, "region-size": "512k" } });
  await expand(machine, [E], { options: { regions: 0 } });
  const { devices } = await find(machine);
  t.same(
    devices.map(({ regions }) => regions.length),
    [1, 1, 1, 2, 0],
  );
  t.match(await verify(machine), { complete: true, members: { length: 5 } });
});

t.test("expand refuses, and leaves the device as it was", async (t) => {
  const machine = await vgAnd(D);
  machine.disk(E, DISK);
  machine.disks.bytes(E).write("LABELONE", 512);
  machine.disks.bytes(E).write("LVM2 001", 512 + 24);
  const discovery = await find(machine);
  const other = await machineWithVg({ disks: 1, diverging: true });
  machine.disk("/dev/x", other.unplug(A));
  machine.commands["fails"] = () => 3;
  machine.commands["odd"] = () => Buffer.from("{}");
  const command = (...words: string[]) => ({ command: words });
  const table: [what: string, () => Promise<unknown>, expected: Refusal][] = [
    ["no such device", () => expand(machine, ["/dev/none"], { discovery }), { code: "NOT_FOUND" }],
    ["a member", () => expand(machine, [B], { discovery }), { code: "EXISTS" }],
    ["a PV of LVM2", () => expand(machine, [D, E], { discovery }), { code: "SIGNATURE" }],
    ["a member of another VG", () => expand(machine, ["/dev/x"], { discovery }), { code: "SIGNATURE" }],
    ["twice the same", () => expand(machine, [D, D], { discovery }), { code: "USAGE" }],
    [
      "too large regions",
      () => expand(machine, [D], { discovery, options: { "region-size": "8M" } }),
      { code: "TOO_SMALL" },
    ],
    [
      "too small regions",
      () => expand(machine, [D], { discovery, options: { "region-size": "32k" } }),
      { status: 3, message: /region/ },
    ],
    [
      "a mutator that fails",
      () => expand(machine, [D], { discovery, ...command("fails") }),
      { code: "MUTATOR_FAILED" },
    ],
    [
      "what is no metadata",
      () => expand(machine, [D], { discovery, ...command("odd") }),
      { code: "BAD_INPUT" },
    ],
  ];
  for (const [what, work, expected] of table) {
    if (what === "too small regions" || what === "what is no metadata") {
      // The device was labelled and is given back: what counts is that it is nobody's.
      await t.rejects(work(), expected, what);
      t.match(await verify(machine, { discovery }), { complete: true, state: "clean", strangers: [] }, what);
      await t.rejects(idAt(machine, D), { code: "NOT_FOUND" }, `${what}: it has no label`);
      machine.restart();
    } else await unchanged(t, machine, work, expected, what);
  }
  await expand(machine, [D, E, "/dev/x"], { discovery, options: { force: true } });
  t.match(await verify(machine), { complete: true, members: { length: 6 } }, "with --force");
});

t.test("a member that is read-only is found out before anything is written, in a dry run too", async (t) => {
  const machine = await vgAnd(D);
  machine.disks.bytes(D).write("LABELONE", 512);
  machine.disk(B, machine.unplug(B), { readOnly: true });
  const device = Buffer.from(machine.disks.bytes(D));
  for (const dryRun of [true, false]) {
    const options = { "dry-run": dryRun, force: true };
    await t.rejects(expand(machine, [D], { options }), { code: "READ_ONLY" });
    t.same(machine.steps, []);
    t.ok(device.equals(machine.disks.bytes(D)), "what --force would wipe is there");
    const command = ["tag", "--add", "t"];
    await t.rejects(change(machine, command, { options: { "dry-run": dryRun } }), { code: "READ_ONLY" });
  }
});

t.test("expand fails on its way, and takes back what it has done", async (t) => {
  const failures = ["write /dev/d", "flush /dev/d", `write ${A} 1048576`, "write /dev/b"];
  for (const failing of failures) {
    const machine = await vgAnd(D);
    const before = await find(machine);
    const old = await readMetadata(machine);
    // A device that fails for good, from its first write into the region on.
    machine.failing = (step) =>
      step.startsWith(failing) && (!failing.endsWith(D) || machine.steps.length > 6);
    await t.rejects(expand(machine, [D]), { message: /EIO/ }, failing);
    machine.restart();
    if ((await verify(machine)).strangers.length > 0) await recover(machine);
    t.same(await readMetadata(machine), old, failing);
    t.match(await verify(machine), { complete: true, state: "clean", strangers: [] }, failing);
    t.same(await find(machine), before, failing);
    await expand(machine, [D], { options: { force: true } });
    t.match(await verify(machine), { members: { length: 4 } }, `${failing}: the next one is free to go`);
  }
});

t.test("a dry run gives differences and programs, and changes nothing", async (t) => {
  const machine = await vgAnd(D);
  await createLv(machine, "lv", "1M");
  machine.restart();
  const options = { "dry-run": true };
  const expanded = await expand(machine, [D], { options });
  t.match(expanded, {
    changed: true,
    difference: [{ at: /^\/pvs\/[0-9a-f]{32}$/, new: { extents: Number } }],
  });
  const unused = await idAt(machine, C);
  const reduced = await reduce(machine, [unused], { options });
  t.match(reduced, { difference: [{ at: `/pvs/${unused}`, old: { id: unused } }] });
  const extended = await change(machine, ["extend-lv", "--name", "lv", "--size", "2M"], { options });
  t.match(extended, { difference: [{ at: /^\/lvs\/[0-9a-f]{32}\/segments\/0\/length$/, old: 2, new: 4 }] });
  const { instructions } = extended.plan?.commit ?? { instructions: [] };
  t.match(instructions.map(({ op }) => op).join(), /suspend.*resume/);
  t.same(machine.steps, []);
  t.same(machine.locks.held, []);
});

t.test("reduce", async (t) => {
  const machine = await vgAnd();
  const id = await idAt(machine, C);
  t.match(
    await reduce(machine, [C]).catch((error) => error),
    { code: "NOT_FOUND" },
    "the mutator knows ids only",
  );
  t.match(await reduce(machine, [id]), { changed: true, summary: [`removed /dev/c, which was ${id}`] });
  t.match(await verify(machine), { complete: true, members: { length: 2 }, strangers: [] });
  const { devices } = (await machine.call({
    applet: "discover",
    verb: "list",
    options: { all: true },
  })) as DiscoverList;
  t.match(
    devices.find(({ path }) => path === C),
    { skipped: "has no label" },
  );
  await expand(machine, [C]);
  t.match(await verify(machine), { complete: true, members: { length: 3 } }, "it can come again");
});

t.test("reduce refuses", async (t) => {
  const machine = await machineWithVg({ disks: 3, regionsOn: 1 });
  const ids = await Promise.all([A, B, C].map((path) => idAt(machine, path)));
  const [a, b, c] = ids as [string, string, string];
  await createLv(machine, "lv", "1M", "--pv", b);
  machine.restart();
  await unchanged(t, machine, () => reduce(machine, [b]), { code: "IN_USE", message: /lv/ }, "one in use");
  await unchanged(
    t,
    machine,
    () => reduce(machine, [a]),
    { code: "INCOMPLETE" },
    "the only one with regions",
  );
  await unchanged(t, machine, () => reduce(machine, ids), { code: "INCOMPLETE" }, "all of them");
  await unchanged(t, machine, () => reduce(machine, ["0".repeat(32)]), { code: "NOT_FOUND" }, "a stranger");
  machine.unplug(C);
  await unchanged(t, machine, () => reduce(machine, [c]), { code: "INCOMPLETE" }, "one that is missing");
});

t.test("reduce fails before its commit: the labels say what they said", async (t) => {
  const machine = await vgAnd();
  const id = await idAt(machine, C);
  const before = await find(machine);
  machine.failing = (step) => step.startsWith(`write ${A}`);
  await t.rejects(reduce(machine, [id]), { code: "IO" });
  machine.restart();
  t.match(await verify(machine), { complete: true, state: "clean", strangers: [] });
  t.same(await find(machine), before);
  t.same((await recover(machine)).summary, [], "nothing is left to do");
});

t.test("restore, and history", async (t) => {
  const machine = await vgAnd();
  for (const name of ["one", "two", "three"]) await createLv(machine, name, "512k");
  const { states } = await history(machine);
  t.equal(states.length, 4, "the first metadata and three changes");
  t.same(
    states.map(({ active }) => active),
    [true, false, false, false],
  );
  await change(machine, ["remove-lv", "--name", "two"]);
  const content = (path: string) => Buffer.from(machine.disks.bytes(path).subarray(2 * 2 ** 20));
  const data = [A, B, C].map(content);
  t.match(await restore(machine, states[0]?.txid ?? 0), { changed: true });
  t.same(await lvNames(machine), ["one", "three", "two"]);
  t.ok(
    [A, B, C].every((path, n) => data[n]?.equals(content(path))),
    "what it held is not wiped",
  );
  t.match(await restore(machine, states[0]?.txid ?? 0), { changed: false }, "it is there already");
  t.ok((await history(machine)).states.length > 4, "it is a new transaction");

  await t.rejects(restore(machine, 99), { code: "NOT_FOUND" });
  await t.rejects(restore(machine, 1), { code: "NOT_FOUND" }, "before the first metadata there was none");
  await t.rejects(restore(machine, "file"), { code: "BAD_INPUT" });
});

t.test("a dry run keeps no backup of what is not made", async (t) => {
  const machine = await vgAnd();
  machine.config = { tm: { backup: "/backup" } };
  await createLv(machine, "one", "512k");
  const { txid } = await verify(machine);
  await change(machine, ["tag", "--add", "t"]);
  machine.disk("/dev/d", 6 * 2 ** 20);
  const kept = () => [...machine.files.keys()].filter((path) => path.startsWith("/backup/"));
  const before = kept();
  t.equal(before.length, 2, "of each change that was made");
  const dry = { options: { "dry-run": true } };
  await change(machine, ["create-lv", "--name", "two", "--size", "512k"], dry);
  await restore(machine, txid ?? 0, dry);
  await expand(machine, ["/dev/d"], dry);
  await reduce(machine, [await idAt(machine, C)], dry);
  t.same(kept(), before);
});

t.test("restore refuses a state whose extents are another LV's now", async (t) => {
  const machine = await vgAnd();
  const pv = await idAt(machine, A);
  await createLv(machine, "old", "2M", "--pv", pv);
  const { txid } = await verify(machine);
  await change(machine, ["remove-lv", "--name", "old"]);
  await createLv(machine, "new", "2M", "--pv", pv);
  machine.restart();
  const before = await readMetadata(machine);
  const dm = JSON.stringify(machine.dmState);
  await t.rejects(restore(machine, txid ?? 0), { status: 3, message: /new|old/ });
  t.same(await readMetadata(machine), before);
  t.match(await verify(machine), { state: "clean" });
  t.equal(JSON.stringify(machine.dmState), dm);
});

t.test("restore refuses a state of devices that have left", async (t) => {
  const machine = await vgAnd();
  const id = await idAt(machine, C);
  const { txid } = await verify(machine);
  await reduce(machine, [id]);
  await unchanged(
    t,
    machine,
    () => restore(machine, txid ?? 0),
    { code: "INCOMPLETE", details: { left: [id] } },
    "one of them is gone",
  );
});

t.test("a member whose region has rotted", async (t) => {
  const machine = await vgAnd();
  await createLv(machine, "one", "512k");
  const { regions } = await find(machine);
  const { path = "", offset = 0, length = 0 } = regions[1] ?? {};
  const region = machine.disks.bytes(path).subarray(offset * 512, (offset + length) * 512);
  const page = (number = 0) => region.subarray(number * 4096, (number + 1) * 4096);
  const active = () => decodeSuperblock(page(0).subarray(0, 512))?.active.page;
  const [rotten] = decodeRoot(page(active()), length / 8).top.pages;
  page(rotten)[100] = 0;
  const check = () =>
    machine.sys().toolbox.call({ applet: "replicate", verb: "verify", operands: { regions: { regions } } });
  await t.rejects(check(), { code: "CORRUPT", details: { regions: [1] } });
  const id = await idAt(machine, path);
  t.same((await recover(machine, { resync: [id] })).summary, ["wrote 2 pages anew in place of damaged ones"]);
  t.match(await check(), { state: "clean" });
  t.same((await recover(machine, { resync: [id] })).summary, [], "once is enough");
  t.same(await lvNames(machine), ["one"]);
});

t.test("what goes together on the command line, and what does not", async (t) => {
  const machine = await vgAnd();
  const id = await idAt(machine, C);
  const cat = { command: ["cat"] };
  for (const [options, way] of [
    [{ without: [id], resync: [id] }, cat],
    [{ resync: [id], choose: "3" }, {}],
    [{ without: [id] }, {}],
    [{ resync: [id] }, cat],
    [{}, cat],
  ] as const)
    await t.rejects(recover(machine, options, way), { code: "USAGE" }, JSON.stringify(options));
  await t.rejects(recover(machine, { without: ["f".repeat(32)] }, cat), { code: "NOT_FOUND" });
  await t.rejects(recover(machine, { resync: ["f".repeat(32)] }), { code: "NOT_FOUND" });
  t.same((await recover(machine, { resync: [id] })).summary, [], "one that lacks nothing");
});
