import fc from "fast-check";
import t from "tap";
import { openMapped } from "../../../src/core/mapper/open-mapped.ts";
import type { DmState, TableLine } from "../../../src/schema/index.ts";
import { MemoryDisks } from "./disks.ts";
import { at, numbersFrom, randomStack } from "./random-stack.ts";

const line = (start: number, length: number, type: string, params = ""): TableLine => ({
  start,
  length,
  type,
  params,
});
const stateOf = (tables: Record<string, TableLine[]>): DmState => ({
  devices: Object.entries(tables).map(([name, table]) => ({ name, uuid: `DVM-${name}`, table })),
});
const sectors = (count: number, fill: string) => Buffer.alloc(count * 512, fill);

t.test("random stacks hold what a model that maps sector by sector holds", async (t) => {
  const property = fc.asyncProperty(fc.integer(), async (seed) => {
    const { state, top, length, disks, place } = randomStack(seed);
    const model = new Map([...disks.content].map(([path, bytes]) => [path, Buffer.from(bytes)]));
    const random = numbersFrom(~seed);
    const device = await openMapped(state, top, disks, { write: true });
    if (device.size !== length * 512) throw new Error(`size ${device.size}`);
    for (let round = 0; round < 12; round += 1) {
      const begin = random(length);
      const count = 1 + random(length - begin);
      if (random(2) === 0) {
        const data = Buffer.from(Array.from({ length: count * 512 }, () => random(256)));
        await device.write(begin * 512, data);
        for (let sector = 0; sector < count; sector += 1)
          for (const { path, sector: to } of place(begin + sector))
            model.get(path)?.set(data.subarray(sector * 512, (sector + 1) * 512), to * 512);
      } else {
        const data = Buffer.alloc(count * 512, 0xff);
        await device.read(begin * 512, data);
        for (let sector = 0; sector < count; sector += 1) {
          const [first] = place(begin + sector);
          const expected = first ? at(disks, first) : Buffer.alloc(512);
          if (!data.subarray(sector * 512, (sector + 1) * 512).equals(expected))
            throw new Error(`read of sector ${begin + sector} differs`);
        }
      }
    }
    for (const [path, bytes] of model)
      if (!bytes.equals(disks.bytes(path))) throw new Error(`${path} differs`);
    await device.close();
    if (disks.stillOpen !== 0 || disks.opens > disks.content.size)
      throw new Error("leaves left open or opened twice");
  });
  await fc.assert(property, { seed: 20260101, numRuns: 300 });
  t.pass("no difference");
});

t.test("a flush reaches every leaf, and only when it may have been written", async (t) => {
  const disks = new MemoryDisks();
  disks.add("/a", sectors(8, "a"));
  disks.add("/b", sectors(8, "b"));
  const state = stateOf({ v: [line(0, 8, "linear", "/a 0"), line(8, 8, "linear", "/b 0")] });
  const device = await openMapped(state, "v", disks, { write: true });
  await device.flush();
  t.same(disks.log, [
    { kind: "flush", path: "/a" },
    { kind: "flush", path: "/b" },
  ]);
  await device.close();
  const reader = await openMapped(state, "v", disks, { write: false });
  disks.log.length = 0;
  await reader.flush();
  t.same(disks.log, []);
});

t.test("an error target fails its own sectors and no others", async (t) => {
  const disks = new MemoryDisks();
  disks.add("/a", sectors(8, "a"));
  const device = await openMapped(
    stateOf({ v: [line(0, 4, "linear", "/a 0"), line(4, 4, "error"), line(8, 4, "linear", "/a 4")] }),
    "v",
    disks,
    { write: true },
  );
  await t.rejects(device.read(3 * 512, Buffer.alloc(1024)), { code: "IO", message: /v, target 1/ });
  await t.rejects(device.write(4 * 512, Buffer.alloc(512)), { code: "IO" });
  await device.read(8 * 512, Buffer.alloc(4 * 512));
  await t.rejects(device.read(12 * 512, Buffer.alloc(512)), { code: "IO" });
  await t.rejects(device.read(100, Buffer.alloc(512)), { code: "IO" });
});

t.test("tables that a kernel would refuse are refused, and nothing stays open", async (t) => {
  const rows: [string, DmState, string, string | RegExp][] = [
    ["no such device", stateOf({}), "NOT_FOUND", /no dm device v/],
    ["no table", { devices: [{ name: "v", uuid: "DVM-v", table: null }] }, "BAD_INPUT", /no table/],
    ["empty table", stateOf({ v: [] }), "BAD_INPUT", /empty table/],
    ["a hole", stateOf({ v: [line(0, 4, "linear", "/a 0"), line(5, 1, "zero")] }), "BAD_INPUT", /target 1/],
    ["begins late", stateOf({ v: [line(1, 4, "zero")] }), "BAD_INPUT", /target 0/],
    ["an empty target", stateOf({ v: [line(0, 0, "zero")] }), "BAD_INPUT", /target 0/],
    [
      "beyond the leaf",
      stateOf({ v: [line(0, 8, "linear", "/a 1")] }),
      "BAD_INPUT",
      /not inside \/a of 8 sectors/,
    ],
    [
      "beyond a device",
      stateOf({ w: [line(0, 2, "zero")], v: [line(0, 3, "linear", "@w 0")] }),
      "BAD_INPUT",
      /@?w of 2/,
    ],
    ["a dangling name", stateOf({ v: [line(0, 8, "linear", "@w 0")] }), "BAD_INPUT", /dm device w/],
    [
      "a circle",
      stateOf({ v: [line(0, 8, "linear", "@w 0")], w: [line(0, 8, "linear", "@v 0")] }),
      "BAD_INPUT",
      /v on w on v/,
    ],
    [
      "a word too many",
      stateOf({ v: [line(0, 8, "linear", "/a 0 0")] }),
      "BAD_INPUT",
      /Invalid argument count/,
    ],
    ["no number", stateOf({ v: [line(0, 8, "linear", "/a x")] }), "BAD_INPUT", /Invalid device sector/],
    [
      "uneven stripes",
      stateOf({ v: [line(0, 7, "striped", "2 1 /a 0 /a 4")] }),
      "BAD_INPUT",
      /not divisible/,
    ],
    [
      "too few stripes",
      stateOf({ v: [line(0, 8, "striped", "2 1 /a 0")] }),
      "BAD_INPUT",
      /Not enough destinations/,
    ],
    [
      "a target of the kernel",
      stateOf({ v: [line(0, 8, "era", "/a /b 8")] }),
      "UNSUPPORTED",
      /era.*without a kernel/,
    ],
    [
      "a raid that is reshaped",
      stateOf({ v: [line(0, 16, "raid", "raid5_ls 3 8 delta_disks 1 3 - /a - /a - /a")] }),
      "UNSUPPORTED",
      /reshape/,
    ],
    [
      "a missing leaf",
      stateOf({ v: [line(0, 8, "linear", "/gone 0")] }),
      "INCOMPLETE",
      /\/gone cannot be opened/,
    ],
    [
      "a missing leaf by number",
      stateOf({ v: [line(0, 8, "linear", "8:16 0")] }),
      "INCOMPLETE",
      /\/dev\/block\/8:16/,
    ],
    [
      "stripes with a leaf missing",
      stateOf({ v: [line(0, 8, "striped", "2 1 /a 0 /gone 0")] }),
      "INCOMPLETE",
      /gone/,
    ],
  ];
  for (const [name, state, code, message] of rows) {
    const disks = new MemoryDisks();
    disks.add("/a", sectors(8, "a"));
    await t.rejects(openMapped(state, "v", disks, { write: false }), { code, message }, name);
    t.equal(disks.stillOpen, 0, `${name}: nothing stays open`);
  }
});

t.test("a read-only device is not written", async (t) => {
  const state: DmState = {
    devices: [{ name: "v", uuid: "DVM-v", table: [line(0, 8, "zero")], readOnly: true }],
  };
  await t.rejects(openMapped(state, "v", new MemoryDisks(), { write: true }), { code: "READ_ONLY" });
  t.equal((await openMapped(state, "v", new MemoryDisks(), { write: false })).size, 4096);
});
