/** Thin devices read by the trees in their pool's metadata: shared chunks, deep trees, damage. */
import t from "tap";
import { DvmError, toDvmError } from "../../../src/core/base/error.ts";
import { encodeThinNode } from "../../../src/core/dm/thin-node.ts";
import { encodeThinSuperblock } from "../../../src/core/dm/thin-superblock.ts";
import { openMapped } from "../../../src/core/mapper/open-mapped.ts";
import type { DmState } from "../../../src/schema/index.ts";
import { random } from "../../lib/random.ts";
import { MemoryDisks } from "./disks.ts";

const PAGE = 4096;
const CHUNK = 128;
const CHUNK_BYTES = CHUNK * 512;
const DATA_CHUNKS = 24;
const THIN_CHUNKS = 40;
const BLOCKS = 200;

type Mappings = ReadonlyMap<number, ReadonlyMap<number, number>>;
interface Pool {
  readonly mappings: Mappings;
  /** Entries of a node, so that trees of a few chunks are deep. */
  readonly fan: number;
  readonly transactionId?: number;
  readonly needsCheck?: boolean;
}

const u64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
};

/** The metadata of a pool, as a kernel could have laid it out. */
function metadataOf({ mappings, fan, transactionId = 3, needsCheck = false }: Pool): Buffer {
  const blocks: Buffer[] = [Buffer.alloc(PAGE)];
  const tree = (entries: readonly (readonly [number, Buffer])[], isLeaf = true): number => {
    const nodes: [number, Buffer][] = [];
    for (let at = 0; at === 0 || at < entries.length; at += fan) {
      nodes.push([entries[at]?.[0] ?? 0, u64(BigInt(blocks.length))]);
      blocks.push(encodeThinNode(blocks.length, isLeaf, 8, entries.slice(at, at + fan)));
    }
    return nodes.length === 1 ? blocks.length - 1 : tree(nodes, false);
  };
  const sorted = (map: ReadonlyMap<number, number>) => [...map].sort(([a], [b]) => a - b);
  const roots = [...mappings].map(
    ([id, chunks]) =>
      [
        id,
        u64(BigInt(tree(sorted(chunks).map(([chunk, to]) => [chunk, u64((BigInt(to) << 24n) | 5n)])))),
      ] as const,
  );
  const mappingRoot = tree(roots.sort(([a], [b]) => a - b));
  const root = { needsCheck, transactionId, mappingRoot, detailsRoot: 1, blockSize: CHUNK };
  blocks[0] = encodeThinSuperblock(root, BLOCKS);
  return Buffer.concat([...blocks, Buffer.alloc((BLOCKS - blocks.length) * PAGE)]);
}

function world(pool: Pool, more: { readonly thins?: object; readonly origin?: Buffer } = {}) {
  const disks = new MemoryDisks();
  disks.add("/meta", metadataOf(pool));
  disks.add(
    "/data",
    Buffer.concat(Array.from({ length: DATA_CHUNKS }, (_, n) => Buffer.alloc(CHUNK_BYTES, n + 1))),
  );
  if (more.origin) disks.add("/origin", more.origin);
  const device = (name: string, type: string, params: string, length: number) => ({
    name,
    uuid: `DVM-${name}`,
    table: [{ start: 0, length, type, params }],
  });
  const state: DmState = {
    devices: [
      device("meta", "linear", "/meta 0", BLOCKS * 8),
      device("data", "linear", "/data 0", DATA_CHUNKS * CHUNK),
      {
        ...device("pool", "thin-pool", `@meta @data ${CHUNK} 0 0`, DATA_CHUNKS * CHUNK),
        ...(more.thins && { thins: more.thins as never }),
      },
      ...[...pool.mappings.keys(), 99].map((id) =>
        device(`thin${id}`, "thin", `@pool ${id}${more.origin ? " /origin" : ""}`, THIN_CHUNKS * CHUNK),
      ),
    ],
  };
  return { disks, state };
}

async function readAll({ disks, state }: ReturnType<typeof world>, id: number): Promise<Buffer> {
  const device = await openMapped(state, `thin${id}`, disks, { write: false });
  try {
    const buffer = Buffer.alloc(THIN_CHUNKS * CHUNK_BYTES);
    await device.read(0, buffer);
    return buffer;
  } finally {
    await device.close();
  }
}

const expected = (chunks: ReadonlyMap<number, number>, origin: Buffer = Buffer.alloc(0)): Buffer => {
  const bytes = Buffer.alloc(THIN_CHUNKS * CHUNK_BYTES);
  origin.copy(bytes);
  for (const [chunk, to] of chunks) bytes.fill(to + 1, chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES);
  return bytes;
};

/** Two devices that share some chunks, and one that has none. */
function madeBy(seed: string): Mappings {
  const next = random(seed);
  const some = () =>
    new Map(
      Array.from({ length: 20 }, () => [Math.floor(next() * THIN_CHUNKS), Math.floor(next() * DATA_CHUNKS)]),
    );
  const first = some();
  const second = new Map([...first, ...some()]);
  return new Map([
    [0, first],
    [7, second],
    [8, new Map()],
  ]);
}

t.test("what each device has, at any depth, in one piece and across chunks", async (t) => {
  for (const [index, fan] of [252, 5, 2].entries()) {
    const mappings = madeBy(`thin ${index}`);
    const made = world({ mappings, fan });
    for (const [id, chunks] of mappings)
      t.ok((await readAll(made, id)).equals(expected(chunks)), `device ${id}, nodes of ${fan}`);
    const device = await openMapped(made.state, "thin7", made.disks, { write: false });
    const want = expected(mappings.get(7) ?? new Map());
    for (let at = 0; at < want.length - 70_000; at += 33_280) {
      const part = Buffer.alloc(69_632);
      await device.read(at, part);
      if (!part.equals(want.subarray(at, at + part.length))) t.fail(`${part.length} bytes at ${at}`);
    }
    await device.close();
    t.equal(made.disks.stillOpen, 0);
  }
});

t.test("an external origin shows where nothing was written, zeroes behind its end", async (t) => {
  const origin = Buffer.alloc(3 * CHUNK_BYTES + 1024, 200);
  const chunks = new Map([[1, 4]]);
  const made = world({ mappings: new Map([[1, chunks]]), fan: 10 }, { origin });
  t.ok((await readAll(made, 1)).equals(expected(chunks, origin)));
});

t.test("what is refused", async (t) => {
  const mappings = madeBy("refused");
  const rows: [string, Parameters<typeof world>, number, string, RegExp][] = [
    ["an id that there is not", [{ mappings, fan: 5 }], 99, "CORRUPT", /has no thin device 99/],
    [
      "a device that the pool was not told of",
      [{ mappings, fan: 5 }, { thins: { transactionId: 4, create: [{ id: 7 }] } }],
      7,
      "INCOMPLETE",
      /was not told of it yet/,
    ],
    [
      "a pool of another past",
      [{ mappings, fan: 5 }, { thins: { transactionId: 9 } }],
      7,
      "CORRUPT",
      /is at transaction 3, not 9/,
    ],
    [
      "a pool that has gone on",
      [{ mappings, fan: 5 }, { thins: { transactionId: 2 } }],
      7,
      "CORRUPT",
      /is at transaction 3, not 2/,
    ],
    [
      "a chunk behind the data",
      [{ mappings: new Map([[0, new Map([[0, DATA_CHUNKS]])]]), fan: 5 }],
      0,
      "CORRUPT",
      /behind the pool's data/,
    ],
  ];
  for (const [what, args, id, code, message] of rows)
    await t.rejects(readAll(world(...args), id), { code, message }, what);
  const made = world({ mappings, fan: 5 });
  await t.rejects(openMapped(made.state, "thin7", made.disks, { write: true }), { code: "UNSUPPORTED" });
  made.disks.bytes("/meta").fill(0, 0, PAGE);
  await t.rejects(readAll(made, 7), { code: "CORRUPT" }, "a pool that no kernel has run");
  const between = world({ mappings, fan: 5 }, { thins: { transactionId: 2, delete: [3] } });
  t.ok((await readAll(between, 7)).length > 0, "deletions that are over");
});

t.test("metadata that have to be checked are read, with a warning", async (t) => {
  const mappings = madeBy("check");
  const { disks, state } = world({ mappings, fan: 5, needsCheck: true });
  const warnings: string[] = [];
  const device = await openMapped(state, "thin7", disks, {
    write: false,
    warn: (text) => warnings.push(text),
  });
  await device.close();
  t.match(warnings, [/have to be checked/]);
});

t.test("any byte of the trees changed: refused, or never read", async (t) => {
  const mappings = madeBy("damage");
  const want = expected(mappings.get(7) ?? new Map());
  const made = world({ mappings, fan: 4 });
  const meta = made.disks.bytes("/meta");
  const used = metadataOf({ mappings, fan: 4 }).findLastIndex((byte) => byte !== 0);
  let refused = 0;
  for (let at = 0; at <= used; at += 211) {
    meta[at] = (meta[at] ?? 0) ^ 0x10;
    const read = await readAll(made, 7).catch((thrown: unknown) => toDvmError(thrown));
    meta[at] = (meta[at] ?? 0) ^ 0x10;
    if (read instanceof DvmError) {
      if (read.code !== "CORRUPT" && read.code !== "UNSUPPORTED") t.fail(`byte ${at}: ${read.message}`);
      refused += 1;
    } else if (!read.equals(want)) t.fail(`byte ${at}: read wrongly`);
  }
  t.ok(refused > 50, `${refused} refused`);
});

t.test("trees whose checksums are right and that are none", async (t) => {
  const chunks = new Map([[0, 1]]);
  const pointing = (to: number, keys: readonly number[] = [0]): Buffer =>
    encodeThinNode(
      1,
      false,
      8,
      keys.map((key) => [key, u64(BigInt(to))] as const),
    );
  const rows: [string, Buffer, RegExp][] = [
    ["a circle", pointing(1), /a tree has no end/],
    ["a block outside", pointing(BLOCKS), /block 200 lies outside/],
    ["the superblock", pointing(0), /block 0 lies outside/],
    ["keys that are not its parent's", pointing(3, [0, 1]), /has keys from 5 to 5/],
  ];
  for (const [what, node, message] of rows) {
    const made = world({ mappings: new Map([[0, chunks]]), fan: 5 });
    const meta = made.disks.bytes("/meta");
    node.copy(meta, PAGE);
    encodeThinNode(3, true, 8, [[5, u64(0n)]]).copy(meta, 3 * PAGE);
    await t.rejects(readAll(made, 0), { code: "CORRUPT", message }, what);
  }
});

t.test("what was never written is known to be a hole, whatever is asked for at once", async (t) => {
  for (const [index, fan] of [252, 2].entries()) {
    const mappings = madeBy(`holes ${index}`);
    const made = world({ mappings, fan });
    const device = await openMapped(made.state, "thin7", made.disks, { write: false });
    const { runAt } = device;
    if (!runAt) throw new Error("nothing is known");
    const chunks = mappings.get(7);
    for (let at = 0, count = 0; at < device.size; count += 1) {
      const run = await runAt(at, Math.min(device.size - at, (count % 5) * 70_144 + 512));
      for (let byte = at; byte < at + run.length; byte += 512)
        if (chunks?.has(Math.floor(byte / CHUNK_BYTES)) === run.isHole) t.fail(`byte ${byte} of ${fan}`);
      t.ok(run.length >= 512);
      at += run.length;
    }
    await device.close();
  }
  const origin = world(
    { mappings: new Map([[1, new Map()]]), fan: 5 },
    { origin: Buffer.alloc(CHUNK_BYTES, 1) },
  );
  const device = await openMapped(origin.state, "thin1", origin.disks, { write: false });
  t.strictSame(await device.runAt?.(0, device.size), { length: CHUNK_BYTES, isHole: false }, "the origin's");
  t.strictSame(
    await device.runAt?.(CHUNK_BYTES, CHUNK_BYTES),
    { length: CHUNK_BYTES, isHole: true },
    "behind it",
  );
  await device.close();
});
