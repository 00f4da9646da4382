import t from "tap";
import { decodeRaidSuperblock } from "../../../src/core/dm/raid-superblock.ts";
import { openMapped } from "../../../src/core/mapper/open-mapped.ts";
import type { DmState } from "../../../src/schema/index.ts";
import { type SuperblockFields, superblockBytes } from "../dm/raid-superblock-bytes.ts";
import { MemoryDisks } from "./disks.ts";

const LENGTH = 8;
const fill = (letter: string) => Buffer.alloc(LENGTH * 512, letter);

/**
 * A raid1 as volactivate lays it out: images and metadata are linear devices, each leg on a disk of its own.
 */
function array(
  superblocks: readonly (SuperblockFields | null)[],
  { options = "region_size 8", away = [] as readonly number[] } = {},
): { state: DmState; disks: MemoryDisks } {
  const disks = new MemoryDisks();
  for (const [index, fields] of superblocks.entries()) {
    disks.add(
      `/d${index}`,
      Buffer.concat([fields ? superblockBytes(fields) : Buffer.alloc(512), fill(`${index}`)]),
    );
  }
  const legs = superblocks.map((_, index) =>
    away.includes(index) ? "- -" : `@v_rmeta_${index} @v_rimage_${index}`,
  );
  const device = (name: string, length: number, type: string, params: string) => ({
    name,
    uuid: `DVM-${name}`,
    table: [{ start: 0, length, type, params }],
  });
  const devices = superblocks.flatMap((_, index) => [
    device(`v_rmeta_${index}`, 1, "linear", `/d${index} 0`),
    device(`v_rimage_${index}`, LENGTH, "linear", `/d${index} 1`),
  ]);
  const words = options.split(" ").length + 1;
  const table = `raid1 ${words} 0 ${options} ${legs.length} ${legs.join(" ")}`;
  return { state: { devices: [...devices, device("v", LENGTH, "raid", table)] }, disks };
}

const clean: readonly SuperblockFields[] = [
  { position: 0, events: 4 },
  { position: 1, events: 4 },
];

async function readAll(state: DmState, disks: MemoryDisks, warnings: string[] = []): Promise<string> {
  const device = await openMapped(state, "v", disks, {
    write: false,
    warn: (message) => warnings.push(message),
  });
  const buffer = Buffer.alloc(LENGTH * 512);
  await device.read(0, buffer);
  await device.close();
  return buffer.equals(fill(String.fromCharCode(buffer[0] ?? 0))) ? buffer.toString("latin1", 0, 1) : "mixed";
}

t.test("reads a leg that is proven good", async (t) => {
  const [first, second] = clean as [SuperblockFields, SuperblockFields];
  const rows: [string, ReturnType<typeof array>, string][] = [
    ["never run", array([null, null]), "0"],
    ["in sync", array(clean), "0"],
    ["first failed", array([first, { ...second, failed: [0] }]), "1"],
    ["first behind", array([{ ...first, events: 3 }, second]), "1"],
    ["first recovering", array([{ ...first, recoveryOffset: 2n }, second]), "1"],
    ["first new", array([null, second]), "1"],
    ["first to be rebuilt", array(clean, { options: "rebuild 0 region_size 8" }), "1"],
    ["first away on purpose", array(clean, { away: [0] }), "1"],
  ];
  for (const [name, { state, disks }, expected] of rows) t.equal(await readAll(state, disks), expected, name);
});

t.test("a write goes to every leg, to one that is not read yet too", async (t) => {
  const { state, disks } = array([null, null, null], { options: "rebuild 1 region_size 8" });
  const device = await openMapped(state, "v", disks, { write: true });
  await device.write(512, Buffer.alloc(1024, "w"));
  await device.flush();
  await device.close();
  for (const index of [0, 1, 2]) {
    const expected = fill(`${index}`).fill("w", 512, 1536);
    t.same(disks.bytes(`/d${index}`).subarray(512), expected, `leg ${index}`);
    t.same(
      disks.bytes(`/d${index}`).subarray(0, 512),
      Buffer.alloc(512),
      "metadata devices are a kernel's own",
    );
  }
});

t.test("with a disk gone it reads on and refuses to write", async (t) => {
  for (const gone of [0, 1]) {
    const { state, disks } = array(clean);
    disks.absent.add(`/d${gone}`);
    const warnings: string[] = [];
    t.equal(await readAll(state, disks, warnings), `${1 - gone}`);
    t.match(warnings, [new RegExp(`v, target 0 .raid.: goes on without leg ${gone}: .*/d${gone}`)]);
    await t.rejects(openMapped(state, "v", disks, { write: true }), {
      code: "INCOMPLETE",
      message: new RegExp(`leg ${gone} cannot be written, so nothing is`),
    });
    t.equal(disks.log.length, 0, "nothing was written");
    t.equal(disks.stillOpen, 0);
  }
});

t.test("a leg that the table leaves out does not hinder writing", async (t) => {
  const { state, disks } = array(clean, { away: [0] });
  disks.absent.add("/d0");
  const device = await openMapped(state, "v", disks, { write: true });
  await device.write(0, fill("w"));
  t.same(disks.bytes("/d1").subarray(512), fill("w"));
});

t.test("a leg with an error target below is as one that is gone", async (t) => {
  const { state, disks } = array(clean);
  const image = state.devices.find(({ name }) => name === "v_rimage_0");
  if (image) image.table = [{ start: 0, length: LENGTH, type: "error", params: "" }];
  const warnings: string[] = [];
  t.equal(await readAll(state, disks, warnings), "1");
  t.match(warnings, [/copy 0 cannot be read, going on with another/]);
  await t.rejects(openMapped(state, "v", disks, { write: true }), { code: "INCOMPLETE" });
});

t.test("a leg that fails while it is read gives way to another, and stays away", async (t) => {
  const { state, disks } = array([...clean.map((each) => ({ ...each })), { position: 2, events: 4 }]);
  const warnings: string[] = [];
  const device = await openMapped(state, "v", disks, {
    write: false,
    warn: (message) => warnings.push(message),
  });
  disks.failing.set("/d0", "read");
  const buffer = Buffer.alloc(512);
  await device.read(0, buffer);
  await device.read(512, buffer);
  t.equal(buffer.toString("latin1", 0, 1), "1");
  t.equal(warnings.length, 1, "told once");
  disks.failing.set("/d1", "read").set("/d2", "read");
  await t.rejects(device.read(0, buffer), { code: "IO" });
});

t.test("a leg that fails while it is written fails the write, and says what that means", async (t) => {
  const { state, disks } = array([null, null]);
  const device = await openMapped(state, "v", disks, { write: true });
  disks.failing.set("/d1", "write");
  await t.rejects(device.write(0, fill("w")), {
    code: "IO",
    message: /writing copy 1 failed, so that copies may differ/,
  });
  const run = array(clean);
  const other = await openMapped(run.state, "v", run.disks, { write: true });
  run.disks.failing.set("/d1", "write");
  for (const _ of [1, 2])
    await t.rejects(other.write(0, fill("w")), {
      code: "IO",
      message: /v, target 0 .*: raid metadata cannot be written, so nothing is/,
    });
  await other.close();
  t.same(run.disks.bytes("/d0").subarray(512), fill("0"));
});

t.test("nothing is read when no leg is proven good", async (t) => {
  const { state, disks } = array(clean.map((each) => ({ ...each, recoveryOffset: 0n })));
  await t.rejects(openMapped(state, "v", disks, { write: false }), { code: "INCOMPLETE", message: /no leg/ });
  const [first] = clean as [SuperblockFields];
  const stale = array([first, null]);
  stale.disks.absent.add("/d0");
  t.equal(await readAll(stale.state, stale.disks), "1", "alone and never run: as the metadata has it");
});

t.test("metadata devices with something else on them stop it, unless another one tells", async (t) => {
  const { state, disks } = array([null, null]);
  disks.bytes("/d0").write("garbage", 0);
  await t.rejects(openMapped(state, "v", disks, { write: false }), { code: "CORRUPT", message: /v_rmeta_0/ });
  const other = array(clean);
  other.disks.bytes("/d0").write("garbage", 0);
  t.equal(await readAll(other.state, other.disks), "1");
  await t.rejects(openMapped(other.state, "v", other.disks, { write: true }), { code: "CORRUPT" });
  const raid4 = array(clean.map((each) => ({ ...each, level: 4 })));
  await t.rejects(openMapped(raid4.state, "v", raid4.disks, { write: false }), { code: "UNSUPPORTED" });
});

t.test("overlapping writes at once leave all copies equal", async (t) => {
  const { state, disks } = array([null, null]);
  const open = disks.open.bind(disks);
  let turn = 0;
  // Each write takes its time, the legs in turn, so that unordered writes would land differently.
  disks.open = async (path, mode) => {
    const device = await open(path, mode);
    return {
      ...device,
      write: async (offset, bytes) => {
        turn += 1;
        for (let wait = (turn * 7) % 5; wait > 0; wait -= 1) await new Promise(setImmediate);
        await device.write(offset, bytes);
      },
    };
  };
  const device = await openMapped(state, "v", disks, { write: true });
  await Promise.all(
    ["a", "b", "c", "d", "e", "f"].map((letter, index) =>
      device.write((index % 3) * 512, Buffer.alloc(4 * 512, letter)),
    ),
  );
  t.same(disks.bytes("/d0").subarray(512, 7 * 512), disks.bytes("/d1").subarray(512, 7 * 512));
});

/** The disks as they were before any of this reached them, and then after each write. */
function* statesOf(start: ReadonlyMap<string, Buffer>, log: MemoryDisks["log"]) {
  const content = new Map([...start].map(([path, bytes]) => [path, Buffer.from(bytes)]));
  yield content;
  for (const event of log) {
    if (event.kind !== "write") continue;
    content.get(event.path)?.set(event.bytes, event.offset);
    yield content;
  }
}

t.test("killed at any write, legs are equal or said to differ", async (t) => {
  const [first, second] = clean as [SuperblockFields, SuperblockFields];
  const third = { position: 2, events: 4 };
  const rows: [string, (SuperblockFields | null)[], string | undefined][] = [
    ["in sync", [first, second, third], undefined],
    ["one behind", [first, second, { ...third, events: 3 }], undefined],
    ["one new", [first, second, null], "rebuild 2 region_size 8"],
    ["not in sync before", [first, second].map((each) => ({ ...each, resyncOffset: 0n })), undefined],
  ];
  for (const [name, superblocks, options] of rows) {
    const { state, disks } = array(superblocks, options === undefined ? {} : { options });
    for (const [, bytes] of disks.content) bytes.fill("same", 512);
    const before = new Map([...disks.content].map(([path, bytes]) => [path, Buffer.from(bytes)]));
    const device = await openMapped(state, "v", disks, { write: true });
    await device.write(0, Buffer.alloc(1024, "x"));
    await device.write(2048, Buffer.alloc(512, "y"));
    await device.discard(1024, 512);
    await device.flush();
    await device.close();
    let states = 0;
    for (const content of statesOf(before, disks.log)) {
      const legs = [...content.values()].slice(0, 2).map((bytes) => bytes.subarray(512));
      const said = [...content].flatMap(([path, bytes]) => decodeRaidSuperblock(bytes, path) ?? []);
      const newest = said.map(({ events }) => events).sort((a, b) => (a < b ? 1 : -1))[0];
      const isSynced = said.every(({ events, synced }) => events !== newest || synced);
      t.ok(legs[0]?.equals(legs[1] ?? Buffer.alloc(0)) || !isSynced, `${name}, state ${states}`);
      states += 1;
    }
    t.ok(states >= 5);
    for (const [path, bytes] of before)
      t.ok(bytes.subarray(0, 512).equals(disks.bytes(path).subarray(0, 512)), `${name}: ${path} as before`);
    const kinds = disks.log.map((event) =>
      event.kind === "flush" ? "flush" : event.offset < 512 ? "mark" : "data",
    );
    const runs = kinds.filter((kind, index) => kind !== kinds[index - 1]);
    t.same(
      runs,
      name === "not in sync before" ? ["data", "flush"] : ["mark", "flush", "data", "flush", "mark", "flush"],
      `${name}: each is durable before the next`,
    );
  }
});

t.test("after a failed write the mark stays, and so does one that was there", async (t) => {
  const { state, disks } = array(clean);
  const device = await openMapped(state, "v", disks, { write: true });
  await device.write(0, Buffer.alloc(512, "x"));
  disks.failing.set("/d1", "write");
  await t.rejects(device.write(512, Buffer.alloc(512, "y")), { code: "IO" });
  disks.failing.clear();
  await device.close();
  t.equal(disks.stillOpen, 0);
  const said = () => ["/d0", "/d1"].map((path) => decodeRaidSuperblock(disks.bytes(path), path));
  t.match(said(), [
    { synced: false, recovered: true, events: 5n },
    { synced: false, recovered: true, events: 5n },
  ]);
  const marked = ["/d0", "/d1"].map((path) => Buffer.from(disks.bytes(path).subarray(0, 512)));
  const again = await openMapped(state, "v", disks, { write: true });
  await again.write(0, fill("z"));
  await again.close();
  for (const [index, bytes] of marked.entries())
    t.ok(bytes.equals(disks.bytes(`/d${index}`).subarray(0, 512)));
  t.equal(await readAll(state, disks), "z");
});

t.test("after a flush that failed nothing is durable any more, and the mark stays", async (t) => {
  const { state, disks } = array(clean);
  const device = await openMapped(state, "v", disks, { write: true });
  await device.write(0, Buffer.alloc(512, "x"));
  disks.failing.set("/d1", "flush");
  await t.rejects(device.flush(), { code: "IO" });
  // A kernel tells of what it could not write once.
  disks.failing.clear();
  await t.rejects(device.flush(), { code: "IO" }, "nor does a later one promise anything");
  await t.rejects(device.close(), { code: "IO" });
  t.equal(disks.stillOpen, 0);
  for (const path of ["/d0", "/d1"])
    t.match(decodeRaidSuperblock(disks.bytes(path), path), { synced: false }, `${path} is said to differ`);
});

t.test("who writes nothing marks nothing", async (t) => {
  const { state, disks } = array(clean);
  for (const write of [false, true]) {
    const device = await openMapped(state, "v", disks, { write });
    await device.read(0, Buffer.alloc(512));
    await device.close();
  }
  t.same(
    disks.log.filter(({ kind }) => kind === "write"),
    [],
  );
});
