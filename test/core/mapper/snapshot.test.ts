import fc from "fast-check";
import t from "tap";
import { encodeCowHeader } from "../../../src/core/dm/cow-header.ts";
import { openMapped } from "../../../src/core/mapper/open-mapped.ts";
import type { DmState } from "../../../src/schema/index.ts";
import { MemoryDisks } from "./disks.ts";
import { numbersFrom } from "./random-stack.ts";

const SECTORS = 50;

/** An origin of 50 sectors and snapshots of it, each with its COW device. */
function world(cows: readonly { chunk: number; sectors: number }[]): { state: DmState; disks: MemoryDisks } {
  const disks = new MemoryDisks();
  disks.add("/real", Buffer.from(Array.from({ length: SECTORS * 512 }, (_, at) => (at >> 9) + 1)));
  const device = (name: string, type: string, params: string, length = SECTORS) => ({
    name,
    uuid: `DVM-${name}`,
    table: [{ start: 0, length, type, params }],
  });
  const snapshots = cows.map(({ chunk, sectors }, index) => {
    // What stood on the device before: only the header has been wiped.
    disks.add(`/cow${index}`, Buffer.alloc(sectors * 512, 5).fill(0, 0, 512));
    return device(`snap${index}`, "snapshot", `@real /cow${index} P ${chunk}`);
  });
  return {
    state: {
      devices: [
        device("real", "linear", "/real 0"),
        device("origin", "snapshot-origin", "@real"),
        ...snapshots,
      ],
    },
    disks,
  };
}

async function readAll(state: DmState, name: string, disks: MemoryDisks): Promise<Buffer> {
  const device = await openMapped(state, name, disks, { write: false });
  const buffer = Buffer.alloc(SECTORS * 512);
  await device.read(0, buffer);
  await device.close();
  return buffer;
}

async function write(state: DmState, name: string, disks: MemoryDisks, sector: number, data: Buffer) {
  const device = await openMapped(state, name, disks, { write: true });
  try {
    await device.write(sector * 512, data);
  } finally {
    await device.close();
  }
}

/** Reads take longer one after the other, so that what is not kept in order overtakes. */
function slowReads(disks: MemoryDisks): void {
  const open = disks.open.bind(disks);
  let turn = 0;
  disks.open = async (path, mode) => {
    const device = await open(path, mode);
    const read = async (offset: number, buffer: Uint8Array) => {
      turn += 1;
      for (let wait = turn * 10; wait > 0; wait -= 1) await new Promise(setImmediate);
      await device.read(offset, buffer);
    };
    return { ...device, read };
  };
}

t.test("origin and snapshots keep apart, opened anew for each write", async (t) => {
  const property = fc.asyncProperty(fc.integer(), async (seed) => {
    const random = numbersFrom(seed);
    const { state, disks } = world([
      { chunk: 1, sectors: 200 },
      { chunk: 4, sectors: 400 },
      { chunk: 16, sectors: 400 },
    ]);
    const names = ["origin", "snap0", "snap1", "snap2"];
    const model = new Map(names.map((name) => [name, Buffer.from(disks.bytes("/real"))]));
    for (let round = 0; round < 10; round += 1) {
      const name = names[random(names.length)] ?? "origin";
      const sector = random(SECTORS);
      const data = Buffer.from(
        Array.from({ length: (1 + random(SECTORS - sector)) * 512 }, () => random(256)),
      );
      await write(state, name, disks, sector, data);
      model.get(name)?.set(data, sector * 512);
      for (const [each, expected] of model)
        if (!expected.equals(await readAll(state, each, disks)))
          throw new Error(`${each} differs, round ${round}`);
    }
  });
  await fc.assert(property, { seed: 20260102, numRuns: 60 });
  t.pass("no difference");
});

t.test("the store is laid out as the kernel's", async (t) => {
  const { state, disks } = world([{ chunk: 1, sectors: 200 }]);
  // 32 entries fill the first area's metadata in chunk 1, so its data are chunks 2 to 33, the next metadata
  // 34.
  await write(state, "snap0", disks, 0, Buffer.alloc(32 * 512, "a"));
  const cow = disks.bytes("/cow0");
  t.equal(cow.toString("latin1", 0, 4), "SnAp");
  t.same(
    [4, 8, 12].map((at) => cow.readUInt32LE(at)),
    [1, 1, 1],
    "valid, version, chunk size",
  );
  const entry = (chunk: number, index: number) =>
    [0, 8].map((at) => Number(cow.readBigUInt64LE(chunk * 512 + index * 16 + at)));
  t.same(entry(1, 0), [0, 2]);
  t.same(entry(1, 31), [31, 33]);
  t.same(entry(34, 0), [0, 0], "the next metadata chunk ends the list");
  await write(state, "snap0", disks, 40, Buffer.alloc(512, "b"));
  t.same(entry(34, 0), [40, 35]);
  t.same(cow.subarray(35 * 512, 36 * 512), Buffer.alloc(512, "b"));
});

t.test(
  "a power cut at any write leaves every chunk as it was or as written, and the origin as it was",
  async (t) => {
    const { state, disks } = world([{ chunk: 1, sectors: 200 }]);
    const real = Buffer.from(disks.bytes("/real"));
    const copy = () => new Map([...disks.content].map(([path, bytes]) => [path, Buffer.from(bytes)]));
    const fresh = copy();
    await write(state, "snap0", disks, 0, Buffer.alloc(30 * 512, "a"));
    const used = copy();
    const rows = [
      // A store never used before, within one area, and over the end of the first area (32 entries).
      ["snap0", 45, 1, fresh],
      ["origin", 45, 1, fresh],
      ["snap0", 45, 1, used],
      ["origin", 45, 1, used],
      ["snap0", 28, 10, used],
      ["origin", 28, 10, used],
    ] as const;
    for (const [name, first, count, before] of rows) {
      for (const [path, bytes] of before) disks.add(path, Buffer.from(bytes));
      const old = await readAll(state, "snap0", disks);
      disks.log.length = 0;
      await write(state, name, disks, first, Buffer.alloc(count * 512, "b"));
      const log = [...disks.log];
      for (let cut = 0; cut <= log.length; cut += 1) {
        // What was flushed before the cut is there; of the rest everything, nothing, or only the last.
        const done = log.slice(0, cut);
        for (const survives of ["all", "none", "last"]) {
          for (const [path, bytes] of before) disks.add(path, Buffer.from(bytes));
          for (const [index, event] of done.entries()) {
            const flushed = done
              .slice(index)
              .some(({ kind, path }) => kind === "flush" && path === event.path);
            const kept = flushed || survives === "all" || (survives === "last" && index === cut - 1);
            if (kept && event.kind === "write") disks.bytes(event.path).set(event.bytes, event.offset);
          }
          const now = await readAll(state, "snap0", disks);
          for (let sector = 0; sector < SECTORS; sector += 1) {
            const part = now.subarray(sector * 512, (sector + 1) * 512);
            const isOld = part.equals(old.subarray(sector * 512, (sector + 1) * 512));
            const mayBeNew = name === "snap0" && sector >= first && sector < first + count;
            if (!isOld && !(mayBeNew && part.equals(Buffer.alloc(512, "b"))))
              t.fail(
                `${name}: cut ${cut} of ${log.length}, ${survives}: sector ${sector} of the snapshot ` +
                  "is neither old nor new",
              );
          }
          if (name === "snap0" && !disks.bytes("/real").equals(real)) t.fail("the origin changed");
        }
      }
      t.ok(log.length > 3, `${name}: ${log.length} steps`);
    }
  },
);

t.test("writes at once to one chunk give each snapshot what was there before all of them", async (t) => {
  const { state, disks } = world([{ chunk: 16, sectors: 200 }]);
  const old = Buffer.from(disks.bytes("/real"));
  slowReads(disks);
  const origin = await openMapped(state, "origin", disks, { write: true });
  await Promise.all([0, 1, 2, 3].map((sector) => origin.write(sector * 512, Buffer.alloc(512, "w"))));
  await origin.close();
  t.same(await readAll(state, "snap0", disks), old);
  const snap = await openMapped(state, "snap0", disks, { write: true });
  await Promise.all([16, 17, 18, 19].map((sector) => snap.write(sector * 512, Buffer.alloc(512, "s"))));
  await snap.close();
  t.same(await readAll(state, "snap0", disks), old.fill("s", 16 * 512, 20 * 512));
});

t.test("a full store refuses the write before anything of it is written", async (t) => {
  const { state, disks } = world([{ chunk: 4, sectors: 20 }]);
  // Chunks 0 (header), 1 (metadata), 2 to 4.
  await write(state, "snap0", disks, 0, Buffer.alloc(8 * 512, "a"));
  for (const name of ["snap0", "origin"]) {
    disks.log.length = 0;
    await t.rejects(write(state, name, disks, 4, Buffer.alloc(12 * 512, "b")), {
      code: "NO_SPACE",
      message: /\/cow0 is full/,
    });
    t.same(
      disks.log.filter(({ kind }) => kind === "write"),
      [],
      `${name}: nothing was written`,
    );
  }
  await write(state, "origin", disks, 8, Buffer.alloc(4 * 512, "c"));
  t.equal(disks.bytes("/real").toString("latin1", 8 * 512, 8 * 512 + 1), "c", "what fits is written");
});

t.test("the last place of an area is not taken when the next area has none", async (t) => {
  // Chunks 0 to 33 hold the first area completely, and a reader would look for the next one behind the end.
  const { state, disks } = world([{ chunk: 1, sectors: 34 }]);
  await write(state, "snap0", disks, 0, Buffer.alloc(31 * 512, "a"));
  await t.rejects(write(state, "snap0", disks, 31, Buffer.alloc(512, "a")), { code: "NO_SPACE" });
  t.equal((await readAll(state, "snap0", disks)).toString("latin1", 30 * 512, 30 * 512 + 1), "a");
});

t.test("the chunk size in the header counts, not the table's", async (t) => {
  const { state, disks } = world([{ chunk: 4, sectors: 200 }]);
  await write(state, "snap0", disks, 0, Buffer.alloc(512, "a"));
  const table = state.devices[2]?.table?.[0];
  if (table) table.params = "@real /cow0 PO 8";
  t.equal((await readAll(state, "snap0", disks)).toString("latin1", 0, 1), "a");
});

t.test("what cannot be mapped is refused", async (t) => {
  const damage = async (change: (bytes: Buffer) => void) => {
    const { state, disks } = world([{ chunk: 1, sectors: 200 }]);
    await write(state, "snap0", disks, 0, Buffer.alloc(512, "a"));
    change(disks.bytes("/cow0"));
    return readAll(state, "snap0", disks);
  };
  await t.rejects(
    damage((bytes) => bytes.writeUInt32LE(0, 4)),
    { code: "CORRUPT", message: /overflowed and is lost/ },
  );
  await t.rejects(
    damage((bytes) => bytes.writeUInt32LE(2, 8)),
    { code: "UNSUPPORTED" },
  );
  await t.rejects(
    damage((bytes) => bytes.write("x", 0)),
    { code: "CORRUPT" },
  );
  await t.rejects(
    damage((bytes) => bytes.writeUInt32LE(3, 12)),
    { code: "CORRUPT", message: /chunk size 3/ },
  );
  await t.rejects(
    damage((bytes) => bytes.writeUInt32LE(2 ** 31, 12)),
    { code: "CORRUPT" },
  );
  await t.rejects(
    damage((bytes) => bytes.writeBigUInt64LE(34n, 512 + 8)),
    { code: "CORRUPT", message: /chunk 34/ },
  );
  await t.rejects(
    damage((bytes) => bytes.writeBigUInt64LE(200n, 512 + 8)),
    { code: "CORRUPT" },
  );
  await t.rejects(
    damage((bytes) => bytes.writeBigUInt64LE(2n ** 60n, 512 + 8)),
    { code: "CORRUPT" },
  );
  t.same(encodeCowHeader(8).subarray(0, 16).toString("hex"), "536e4170010000000100000008000000");

  const { state, disks } = world([{ chunk: 1, sectors: 200 }]);
  const [snap] = state.devices.filter(({ name }) => name === "snap0");
  const set = (type: string, params: string) => {
    if (snap) snap.table = [{ start: 0, length: SECTORS, type, params }];
  };
  set("snapshot", "@real /cow0 N 1");
  await t.rejects(readAll(state, "snap0", disks), { code: "UNSUPPORTED" });
  await t.rejects(write(state, "origin", disks, 0, Buffer.alloc(512)), { code: "UNSUPPORTED" });
  set("snapshot-merge", "@real /cow0 P 1");
  t.equal((await readAll(state, "snap0", disks)).length, SECTORS * 512);
  await t.rejects(write(state, "snap0", disks, 0, Buffer.alloc(512)), { code: "UNSUPPORTED" });
  await t.rejects(write(state, "origin", disks, 0, Buffer.alloc(512)), {
    code: "UNSUPPORTED",
    message: /merged/,
  });
  set("snapshot", "@real /gone P 1");
  await t.rejects(write(state, "origin", disks, 0, Buffer.alloc(512)), { code: "INCOMPLETE" });
});
