/** The simulator finishes what a kernel would have rebuilt, and what it cannot, it leaves not in sync. */
import t from "tap";
import { memoryStore } from "../../../src/core/sim/dm-file.ts";
import { simDm } from "../../../src/core/sim/dm-sim.ts";
import { emptySimState } from "../../../src/core/sim/dm-state.ts";
import type { LeafIo } from "../../../src/core/sim/targets/leaf-access.ts";
import { finishRebuilds } from "../../../src/core/sim/targets/raid-rebuild.ts";
import type { TableLine } from "../../../src/schema/index.ts";
import { superblockBytes } from "../dm/raid-superblock-bytes.ts";

const SECTOR = 512;
const LENGTH = 5000;

const content = Buffer.from(Uint8Array.from({ length: LENGTH * SECTOR }, (_, index) => (index >> 9) ^ index));

/** Two disks in memory, the first of which has content, and images in pieces of different sizes on them. */
function world({ fails, writes = false }: { readonly fails?: string; readonly writes?: boolean } = {}) {
  const disks = new Map(["8:0", "8:1"].map((dev) => [dev, Buffer.alloc(16384 * SECTOR)]));
  const written: string[] = [];
  const at = (token: string): Buffer => disks.get(token) ?? Buffer.alloc(0);
  const io: LeafIo = {
    read(token, sector, buffer) {
      at(token).copy(buffer, 0, sector * SECTOR);
    },
    write(token, sector, bytes) {
      if (fails === token) throw new Error("EIO");
      written.push(`${token} ${sector}+${bytes.length / SECTOR}`);
      at(token).set(bytes, sector * SECTOR);
    },
    flush: (token) => void written.push(`flush ${token}`),
  };
  const store = memoryStore({ ...emptySimState(), leaves: { "8:0": 16384, "8:1": 16384 } });
  const dm = simDm(store, {
    leafSize: () => undefined,
    readLeaf: io.read,
    ...(writes && { writeLeaf: io.write }),
    pause() {},
  });
  const make = (name: string, table: readonly TableLine[]): string => {
    const { dev } = dm.create(name, `DVM-${name}`);
    dm.load(name, table, { readOnly: false });
    dm.resume(name);
    return dev;
  };
  const line = (start: number, length: number, params: string): TableLine => ({
    start,
    length,
    type: "linear",
    params,
  });
  const image0 = make("image0", [line(0, 3000, "8:0 100"), line(3000, 2000, "8:0 9000")]);
  const meta0 = make("meta0", [line(0, 8, "8:0 8")]);
  const below = make("below", [line(0, 4999, "8:1 200")]);
  const image1 = make("image1", [line(0, 4999, `${below} 0`), line(4999, 1, "8:1 8000")]);
  const meta1 = make("meta1", [line(0, 8, "8:1 8")]);
  content.copy(at("8:0"), 100 * SECTOR, 0, 3000 * SECTOR);
  content.copy(at("8:0"), 9000 * SECTOR, 3000 * SECTOR);
  const raid = (options: string, legs: string): TableLine => ({
    start: 0,
    length: LENGTH,
    type: "raid",
    params: `raid1 ${options} ${legs}`,
  });
  const legs = `2 ${meta0} ${image0} ${meta1} ${image1}`;
  const copied = (): boolean =>
    content.subarray(0, 4999 * SECTOR).equals(at("8:1").subarray(200 * SECTOR, 5199 * SECTOR)) &&
    content.subarray(4999 * SECTOR).equals(at("8:1").subarray(8000 * SECTOR, 8001 * SECTOR));
  const status = (): string | undefined => dm.status("r", { noflush: false })[0]?.status;
  return { at, io, store, dm, make, raid, legs, copied, written, status };
}

const WAITING = `raid1 2 Aa 0/${LENGTH} recover 0 0 -`;
const DONE = `raid1 2 AA ${LENGTH}/${LENGTH} idle 0 0 -`;

t.test("a leg is copied, piece by piece, and then in sync", async (t) => {
  const { io, store, dm, make, raid, legs, copied, written, status } = world();
  make("r", [raid("3 0 rebuild 1", legs)]);
  const before = dm.info("r").eventNr;
  t.equal(status(), WAITING);
  finishRebuilds(store, io);
  t.equal(status(), DONE);
  t.ok(copied());
  t.equal(written.at(-1), "flush 8:1", "kept before it counts");
  t.equal(dm.info("r").eventNr, before + 1, "who waits for an event is told");
  const count = written.length;
  finishRebuilds(store, io);
  t.equal(written.length, count, "once");

  dm.load("r", [raid("3 0 rebuild 1", legs)], { readOnly: false });
  dm.resume("r");
  t.equal(status(), WAITING, "a new table that says so begins anew");
  finishRebuilds(store, io);
  t.equal(status(), DONE);
  t.strictSame(written.slice(count), ["flush 8:1"], "but what is equal is not written again");
});

t.test("the first leg from the second", async (t) => {
  const { io, store, make, raid, legs, status, at } = world();
  make("r", [raid("3 0 rebuild 0", legs)]);
  finishRebuilds(store, io);
  t.equal(status(), DONE);
  t.ok(
    at("8:0")
      .subarray(100 * SECTOR, 3100 * SECTOR)
      .every((byte) => byte === 0),
  );
});

t.test("what is left as it is", async (t) => {
  for (const [why, prepare] of [
    ["a disk gives errors", () => {}],
    ["it is suspended", ({ dm }) => dm.suspend("r", { noflush: false, skipLockfs: false })],
    [
      "an image is not linear",
      ({ dm }) => {
        dm.load("below", [{ start: 0, length: 4999, type: "zero", params: "" }], { readOnly: false });
        dm.resume("below");
      },
    ],
    [
      "an image is too short",
      ({ dm }) => {
        dm.load("below", [{ start: 0, length: 4998, type: "linear", params: "8:1 0" }], { readOnly: false });
        dm.resume("below");
      },
    ],
  ] satisfies readonly (readonly [string, (made: ReturnType<typeof world>) => void])[]) {
    const made = world(why === "a disk gives errors" ? { fails: "8:1" } : {});
    made.make("r", [made.raid("3 0 rebuild 1", made.legs)]);
    prepare(made);
    finishRebuilds(made.store, made.io);
    t.equal(made.status(), WAITING, why);
    t.notOk(made.copied());
  }
  for (const [why, write] of [
    [
      "a kernel has run the array",
      ({ at }) => void superblockBytes({ position: 0, events: 4 }).copy(at("8:0"), 8 * SECTOR),
    ],
    ["its metadata is something else", ({ at }) => void at("8:1").write("x", 8 * SECTOR)],
  ] satisfies readonly (readonly [string, (made: ReturnType<typeof world>) => void])[]) {
    const made = world();
    write(made);
    made.make("r", [made.raid("3 0 rebuild 1", made.legs)]);
    finishRebuilds(made.store, made.io);
    t.equal(made.status(), WAITING, why);
    t.notOk(made.copied());
  }
  const { make, raid, legs, status, io, store } = world();
  make("r", [raid("5 0 rebuild 0 rebuild 1", legs)]);
  finishRebuilds(store, io);
  t.match(status(), "raid1 2 aa", "no leg is good");
});

t.test("an array of which some legs have no superblock is refused, unless these are rebuilt", async (t) => {
  const { at, dm, raid, legs, status } = world();
  dm.create("r", "DVM-r");
  const load = (options: string) => dm.load("r", [raid(options, legs)], { readOnly: false });
  const [first, second] = [at("8:0"), at("8:1")].map((disk) => disk.subarray(8 * SECTOR, 9 * SECTOR));
  first?.write("DmRd");
  second?.fill(0xff);
  t.throws(() => load("1 0"), { message: /New device injected into existing raid set/ });
  t.throws(() => load("3 0 rebuild 0"), { message: /cannot be injected into a raid set/ });
  load("3 0 rebuild 1");
  dm.resume("r");
  t.match(status(), "raid1 2 Aa", "it gets all from the other");
  first?.fill(0xff);
  load("1 0");
  second?.write("DmRd");
  first?.write("DmRd");
  load("1 0");
});

t.test("a leg whose superblock cannot be read is left out, and rebuilt when it can", async (t) => {
  const { store, io, dm, make, raid, legs, status, copied } = world({ writes: true });
  const table = [raid("1 0", legs)];
  const unread = (...names: string[]) =>
    store.change((state) => void Object.assign(state, { unread: names }));
  make("r", table);
  unread("meta1");
  dm.load("r", table, { readOnly: false });
  dm.resume("r");
  t.equal(status(), `raid1 2 AD ${LENGTH}/${LENGTH} idle 0 0 -`);
  finishRebuilds(store, io);
  t.equal(status(), `raid1 2 AD ${LENGTH}/${LENGTH} idle 0 0 -`, "until there is another table");
  t.notOk(copied());

  unread("meta0", "meta1");
  t.throws(() => dm.load("r", table, { readOnly: false }), /Insufficient redundancy to activate array/);

  unread();
  dm.load("r", table, { readOnly: false });
  dm.resume("r");
  t.equal(status(), WAITING, "it is known to have missed what was written");
  finishRebuilds(store, io);
  t.ok(copied());
  t.equal(status(), DONE);
});

t.test("superblocks are read when a table is loaded, and never again", async (t) => {
  const { at, io, store, dm, make, raid, legs, status, copied } = world();
  const table = [raid("1 0", legs)];
  make("r", table);
  content.copy(at("8:1"), 200 * SECTOR, 0, 4999 * SECTOR);
  content.copy(at("8:1"), 8000 * SECTOR, 4999 * SECTOR);
  t.ok(copied());
  const fail = (broken: readonly string[]) => store.change((state) => void Object.assign(state, { broken }));
  const missWrite = () => at("8:1").fill(0xff, 200 * SECTOR, 201 * SECTOR);

  dm.load("r", table, { readOnly: false });
  fail(["8:1"]);
  finishRebuilds(store, io);
  t.equal(status(), `raid1 2 AD ${LENGTH}/${LENGTH} idle 0 0 -`);
  missWrite();
  fail([]);
  dm.resume("r");
  t.equal(status(), DONE, "a table that was loaded before takes the leg for whole");
  finishRebuilds(store, io);
  t.notOk(copied(), "though it is not");

  dm.load("r", table, { readOnly: false });
  at("8:0").write("DmRd", 8 * SECTOR);
  dm.resume("r");
  t.equal(status(), WAITING, "one that is loaded afterwards knows");
  finishRebuilds(store, io);
  t.ok(copied(), "and has it rebuilt, whatever is in the superblocks by now");
  t.equal(status(), DONE);

  at("8:0").fill(0, 8 * SECTOR, 9 * SECTOR);
  dm.load("r", table, { readOnly: false });
  dm.resume("r");
  t.equal(status(), DONE, "then nothing is missing any more");

  fail(["8:1"]);
  finishRebuilds(store, io);
  fail([]);
  at("8:0").fill(0, 8 * SECTOR, 16 * SECTOR);
  dm.load("r", table, { readOnly: false });
  dm.resume("r");
  t.equal(status(), DONE, "metadata that was wiped says nothing of a leg");
});
