/** What a VG that changes hands must not come to, each by itself. */
import t from "tap";
import { toDvmError } from "../../../src/core/base/error.ts";
import { decodeAreaHeader, encodeAreaHeader } from "../../../src/core/lvm2/area.ts";
import type { Discovery } from "../../../src/schema/index.ts";
import { adopt, release, vgToGive, vgToTake } from "../../lib/lvm2-vg.ts";
import { lvm2View } from "../../lib/lvm2-view.ts";
import type { Machine } from "../../lib/machine.ts";
import { mustType, type } from "../../lib/typed.ts";
import { diskPath, find } from "../../lib/vg.ts";

const LABEL = { begin: 512, end: 1024 };
const HEADER = { begin: 4096, end: 4608 };
const SECOND = 524_288;

const isFound = (machine: Machine): Promise<boolean> =>
  find(machine).then(
    () => true,
    () => false,
  );

/** Killed when the VG has just become dvm's, and before. */
async function between(): Promise<{ readonly before: Machine; readonly after: Machine }> {
  const made = await vgToTake();
  const whole = made.fork();
  await adopt(whole);
  const first = whole.steps.indexOf(`write ${diskPath(0)} ${LABEL.begin}`);
  const killed = async (left: number) => {
    const machine = made.fork();
    machine.stepsLeft = left;
    await machine.dies(adopt);
    machine.restart();
    return machine;
  };
  return { before: await killed(first), after: await killed(first + 1) };
}

t.test("one sector makes it dvm's", async (t) => {
  const { before, after } = await between();
  t.notOk(await isFound(before));
  t.ok((await lvm2View(before.disks, before.paths, "vg"))?.whole);
  t.ok(await isFound(after));
  t.equal(await lvm2View(after.disks, after.paths, "vg"), undefined);
  t.strictSame(
    after.paths.map((path) =>
      after.disks
        .bytes(path)
        .subarray(LABEL.begin, LABEL.begin + 8)
        .toString(),
    ),
    ["\0".repeat(8), "LABELONE", "LABELONE"],
  );
  await t.rejects(
    after.call({ applet: "dvm", verb: "remove-vg", operands: { vg: "vg" }, options: { devices: [] } }),
    { code: "STALE", message: /changes hands: dvm adopt vg finishes that/ },
  );
  await adopt(after);
  t.equal((await find(after)).vg.converting, undefined, "and then it does so no more");
  await mustType(after, "dvm create-lv vg/more --size 4M --no-activate");
});

t.test("what is LVM2's is changed once it is adopted, and read before", async (t) => {
  const machine = await vgToTake();
  const line = "dvm create-lv vg/more --size 4M --no-activate";
  t.match(await type(machine, line), {
    status: 3,
    stderr: /LVM2's own commands do, or dvm adopt makes it dvm's/,
  });
  const where = { devices: [...machine.paths] };
  const stdin = await machine.call({ applet: "lvm2", verb: "find", operands: { vg: "vg" }, options: where });
  await t.rejects(machine.call({ applet: "tm", verb: "read", stdin }), {
    code: "UNSUPPORTED",
    message: /has no regions: lvm2 read gives its metadata$/,
  });
  t.ok(await machine.call({ applet: "lvm2", verb: "read", operands: { vg: "vg" }, options: where }));
  await adopt(machine);
  await mustType(machine, line);
});

t.test("without the device that decides nobody uses the others", async (t) => {
  for (const machine of Object.values(await between())) {
    machine.unplug(diskPath(0));
    t.notOk(await isFound(machine), "dvm");
    t.equal(await lvm2View(machine.disks, machine.paths, "vg"), undefined, "LVM2");
    await t.rejects(adopt(machine));
    await t.rejects(release(machine));
    await t.rejects(
      machine.call({
        applet: "dvm",
        verb: "recover",
        operands: { vg: "vg" },
        options: { without: ["missing"] },
      }),
    );
  }
});

t.test("what a broken-off adoption has left does not come to life", async (t) => {
  const { before } = await between();
  const disk = before.disks.bytes(diskPath(0));
  const stale = before.fork();
  // LVM2 has changed the VG since, which its header tells of; then its label goes, as by pvremove.
  stale.disks.bytes(diskPath(0)).fill(1, HEADER.begin, HEADER.end);
  stale.disks.bytes(diskPath(0)).fill(0, LABEL.begin, LABEL.end);
  t.notOk(await isFound(stale));
  // Damaged, it is no more of a label.
  disk.fill(7, 524288 + 100, 524288 + 200);
  t.notOk(await isFound(before));
  t.ok((await lvm2View(before.disks, before.paths, "vg"))?.whole);
  await adopt(before);
  t.ok(await isFound(before), "and the same command begins anew");
});

t.test("a first copy of the label that was torn leaves the VG dvm's", async (t) => {
  const { after } = await between();
  const done = after.fork();
  await adopt(done);
  const copy = done.disks.bytes(diskPath(0)).subarray(4096, 12288);
  for (let sectors = 1; sectors < 16; sectors += 3)
    for (const isHead of [true, false]) {
      const torn = after.fork();
      const from = isHead ? 0 : 8192 - sectors * 512;
      copy.copy(torn.disks.bytes(diskPath(0)), 4096 + from, from, from + sectors * 512);
      t.ok(await isFound(torn), `${sectors} sectors of ${isHead ? "its head" : "its end"}`);
      await adopt(torn);
      t.equal((await find(torn)).vg.converting, undefined);
    }
});

t.test("a release that was broken off, and done later, gives back the ids of before", async (t) => {
  const made = await vgToTake();
  const ids = async (machine: Machine) => {
    const seen = await lvm2View(machine.disks, machine.paths, "vg");
    return [seen?.vg.id, ...(seen?.vg.pvs ?? []), ...(seen?.vg.lvs.values() ?? [])].map((each) =>
      typeof each === "string" ? each : each?.id,
    );
  };
  const before = await ids(made);
  await adopt(made);
  made.restart();
  const whole = made.fork();
  await release(whole);
  t.strictSame(await ids(whole), before);
  for (const left of [3, 9, 15, 21]) {
    const machine = made.fork();
    machine.stepsLeft = left;
    await machine.dies(release);
    machine.restart();
    await adopt(machine).catch((thrown: unknown) => t.equal(toDvmError(thrown).code, "EXISTS"));
    await release(machine);
    t.strictSame(await ids(machine), before, `killed before step ${left}`);
  }
});

/** Where the text with the highest number stands on the device that decides. */
function newestText(machine: Machine): { readonly begin: number; readonly bytes: Buffer } {
  const head = machine.disks.bytes(diskPath(0)).subarray(HEADER.begin, 1 << 20);
  const found = [...head.toString("latin1").matchAll(/vg \{\n[^\0]*?seqno = (\d+)[^\0]*/g)];
  const [newest] = found.sort((a, b) => Number(b[1]) - Number(a[1]));
  const begin = HEADER.begin + (newest?.index ?? 0);
  return { begin, bytes: Buffer.from(newest?.[0] ?? "", "latin1") };
}

/** As LVM2 leaves it that has gone on along its ring: at the ring's beginning nothing counts. */
function moveTextsOn(machine: Machine): void {
  for (const path of machine.paths) {
    const disk = machine.disks.bytes(path);
    const header = decodeAreaHeader(disk.subarray(HEADER.begin, HEADER.end), HEADER.begin, path);
    const { start, committed } = header;
    if (!committed) continue;
    const moved = { ...committed, offset: 256 << 10 };
    disk.copyWithin(
      start + moved.offset,
      start + committed.offset,
      start + committed.offset + committed.size,
    );
    disk.fill(0, start + committed.offset, start + committed.offset + committed.size);
    disk.set(encodeAreaHeader({ ...header, committed: moved }), start);
  }
}

t.test("the text that a VG was adopted with outlives a release", async (t) => {
  for (const isMoved of [false, true]) {
    const machine = await vgToTake();
    if (isMoved) moveTextsOn(machine);
    await adopt(machine);
    const { begin, bytes } = newestText(machine);
    t.ok(bytes.length > 500);
    await release(machine);
    const there = machine.disks.bytes(diskPath(0)).subarray(begin, begin + bytes.length);
    t.ok(there.equals(bytes), `at ${begin}`);
  }
});

t.test("a region goes over no text that LVM2 goes by", async (t) => {
  const machine = await vgToTake();
  const where = { devices: [...machine.paths] };
  const own = (await machine.call({
    applet: "lvm2",
    verb: "find",
    operands: { vg: "vg" },
    options: { own: true, ...where },
  })) as Discovery;
  const format = () =>
    machine.call({
      applet: "replicate",
      verb: "format",
      operands: { regions: { regions: own.regions } },
      options: { force: true, "beside-lvm2": true },
    });
  // As LVM2 goes around its ring, its text comes to stand behind the second copy of dvm's label.
  const path = diskPath(0);
  const bytes = machine.disks.bytes(path);
  const header = decodeAreaHeader(bytes.subarray(HEADER.begin, HEADER.end), HEADER.begin, path);
  const slot = header.committed;
  if (!slot) throw new Error("no text counts");
  const from = HEADER.begin + slot.offset;
  const offset = 600 * 1024 - HEADER.begin;
  bytes.copy(bytes, 600 * 1024, from, from + slot.size);
  encodeAreaHeader({ ...header, committed: { ...slot, offset } }).copy(bytes, HEADER.begin);
  t.ok((await lvm2View(machine.disks, machine.paths, "vg"))?.whole);
  const before = Buffer.from(bytes);
  await t.rejects(format(), { code: "SIGNATURE", message: /run dvm lvm2 seal vg first$/ });
  t.ok(machine.disks.bytes(path).equals(before), "not a byte is written");
  await machine.call({ applet: "lvm2", verb: "seal", operands: { vg: "vg" }, options: where });
  await format();
  t.ok((await lvm2View(machine.disks, machine.paths, "vg"))?.whole, "LVM2 misses nothing");
});

t.test("what is LVM2's again is put in order under LVM2's own lock", async (t) => {
  const machine = await vgToGive();
  for (const [n, path] of machine.paths.entries())
    machine.disk(path, machine.unplug(path), { dev: `8:${n * 16}` });
  machine.config = { tm: { lockTimeoutMs: 0 } };
  const lvm2 = await machine.locks.process().acquireFile("/run/lock/lvm/V_vg", "exclusive", 0);
  await t.rejects(release(machine), { code: "LOCKED" });
  const markOf = (path: string) => machine.disks.bytes(path).toString("latin1", SECOND, SECOND + 8);
  const marks = machine.paths.map(markOf);
  t.ok((await lvm2View(machine.disks, machine.paths, "vg"))?.whole, "it is LVM2's");
  await lvm2.release();
  await release(machine);
  t.notSame(machine.paths.map(markOf), marks, "what was dvm's goes then");
});
