/**
 * Whatever a disk says: never wrong content, never a crash, and verify finds every byte that has changed in
 * live pages.
 */
import fc from "fast-check";
import t, { type Test } from "tap";
import { sha256, writeU64 } from "../../../src/core/base/bytes.ts";
import { DvmError } from "../../../src/core/base/error.ts";
import type { Disks } from "../../../src/core/port/block.ts";
import { abort } from "../../../src/core/replicate/abort.ts";
import { commit } from "../../../src/core/replicate/commit.ts";
import { SUPERBLOCK } from "../../../src/core/replicate/disk/layout.ts";
import { decodeTable, encodeTable } from "../../../src/core/replicate/disk/node-page.ts";
import { decodeRoot, encodeRoot, NO_STATE, type Root } from "../../../src/core/replicate/disk/root.ts";
import { decodeSuperblock, encodeSuperblock } from "../../../src/core/replicate/disk/superblock.ts";
import { superblockSteps } from "../../../src/core/replicate/disk/superblock-write.ts";
import { format } from "../../../src/core/replicate/format.ts";
import { history } from "../../../src/core/replicate/history.ts";
import { prepare } from "../../../src/core/replicate/prepare.ts";
import { read } from "../../../src/core/replicate/read.ts";
import { rebuild } from "../../../src/core/replicate/rebuild.ts";
import type { RegionSys } from "../../../src/core/replicate/set/region-set.ts";
import { status } from "../../../src/core/replicate/status.ts";
import { sync } from "../../../src/core/replicate/sync.ts";
import { verify } from "../../../src/core/replicate/verify.ts";
import type { ReplicateVerify } from "../../../src/schema/index.ts";
import { orNightly } from "../../lib/nightly.ts";
import { addresses, codeOf, contentOf, disksWith, PAGE, regionSys } from "../../lib/region-world.ts";

t.setTimeout(0);

const PAGES = 25;
/** Pages that are all alike, so that root, table and one content page are the whole tree. */
const same = (name: string): Buffer => Buffer.alloc(22 * PAGE + 5, contentOf(name, PAGE));
const NOW = same("now");
const THEN = same("then");

/** Two regions of an empty generation and these. */
async function world(contents = [THEN, NOW], pages = PAGES) {
  const regions = addresses(2, pages);
  const disks = disksWith(regions.map(() => Buffer.alloc(pages * PAGE)));
  const sys = regionSys(disks);
  await format(sys, regions, { force: false });
  for (const bytes of contents) {
    await prepare(sys, regions, bytes, { newEpoch: false });
    await commit(sys, regions);
  }
  return { regions, disks, sys };
}

const failing = async (work: Promise<unknown>): Promise<string> =>
  codeOf(await work.then(() => undefined).catch((error) => error));

/** Disks that tell of each read before it happens. */
const watched = (inner: Disks, told: (path: string, begin: number, end: number) => void): Disks => ({
  identity: (path) => inner.identity(path),
  async open(path, mode) {
    const device = await inner.open(path, mode);
    return {
      ...device,
      read: (offset, buffer) => {
        told(path, offset, offset + buffer.length);
        return device.read(offset, buffer);
      },
    };
  },
});

/** A way to look at regions of which the first has one wrong byte. */
interface Look {
  readonly name: string;
  /**
   * @param at where the wrong byte is; null when there is none. @returns what is wrong about the answer, or
   * ""
   */
  readonly complains: (at: number | null) => Promise<string>;
}

/**
 * What an operation says depends on the bytes that it reads and on no others. So each is tried with every
 * byte that it reads, and with all those that it does not read at once.
 */
/** Beside the superblock each so manyth byte; each page has hundreds of them. */
const STRIDE = orNightly(7, 1);

t.test("bytes of a region flipped, one at a time", async (t) => {
  const contents = [Buffer.alloc(0), same("first"), same("second"), NOW];
  const { regions, disks } = await world(contents.slice(1), 24);
  const alone = regions.slice(0, 1);
  const bytes = disks.bytes("d0");
  const superblock = decodeSuperblock(bytes.subarray(0, 512));
  /** Format wrote page 1, each generation the four behind: two of content, a table, the root. */
  const pageOf = (generation: number) => (generation === 0 ? 1 : 4 * generation - 2);
  const live = { first: pageOf(3), last: pageOf(4) - 1 };
  t.equal(superblock?.active.page, live.last, "they follow one another");

  let wasRead = new Uint8Array(bytes.length);
  let total = 0;
  const sys = regionSys(
    watched(disks, (path, begin, end) => {
      total += end - begin;
      if (path === "d0") wasRead.fill(1, begin, end);
    }),
  );
  const gives = async (work: Promise<Buffer>, wanted: Buffer, at: number | null, failures: RegExp) => {
    const got = await work.catch((error) => codeOf(error));
    if (typeof got === "string") return at !== null && failures.test(got) ? "" : `fails with ${got}`;
    return at === null && got.equals(wanted) ? "" : "gives content that it cannot know to be good";
  };
  const looks: readonly Look[] = [
    {
      name: "verify",
      async complains(at) {
        const error = await verify(sys, regions).catch((thrown) => thrown);
        if (at === null) return error instanceof Error ? error.message : "";
        if (!(error instanceof DvmError) || error.code !== "CORRUPT") return `says ${JSON.stringify(error)}`;
        const [damaged, whole] = (error.output as ReplicateVerify).regions;
        const pages = at < PAGE ? "" : String(Math.floor(at / PAGE));
        const isExact = damaged?.damaged && String(damaged.pages) === pages && whole?.damaged === false;
        return isExact ? "" : `says ${JSON.stringify(error.output)}`;
      },
    },
    {
      name: "read",
      async complains(at) {
        sys.warnings.length = 0;
        if (at !== null && at < PAGE) return gives(read(sys, regions, undefined), NOW, at, /^OUT_OF_SYNC$/);
        const wrong = await gives(read(sys, regions, undefined), NOW, null, /^$/);
        const page = at === null ? null : Math.floor(at / PAGE);
        const told = page === null ? /^$/ : new RegExp(`region 0 .*page ${page} fails its hash`);
        return told.test(sys.warnings.join()) ? wrong : `warns ${sys.warnings}`;
      },
    },
    {
      name: "read of this region alone",
      complains: (at) => gives(read(sys, alone, undefined), NOW, at, /^(CORRUPT|OUT_OF_SYNC)$/),
    },
    ...contents.slice(0, -1).map(
      (content, n): Look => ({
        name: `read --txid ${n + 1}`,
        // It looks for the state among all that there are: what is older than it does not matter.
        complains: (at) => {
          const isOlder = at !== null && at >= PAGE && at < pageOf(n) * PAGE;
          const failures = /^(CORRUPT|OUT_OF_SYNC|NOT_FOUND)$/;
          return gives(read(sys, alone, n + 1), content, isOlder ? null : at, failures);
        },
      }),
    ),
  ];

  const wrong: string[] = [];
  const note = (what: string, complaint: string) => {
    if (complaint !== "") wrong.push(`${what}: ${complaint}`);
  };
  let [flips, most] = [0, 0];
  const flipped = new Uint8Array(bytes.length);
  for (const { name, complains } of looks) {
    wasRead = new Uint8Array(bytes.length);
    total = 0;
    note(name, await complains(null));
    const [reads, usual] = [wasRead.slice(), total];
    // One logical block is read, of which a superblock is the first half.
    reads.fill(0, SUPERBLOCK.bytes, PAGE);
    for (let at = 0; at < bytes.length; at += at < SUPERBLOCK.bytes ? 1 : STRIDE) {
      if (!reads[at]) continue;
      const before = bytes[at] as number;
      bytes[at] = before ^ (1 << (at % 8));
      total = 0;
      note(`${name}, byte ${at}`, await complains(at));
      most = Math.max(most, total / usual);
      bytes[at] = before;
      flipped[at] = 1;
      flips += 1;
    }
    const good = Buffer.from(bytes);
    for (let bit = 0; bit < 8; bit++) {
      for (let at = 0; at < bytes.length; at++) if (!reads[at]) bytes[at] = (good[at] ?? 0) ^ (1 << bit);
      note(`${name}, bit ${bit} of what it does not read`, await complains(null));
      bytes.set(good);
    }
    if (name === "verify")
      t.ok(
        reads.every((read, at) => Boolean(read) === isLive(at)),
        "verify reads every live byte and no other",
      );
  }
  function isLive(at: number): boolean {
    const page = Math.floor(at / PAGE);
    return at < SUPERBLOCK.bytes || (page >= live.first && page <= live.last);
  }
  t.same(wrong.slice(0, 10), []);
  t.ok(flipped.subarray(0, SUPERBLOCK.bytes).every(Boolean), "every byte of the superblock was flipped");
  const written = flipped.filter((each) => each === 1).length;
  const least = SUPERBLOCK.bytes + Math.floor((live.last * PAGE) / STRIDE);
  t.ok(written >= least, `${written} bytes were flipped, of every page that was ever written`);
  t.ok(most <= 2, `no flip makes anything read more than ${most} times what it usually does`);
  t.comment(`states ${flips} looks at a region with one byte flipped, of ${written} bytes`);
});

t.test("an update over a damaged region, whichever its page", async (t) => {
  const LATER = same("later");
  for (let page = 1; page < PAGES; page++) {
    const { regions, disks, sys } = await world();
    const bytes = disks.bytes("d0");
    bytes[page * PAGE + 40] = (bytes[page * PAGE + 40] ?? 0) ^ 4;
    t.match(await status(sys, regions), { state: "clean" });
    const { states } = await history(sys, regions);
    t.same(
      states.map(({ txid, readable }) => [txid, readable]),
      [
        [3, true],
        [2, true],
        [1, true],
      ],
      `page ${page}: the other region has them all`,
    );
    await prepare(sys, regions, LATER, { newEpoch: false });
    await commit(sys, regions);
    t.same(await read(sys, regions, undefined), LATER, `page ${page}`);
    t.equal(await failing(verify(sys, regions)), "", "what is damaged is not part of the new state");
  }
});

t.test("what prepare shares it shares unread; verify finds what has rotted, sync mends it", async (t) => {
  // Of the four pages of the tree (two of content, a table, the root) only the first is the new state's too.
  const LATER = Buffer.concat([NOW.subarray(0, 22 * PAGE), Buffer.from("other")]);
  for (const [page, isShared] of [
    [6, true],
    [7, false],
    [8, false],
    [9, false],
  ] as const) {
    const { regions, disks, sys } = await world();
    const [rotten, sound] = [regions.slice(0, 1), regions.slice(1)];
    disks.bytes("d0")[page * PAGE + 7] = 0;
    await prepare(sys, regions, LATER, { newEpoch: false });
    await commit(sys, regions);
    const found = await verify(sys, regions).catch((error) => error.output);
    t.match(found.regions, [
      { index: 0, pages: isShared ? [page] : [] },
      { index: 1, damaged: false },
    ]);
    t.same(await read(sys, regions, undefined), LATER, "the other region has it");
    const { pagesWritten } = await sync(sys, regions, sound, { force: false });
    t.equal(pagesWritten, isShared ? 3 : 0, "the page, the table that names it and the root");
    t.equal(await failing(verify(sys, regions)), "");
    t.same(await read(sys, rotten, undefined), LATER, "alone too");
    await prepare(sys, regions, NOW, { newEpoch: false });
    await commit(sys, regions);
    t.equal(await failing(verify(sys, regions)), "", "the rotten page is not found again");
  }
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
    "one root for both": () => ({ shadow: { page: good.active.page, hash: leaf } }),
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

t.test("a shadow that was not derived from the active state is none that could be committed", async (t) => {
  const { regions, disks, sys } = await world();
  const [one = Buffer.alloc(0), two = Buffer.alloc(0)] = ["d0", "d1"].map((name) => disks.bytes(name));
  const superblockOf = (bytes: Buffer) => {
    const superblock = decodeSuperblock(bytes.subarray(0, 512));
    if (!superblock) throw new Error("no superblock");
    return superblock;
  };
  const before = superblockOf(one);
  const { parent } = decodeRoot(Buffer.from(one.subarray(9 * PAGE, 10 * PAGE)), PAGES);
  if (!parent) throw new Error("no parent");
  await prepare(sys, regions, Buffer.from("next"), { newEpoch: false });
  for (const bytes of [one, two])
    encodeSuperblock({ ...superblockOf(bytes), active: parent }, 512).copy(bytes, 0);
  t.match(await status(sys, regions), { state: "out-of-sync" }, "a grandchild of all active states");
  for (const work of [commit, abort]) t.equal(await failing(work(sys, regions)), "OUT_OF_SYNC");
  const { shadow } = superblockOf(two);
  if (!shadow) throw new Error("no shadow");
  encodeSuperblock({ ...before, active: shadow, shadow: null }, 512).copy(one, 0);
  t.match(await status(sys, regions), { state: "out-of-sync" }, "and one that is committed elsewhere");
  t.equal(await failing(commit(sys, regions)), "OUT_OF_SYNC");
});

t.test("no superblock is written that could not be read again", async (t) => {
  const { regions, disks, sys } = await world();
  for (const name of ["d0", "d1"]) {
    const bytes = disks.bytes(name);
    const good = decodeSuperblock(bytes.subarray(0, 512));
    if (!good) throw new Error("no superblock");
    for (const [what, wrong] of Object.entries({
      "an active root outside": { active: { ...good.active, page: good.length } },
      "an active root on page 0": { active: { ...good.active, page: 0 } },
      "half a hash": { active: { ...good.active, hash: good.active.hash.subarray(0, 16) } },
      "a shadow that is the active root": { shadow: good.active },
      "an id of 31 digits": { regionId: good.regionId.slice(1) },
    }))
      t.throws(() => superblockSteps({ ...good, ...wrong }, 512), { name: "AssertionError" }, what);
    encodeSuperblock({ ...good, sequence: 2 ** 52 }, 512).copy(bytes, 0);
  }
  const before = ["d0", "d1"].map((name) => Buffer.from(disks.bytes(name)));
  const refused = prepare(sys, regions, Buffer.from("next"), { newEpoch: false });
  await t.rejects(refused, { message: /is the last one; nothing was changed/ }, "numbers that are used up");
  t.strictSame(
    ["d0", "d1"].map((name) => Buffer.from(disks.bytes(name))),
    before,
    "nothing was written",
  );
});

t.test("a page that a table gives two hashes is not the content of both", async (t) => {
  const { regions, disks, sys } = await world();
  const bytes = disks.bytes("d0");
  const good = decodeSuperblock(bytes.subarray(0, 512));
  if (!good) return t.fail("no superblock");
  const put = (page: number, content: Buffer) => {
    content.copy(bytes, page * PAGE);
    return { page, hash: sha256(content) };
  };
  const root = decodeRoot(Buffer.from(bytes.subarray(9 * PAGE, 10 * PAGE)), PAGES);
  const leaf = sha256(bytes.subarray(6 * PAGE, 7 * PAGE));
  const hashes = Buffer.concat([NO_STATE, ...Array<Buffer>(22).fill(leaf)]);
  const table = put(21, encodeTable(0, { pages: Array(23).fill(6), hashes }));
  const state = { ...root.state, contentDigest: sha256(hashes) };
  const active = put(20, encodeRoot({ ...root, state, top: { pages: [table.page], hashes: table.hash } }));
  encodeSuperblock({ ...good, active }, 512).copy(bytes, 0);
  t.equal(await failing(read(sys, regions.slice(0, 1), undefined)), "CORRUPT");
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

t.test("entries lie inside the region, whatever lies behind it", (t) => {
  for (const [page, isGood] of [
    [0, false],
    [1, true],
    [PAGES - 1, true],
    [PAGES, false],
    [2 ** 50, false],
  ] as const) {
    const table = encodeTable(0, { pages: [page], hashes: NO_STATE });
    const decode = () => decodeTable(table, { level: 0, count: 1 }, PAGES);
    if (isGood) t.same(decode().pages, [page]);
    else t.throws(decode, { code: "CORRUPT" }, `page ${page} of ${PAGES}`);
  }
  t.end();
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
