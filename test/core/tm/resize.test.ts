/** A device that has grown, or is to become smaller, killed before each step that reaches a disk. */
import t, { type Test } from "tap";
import type { Discovery, Metadata } from "../../../src/schema/index.ts";
import { Machine } from "../../lib/machine.ts";
import { orNightly } from "../../lib/nightly.ts";
import { mustType, type } from "../../lib/typed.ts";
import { find, history, readMetadata, restore, verify } from "../../lib/vg.ts";

const MIB = 2 ** 20;
const SIZE = 24 * MIB;
const STRIDE = orNightly(9, 1);
const CONTENT = Buffer.alloc(6 * MIB, "what is in it ");

/** A VG of two disks with a region at each end, and an LV with content on the first of them. */
async function machine(): Promise<Machine> {
  const made = new Machine();
  for (const letter of "bc") made.disk(`/dev/sd${letter}`, SIZE);
  await mustType(made, "dvm init vg /dev/sdb /dev/sdc --region-size 1M --extent-size 1M");
  await mustType(made, "dvm create-lv vg/kept --size 6M --pv /dev/sdb --no-activate");
  made.files.set("content", CONTENT);
  await mustType(made, "dvm import vg/kept content");
  return made;
}

function resizeDisk(made: Machine, path: string, size: number): void {
  const bytes = made.unplug(path);
  made.disk(
    path,
    Buffer.concat([bytes, Buffer.alloc(Math.max(0, size - bytes.length), 0xa5)]).subarray(0, size),
  );
  made.restart();
}

const pvOf = async (
  made: Machine,
): Promise<{ pv: Metadata["pvs"][number]; device: Discovery["devices"][number] }> => {
  const device = (await find(made)).devices.find(({ path }) => path === "/dev/sdb");
  const pv = (await readMetadata(made)).pvs.find(({ id }) => id === device?.id);
  if (!device || !pv) throw new Error("no /dev/sdb");
  return { pv, device };
};

async function isWell(t: Test, made: Machine, what: string): Promise<void> {
  t.match(await verify(made), { complete: true, state: "clean", strangers: [] }, what);
  await mustType(made, "dvm export vg/kept out");
  t.ok(made.files.get("out")?.equals(CONTENT), `${what}: the LV has its content`);
  const { pv, device } = await pvOf(made);
  t.ok(pv.extents * 2048 <= device.dataLength, `${what}: no more extents than there is room for`);
  const end = device.dataStart + device.dataLength;
  for (const { offset, length } of device.regions)
    t.ok(offset + length <= device.dataStart || offset >= end, `${what}: regions lie apart from the data`);
}

/** Prefixes of the steps of a line, each ended by the same line; by night all of them. */
async function killedAnywhere(t: Test, from: Machine, line: string, after: (made: Machine) => Promise<void>) {
  let kills = 0;
  for (let left = 0; ; left += STRIDE) {
    const made = from.fork();
    made.stepsLeft = left;
    const isKilled = await made.dies(async () => {
      if ((await type(made, line)).status !== 0 && !made.killed) throw new Error(line);
    });
    made.restart();
    const what = `killed before step ${left}`;
    t.equal(made.steps.length, 0);
    if (isKilled) {
      kills += 1;
      // What interrupts a transaction is for recover; all else is whole.
      await mustType(made, "dvm recover vg");
      await isWell(t, made, what);
      await mustType(made, line);
    }
    await isWell(t, made, `${what}, and done`);
    await after(made);
    if (!isKilled) break;
  }
  t.ok(kills * STRIDE > 30, `${kills} kills`);
}

t.test("a disk that has grown", async (t) => {
  const made = await machine();
  const before = await pvOf(made);
  t.match(await type(made, "dvm resize-pv vg /dev/sdb"), { status: 0, stdout: /nothing has changed/ });
  resizeDisk(made, "/dev/sdb", SIZE + 8 * MIB);
  await killedAnywhere(t, made, "dvm resize-pv vg /dev/sdb", async (done) => {
    const { pv, device } = await pvOf(done);
    t.equal(pv.extents, before.pv.extents + 8);
    t.equal(device.regions.length, 2);
    t.equal(device.regions[1]?.offset, (SIZE + 7 * MIB) / 512, "the second is at the new end");
    done.restart();
    t.match(await type(done, "dvm resize-pv vg /dev/sdb"), { status: 0, stdout: /nothing has changed/ });
    t.notOk(
      done.steps.some((step) => step.startsWith("write")),
      "a second time writes nothing",
    );
  });
  // What was a region is an LV's now.
  await mustType(made, "dvm resize-pv vg /dev/sdb");
  await mustType(made, "dvm create-lv vg/rest --extents 100%FREE --pv /dev/sdb --no-activate");
  made.files.set("over", Buffer.alloc(((await pvOf(made)).pv.extents - 6) * MIB, 0x5a));
  await mustType(made, "dvm import vg/rest over");
  await isWell(t, made, "full");
});

t.test("a disk that is to become smaller", async (t) => {
  const made = await machine();
  const before = await pvOf(made);
  await mustType(made, "dvm create-lv vg/gone --size 14M --pv /dev/sdb --no-activate");
  const inUse = await type(made, "dvm resize-pv vg /dev/sdb --size 16M");
  t.match(inUse, {
    status: 3,
    stderr: /are in use by gone: move them off it, or leave it 20 MiB of data.*\[IN_USE\]/,
  });
  await mustType(made, "dvm remove-lv vg/gone");
  await killedAnywhere(t, made, "dvm resize-pv vg /dev/sdb --size 16M", async (done) => {
    const { pv, device } = await pvOf(done);
    t.equal(pv.extents, before.pv.extents - 8);
    t.equal(device.regions[1]?.offset, (15 * MIB) / 512);
    resizeDisk(done, "/dev/sdb", 16 * MIB);
    await isWell(t, done, "cut");
    t.match(await type(done, "dvm doctor"), { status: 0 });
  });
});

t.test("an earlier state does not come back over what was divided anew", async (t) => {
  const made = await machine();
  const [{ txid = 0 } = {}] = (await history(made)).states;
  await mustType(made, "dvm resize-pv vg /dev/sdb --size 16M");
  await t.rejects(restore(made, txid), { code: "INCOMPLETE", message: /more than \/dev\/sdb has room for/ });
  await isWell(t, made, "as it was");
  await mustType(made, "dvm resize-pv vg /dev/sdb");
  t.equal((await pvOf(made)).pv.extents, 21, "the way back is the same verb");
});

t.test("what is refused", async (t) => {
  const made = await machine();
  const table = [
    ["--size 23M --dry-run", 0, /^$/],
    ["--size 25M", 3, /has 24 MiB, less than 25 MiB: enlarge it first/],
    ["--size 2M", 3, /leave no MiB for data.*; the least that is possible now is --size 9M \[/],
    ["--size 4M", 3, /in use by kept.*; the least that is possible now is --size 9M \[/],
    ["--size 8M", 3, /in use by kept.* --size 9M \[/],
    ["--size 9M --dry-run", 0, /^$/],
  ] as const;
  for (const [words, status, message] of table) {
    const bytes = Buffer.from(made.disks.bytes("/dev/sdb"));
    const got = await type(made, `dvm resize-pv vg /dev/sdb ${words}`);
    t.equal(got.status, status, `${words}: ${got.stderr}`);
    t.match(got.stderr, message, words);
    t.ok(bytes.equals(made.disks.bytes("/dev/sdb")), `${words}: nothing is written`);
  }
  made.commands["cat"] = (_args, input) => input;
  const resize = {
    applet: "tm",
    verb: "resize",
    operands: { device: "/dev/sdb" },
    command: ["cat"],
  } as const;
  await t.rejects(
    made.call({ ...resize, stdin: await find(made), options: { size: "7M" } }),
    { code: "INCOMPLETE", message: /more than .* has room for/ },
    "a mutator that gives nothing up",
  );
  await isWell(t, made, "still");
  // Its region of 1 MiB cannot go where a part of it is.
  resizeDisk(made, "/dev/sdb", SIZE + MIB / 2);
  t.match(await type(made, "dvm resize-pv vg /dev/sdb"), { status: 0, stdout: /nothing has changed/ });
});

t.test("the size that is named when no extent has room is one", async (t) => {
  const made = new Machine();
  made.disk("/dev/sdb", 2100 * MIB);
  await mustType(made, "dvm init vg /dev/sdb --region-size 1M --extent-size 1G");
  for (const size of ["2M", "500M", "1026M"])
    t.match(
      await type(made, `dvm resize-pv vg /dev/sdb --size ${size}`),
      { status: 3, stderr: /possible now is --size 1027M \[TOO_SMALL\]/ },
      size,
    );
  await mustType(made, "dvm resize-pv vg /dev/sdb --size 1027M");
  t.equal((await pvOf(made)).pv.extents, 1);
});
