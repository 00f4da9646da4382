/** Whatever a disk says: never wrong content, never a crash, and verify finds every byte that has changed in live pages. */
import fc from "fast-check";
import t, { type Test } from "tap";
import { sha256, writeU64 } from "../../../src/core/base/bytes.ts";
import { commit } from "../../../src/core/region/commit.ts";
import { format } from "../../../src/core/region/format.ts";
import { history } from "../../../src/core/region/history.ts";
import { SUPERBLOCK } from "../../../src/core/region/layout.ts";
import { decodeTable, encodeTable } from "../../../src/core/region/node-page.ts";
import { prepare } from "../../../src/core/region/prepare.ts";
import { read } from "../../../src/core/region/read.ts";
import { rebuild } from "../../../src/core/region/rebuild.ts";
import type { RegionSys } from "../../../src/core/region/region-set.ts";
import { decodeRoot, encodeRoot, NO_STATE, type Root } from "../../../src/core/region/root.ts";
import { status } from "../../../src/core/region/status.ts";
import { decodeSuperblock, encodeSuperblock } from "../../../src/core/region/superblock.ts";
import { sync } from "../../../src/core/region/sync.ts";
import { verify } from "../../../src/core/region/verify.ts";
import { addresses, codeOf, contentOf, disksWith, PAGE, regionSys } from "../../lib/region-world.ts";

t.setTimeout(0);

const PAGES = 25;
/** Pages that are all alike, so that root, table and one content page are the whole tree. */
const same = (name: string): Buffer => Buffer.alloc(22 * PAGE + 5, contentOf(name, PAGE));
const NOW = same("now");
const THEN = same("then");

/** Two regions of three generations. */
async function world() {
  const regions = addresses(2, PAGES);
  const disks = disksWith(regions.map(() => Buffer.alloc(PAGES * PAGE)));
  const sys = regionSys(disks);
  await format(sys, regions, { force: false });
  for (const bytes of [THEN, NOW]) {
    await prepare(sys, regions, bytes, { newEpoch: false });
    await commit(sys, regions);
  }
  return { regions, disks, sys };
}

const failing = async (work: Promise<unknown>): Promise<string> =>
  codeOf(await work.then(() => undefined).catch((error) => error));

t.test("every byte of a region flipped, one at a time", async (t) => {
  const { regions, disks, sys } = await world();
  const bytes = disks.bytes("d0");
  const superblock = decodeSuperblock(bytes.subarray(0, 512));
  // Format wrote page 1, each generation three pages behind it, its root last.
  t.equal(superblock?.active.page, 9, "root, table and two content pages follow one another");
  const live = (at: number) => at < SUPERBLOCK.bytes || (at >= 6 * PAGE && at < 10 * PAGE);
  let flips = 0;
  const wrong: string[] = [];
  for (let at = 0; at < bytes.length; at += at < 10 * PAGE ? 1 : 61) {
    const before = bytes[at] as number;
    bytes[at] = before ^ (1 << (at % 8));
    flips += 1;
    // Of what no superblock reaches verify reads nothing: that it says nothing need not be asked of every byte.
    if (live(at) || at % 16 === 0) {
      const found = await failing(verify(sys, regions));
      if (found !== (live(at) ? "CORRUPT" : "")) wrong.push(`verify says ${found} of byte ${at}`);
    }
    if (live(at)) {
      const content = await read(sys, regions, undefined).catch((error) => codeOf(error));
      const superblock = at < SUPERBLOCK.bytes;
      if (superblock ? content !== "OUT_OF_SYNC" : !NOW.equals(content as Buffer))
        wrong.push(`reads ${content} at ${at}`);
    } else if (at >= PAGE && at < 6 * PAGE) {
      const content = await read(sys, [...regions.slice(0, 1)], 2).catch((error) => codeOf(error));
      if (content !== "NOT_FOUND" && !THEN.equals(content as Buffer))
        wrong.push(`reads another past at ${at}`);
    }
    bytes[at] = before;
  }
  t.same(wrong.slice(0, 10), []);
  t.comment(`states ${flips} regions with one byte flipped`);
});

t.test("a damaged page is told, and the good copy used", async (t) => {
  const { regions, disks, sys } = await world();
  const bytes = disks.bytes("d0");
  bytes[6 * PAGE] = 1;
  t.same(await read(sys, regions, undefined), NOW);
  t.match(sys.warnings, [/region 0 .*page 6 fails its hash/]);
  const error = await verify(sys, regions).catch((thrown) => thrown);
  t.match(error.output.regions, [
    { index: 0, damaged: true, badPages: 1, pages: [6] },
    { index: 1, damaged: false, badPages: 0, pagesChecked: 4 },
  ]);
  t.equal(await failing(read(sys, regions.slice(0, 1), undefined)), "CORRUPT", "alone it is refused");
  disks.bytes("d1")[7 * PAGE] = 1;
  t.same(await read(sys, regions, undefined), NOW, "each lends what the other lacks");
});

t.test("superblocks, roots and tables that lie are refused", async (t) => {
  const { regions, disks, sys } = await world();
  const [region] = regions;
  if (!region) return t.fail("no region");
  const bytes = disks.bytes("d0");
  const good = decodeSuperblock(bytes.subarray(0, 512));
  if (!good) return t.fail("no superblock");
  const rootPage = Buffer.from(bytes.subarray(9 * PAGE, 10 * PAGE));
  const root = decodeRoot(rootPage, PAGES);
  const image = Buffer.from(bytes);
  /** Writes a page somewhere and gives its pointer. */
  const put = (page: number, content: Buffer) => {
    content.copy(bytes, page * PAGE);
    return { page, hash: sha256(content) };
  };
  /** A root with its checksum right, whatever it says. */
  const rootWith = (changes: Partial<Root>, patch: (page: Buffer) => void = () => undefined) => {
    const page = encodeRoot({ ...root, ...changes });
    patch(page);
    page.fill(0, 152, 184);
    sha256(page).copy(page, 152);
    return put(20, page);
  };
  const tableWith = (pages: readonly number[], hash: Buffer) =>
    put(21, encodeTable(0, { pages, hashes: Buffer.concat(pages.map(() => hash)) }));
  const leaf = sha256(bytes.subarray(6 * PAGE, 7 * PAGE));
  const topOf = ({ page, hash }: { page: number; hash: Buffer }) => ({
    top: { pages: [page], hashes: hash },
  });
  const lies: Readonly<Record<string, () => Partial<typeof good>>> = {
    "a root outside": () => ({ active: { page: PAGES, hash: good.active.hash } }),
    "a shadow outside": () => ({ shadow: { page: 2 ** 50, hash: good.active.hash } }),
    "a table as root": () => ({ active: { page: 8, hash: sha256(bytes.subarray(8 * PAGE, 9 * PAGE)) } }),
    "content as root": () => ({ active: { page: 6, hash: leaf } }),
    "the superblock as table": () => ({
      active: rootWith({ top: { pages: [0], hashes: NO_STATE } }, () => undefined),
    }),
    "a length of 2^60": () => ({ active: rootWith({}, (page) => page.writeBigUInt64LE(2n ** 60n, 32)) }),
    "a length beyond the region": () => ({
      active: rootWith({}, (page) => writeU64(page, 32, PAGES * PAGE)),
    }),
    "another shape": () => ({ active: rootWith({}, (page) => page.writeUInt32LE(20, 12)) }),
    "another level": () => ({ active: rootWith({}, (page) => page.writeUInt16LE(7, 10)) }),
    "no epoch": () => ({ active: rootWith({}, (page) => page.writeUInt32LE(0, 144)) }),
    "a million epochs": () => ({ active: rootWith({}, (page) => page.writeUInt32LE(1e6, 144)) }),
    "a transaction id of 2^63": () => ({
      active: rootWith({}, (page) => page.writeBigUInt64LE(2n ** 63n, 16)),
    }),
    "a parent outside": () => ({ active: rootWith({}, (page) => writeU64(page, 72, PAGES)) }),
    "a table entry outside": () => ({ active: rootWith(topOf(tableWith(Array(23).fill(PAGES), leaf))) }),
    "a table of superblocks": () => ({ active: rootWith(topOf(tableWith(Array(23).fill(0), leaf))) }),
    "a table that is its own content": () => ({
      active: rootWith(topOf(tableWith(Array(23).fill(21), leaf))),
    }),
    "another content than its digest": () => ({
      active: rootWith(topOf(tableWith(Array(23).fill(6), leaf))),
    }),
    "a table as its root": () => {
      const pointer = rootWith({});
      return { active: rootWith(topOf(pointer)) };
    },
  };
  for (const [what, lie] of Object.entries(lies)) {
    bytes.set(image);
    const lying = { ...good, ...lie() };
    encodeSuperblock(lying, 512).copy(bytes, 0);
    const alone = await failing(read(sys, [region], undefined));
    t.ok(["CORRUPT", "OUT_OF_SYNC"].includes(alone), `${what}: read says ${alone}`);
    t.equal(await failing(verify(sys, [region])), "CORRUPT", `${what}: verify`);
    t.equal(await failing(status(sys, regions)), "", `${what}: status answers`);
    t.equal(await failing(history(sys, regions)), "", `${what}: history answers`);
    const both = await read(sys, regions, undefined).catch((error) => codeOf(error));
    t.ok(both === "OUT_OF_SYNC" || NOW.equals(both as Buffer), `${what}: beside a good region`);
    t.ok(
      ["ALREADY_PREPARED", "OUT_OF_SYNC", "CORRUPT"].includes(
        await failing(prepare(sys, [region], THEN, { newEpoch: false })),
      ),
      `${what}: no update`,
    );
  }
  return undefined;
});

t.test("rebuild takes no root that is damaged, nor one that is not whole", async (t) => {
  const { regions, disks, sys } = await world();
  const alone = regions.slice(0, 1);
  const bytes = disks.bytes("d0");
  bytes.fill(0, 0, PAGE);
  // The transaction id in the newest root: nothing but the root's own checksum covers it now.
  bytes[9 * PAGE + 16] = 77;
  t.match(await rebuild(sys, alone, 0), { txid: 2 });
  t.same(await read(sys, alone, undefined), THEN);
  bytes.fill(0, 0, PAGE);
  bytes[2 * PAGE + 9] = 1;
  t.match(await rebuild(sys, alone, 0), { txid: 1 }, "that state is damaged, the one before is not");
  bytes.fill(0, PAGE);
  bytes.fill(0, 0, PAGE);
  t.equal(await failing(rebuild(sys, alone, 0)), "CORRUPT");
  t.equal(await failing(rebuild(sys, regions, 1)), "EXISTS", "nothing is lost there");
  t.equal(await failing(rebuild(sys, regions, 2)), "NOT_FOUND");
});

t.test("a lost superblock is written anew as one whole block, whatever the size of a block", async (t) => {
  for (const logicalBlockSize of [512, 4096]) {
    const { disks: old, regions } = await world();
    const image = Buffer.from(old.bytes("d0"));
    image[20] = (image[20] ?? 0) ^ 1;
    for (const mend of [
      (sys: RegionSys) => sync(sys, regions, regions.slice(1), { force: false }),
      (sys: RegionSys) => rebuild(sys, regions, 0),
      (sys: RegionSys) => format(sys, regions, { force: true }),
    ]) {
      const sys = regionSys(disksWith([image, old.bytes("d1")], logicalBlockSize));
      t.match((await status(sys, regions)).regions, [{ state: "corrupt" }, { state: "clean" }]);
      await mend(sys);
      t.match(await status(sys, regions), { state: "clean" });
    }
  }
});

t.test("decoders take any bytes", async (t: Test) => {
  const { disks } = await world();
  const image = disks.bytes("d0");
  const pages = [0, 6, 8, 9].map((page) => image.subarray(page * PAGE, (page + 1) * PAGE));
  const mutated = fc
    .record({
      page: fc.constantFrom(...pages),
      changes: fc.array(fc.tuple(fc.nat(PAGE - 9), fc.uint8Array({ minLength: 1, maxLength: 8 })), {
        maxLength: 6,
      }),
      honest: fc.boolean(),
    })
    .map(({ page, changes, honest }) => {
      const bytes = Buffer.from(page);
      for (const [at, change] of changes) bytes.set(change, at);
      if (honest) {
        bytes.fill(0, 152, 184);
        const checksum = sha256(bytes);
        checksum.copy(bytes, 152);
        sha256(bytes.subarray(0, 224)).copy(bytes, 224);
      }
      return bytes;
    });
  const anything = fc.uint8Array({ minLength: PAGE, maxLength: PAGE }).map((bytes) => Buffer.from(bytes));
  const allowed = new Set(["", "CORRUPT", "UNSUPPORTED"]);
  const decoders = [
    (page: Buffer) => decodeSuperblock(page),
    (page: Buffer) => decodeRoot(page, PAGES),
    (page: Buffer) => decodeTable(page, { level: 0, count: 23 }, PAGES),
  ];
  fc.assert(
    fc.property(fc.oneof({ weight: 4, arbitrary: mutated }, anything), (page) => {
      for (const decode of decoders) {
        try {
          decode(page);
        } catch (error) {
          if (!allowed.has(codeOf(error))) return false;
        }
      }
      return true;
    }),
    { numRuns: 5000, seed: 7 },
  );
  t.pass("5000 pages");
});
