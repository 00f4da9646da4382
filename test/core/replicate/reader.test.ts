/**
 * A reader in another language, made from docs/format-region.md alone, and this one agree on whatever stands
 * on disk.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { sha256, writeU64 } from "../../../src/core/base/bytes.ts";
import { DvmError } from "../../../src/core/base/error.ts";
import { abort } from "../../../src/core/replicate/abort.ts";
import { commit } from "../../../src/core/replicate/commit.ts";
import { makeContent } from "../../../src/core/replicate/disk/content.ts";
import { NODE, ROOT, SUPERBLOCK, TABLE } from "../../../src/core/replicate/disk/layout.ts";
import { NO_STATE, stateHash } from "../../../src/core/replicate/disk/root.ts";
import { levelSizes } from "../../../src/core/replicate/disk/tree-shape.ts";
import { format } from "../../../src/core/replicate/format.ts";
import { history } from "../../../src/core/replicate/history.ts";
import { prepare } from "../../../src/core/replicate/prepare.ts";
import { read } from "../../../src/core/replicate/read.ts";
import { status } from "../../../src/core/replicate/status.ts";
import { sync } from "../../../src/core/replicate/sync.ts";
import { verify } from "../../../src/core/replicate/verify.ts";
import type { ReplicateState, ReplicateVerify } from "../../../src/schema/index.ts";
import { documentOf, run } from "../../lib/dvm.ts";
import { orNightly } from "../../lib/nightly.ts";
import { python } from "../../lib/python.ts";
import { contentOf, disksWith, PAGE, regionSys } from "../../lib/region-world.ts";

const reader = new URL("../../fixtures/read-region.py", import.meta.url).pathname;

interface Shown {
  readonly state: string;
  /** Hash of what a read of the set gives; null when it cannot be read. */
  readonly content: string | null;
  /** Of the set, newest first; content null as above. */
  readonly history: readonly {
    readonly txid: number;
    readonly state: string;
    readonly regions: readonly number[];
    readonly content: string | null;
  }[];
  readonly regions: readonly {
    readonly state: string;
    readonly id?: string;
    readonly sequence?: number;
    readonly highest?: number;
    readonly live: ShownState | null;
    readonly prepared: ShownState | null;
    readonly historic: readonly ShownState[];
    /** Which regions' live states are ancestors of this one's. */
    readonly ancestors: readonly number[];
  }[];
}

/** Of a root that is lost there is the damage only. */
interface ShownState {
  /** Where its root is. */
  readonly page: number;
  readonly txid?: number;
  readonly state?: string;
  readonly length?: number;
  readonly epochs?: readonly unknown[];
  /** Its hash; null when it cannot be read. */
  readonly content?: string | null;
  readonly damage: Readonly<Record<string, string>>;
}

t.setTimeout(0);
const needed = { skip: !python && "needs python3" };

/**
 * Three regions on disks in memory, and in files for the other reader. @param lengths of the regions in pages
 */
function worldOf(t: Test, lengths: readonly number[], logicalBlockSize: number) {
  const regions = lengths.map((length, n) => ({ path: `d${n}`, offset: 8 * n, length: 8 * length }));
  // What stands around a region is not its own.
  const images = lengths.map((length, n) =>
    Buffer.alloc((length + 2 * n) * PAGE, 0xa5).fill(0, n * PAGE, (n + length) * PAGE),
  );
  const disks = disksWith(images, logicalBlockSize);
  const sys = regionSys(disks);
  const dir = t.testdir({});
  const theirs = (places: typeof regions, ...options: string[]) => {
    const bytes = places.map(({ path, offset, length }) => [join(dir, path), 512 * offset, 512 * length]);
    return run([python ?? "", reader, ...bytes.flat().map(String), ...options]);
  };
  const output = join(dir, "content");

  /**
   * Looks at the disks as they are now with both readers. @returns how many states of regions could be read
   */
  async function agree(t: Test, when: string): Promise<number> {
    for (const { path } of regions) writeFileSync(join(dir, path), disks.bytes(path));
    const shown = documentOf<Shown>(await theirs(regions));
    const ours = await status(sys, regions);
    t.equal(shown.state, ours.state, `${when}: the set is ${ours.state}`);
    const content = await hashOrNull(read(sys, regions, undefined));
    t.equal(shown.content, content, `${when}: what a read gives`);
    const past = await history(sys, regions).then(({ states }) => states);
    t.same(
      shown.history.map((state) => [state.txid, state.state, state.regions, state.content !== null]),
      past.map((state) => [state.txid, state.contentHash, state.regions, state.readable]),
      `${when}: the history of the set`,
    );
    for (const { txid, content } of shown.history)
      if (shown.content && content && ours.state !== "committing")
        t.equal(content, await hashOrNull(read(sys, regions, txid)), `${when}: ${txid} from all regions`);
    const verified = await verdictOf(verify(sys, regions));
    const current = ours.regions.findIndex(({ relation }) => relation === "current");
    let readable = 0;
    for (const [n, region] of regions.entries()) {
      const [mine, other, checked] = [ours.regions[n], shown.regions[n], verified.regions[n]];
      if (!mine || !other) throw new Error(`region ${n} is not shown`);
      const name = `${when}: region ${n}`;
      t.equal(other.state, mine.state === "corrupt" ? "damaged" : mine.state, `${name} is ${mine.state}`);
      t.same(
        [other.id, other.sequence, other.highest].map((value) => value ?? null),
        [mine.regionId, mine.sequence, mine.highestTxid],
        `${name}: superblock`,
      );
      t.same(rowOf(other.prepared), mine.shadow && rowOfOurs(mine.shadow), `${name}: shadow`);
      t.same(rowOf(other.live), mine.active && rowOfOurs(mine.active), `${name}: live state`);
      if (current >= 0 && mine.active) {
        const stale = shown.regions[current]?.ancestors.includes(n);
        t.equal(stale, mine.relation === "stale", `${name} is ${mine.relation}`);
      }
      const damage = [other.live, other.prepared].flatMap((state) => Object.keys(state?.damage ?? {}));
      const damaged = [...new Set(damage.map(Number))].sort((a, b) => a - b);
      // Pages with the right hash and wrong content are told in words only.
      const told = damaged.filter((page) => !checked?.error || checked.pages.includes(page));
      t.same(told, checked?.pages, `${name}: damage`);
      t.equal(damaged.length > 0, Boolean(other.live && checked?.damaged), `${name}: damaged or not`);

      if (mine.state === "unreadable") continue;
      // By itself: of what is lost here nothing is known from other regions.
      const lost = !other.live || /its hash$/.test(other.live.damage[other.live.page] ?? "");
      const past = other.live && !lost ? [other.live, ...other.historic] : [];
      const { states } = await history(sys, [region]);
      t.same(
        past.map((state) => [...(rowOf(state) ?? []), state.content !== null]),
        states.map((state) => [...rowOfOurs(state), state.readable]),
        `${name}: ${states.length} states`,
      );
      const refused = (await status(sys, [region])).state === "out-of-sync";
      for (const { txid, content } of past) {
        if (refused || !content) continue;
        t.equal(
          sha256(await read(sys, [region], txid)).toString("hex"),
          content,
          `${name}: content of ${txid}`,
        );
        readable += 1;
      }
    }
    return readable;
  }
  /** The content of a state of the first region, as the other reader gives it; undefined when it refuses. */
  async function contentFrom(...options: string[]): Promise<Buffer | undefined> {
    rmSync(output, { force: true });
    const { status } = await theirs(regions, ...options, "--output", output);
    if ((status === 0) !== existsSync(output)) throw new Error("a status that says something else");
    return status === 0 ? readFileSync(output) : undefined;
  }
  return { disks, regions, sys, agree, contentFrom };
}

const rowOf = (state: ShownState | null) =>
  state?.txid === undefined ? null : [state.txid, state.state, state.length, state.epochs?.length];
const rowOfOurs = ({ txid, contentHash, contentLength, epochs }: ReplicateState) => [
  txid,
  contentHash,
  contentLength,
  epochs,
];

/** Null for what cannot be read. */
const hashOrNull = (reading: Promise<Buffer>): Promise<string | null> =>
  reading.then(
    (content) => sha256(content).toString("hex"),
    (error) => {
      if (error instanceof DvmError && ["OUT_OF_SYNC", "NOT_FOUND", "CORRUPT"].includes(error.code))
        return null;
      throw error;
    },
  );

/** What verify says of the regions, whether it then fails or not. */
const verdictOf = (verdict: Promise<ReplicateVerify>): Promise<ReplicateVerify> =>
  verdict.catch((error) => {
    if (error instanceof DvmError && error.output) return error.output as ReplicateVerify;
    throw error;
  });

type Geometry = readonly [lengths: readonly number[], blockSize: number];
const uneven: Geometry = [[60, 96, 130], 4096];
for (const [lengths, blockSize] of orNightly<readonly Geometry[]>([uneven], [[[96, 96, 96], 512], uneven]))
  t.test(`regions of ${lengths} pages, blocks of ${blockSize}`, needed, async (t) => {
    const { agree, contentFrom, regions, sys } = worldOf(t, lengths, blockSize);
    await agree(t, "before anything");
    await format(sys, regions, { force: false });
    await agree(t, "formatted");
    // 0 pages, less than one, exactly what the root holds, one more, and the last page full or not.
    for (const length of [0, 1, 21 * PAGE, 21 * PAGE + 1, 30 * PAGE, 12345]) {
      await prepare(sys, regions, contentOf(`of ${length}`, length), { newEpoch: length === 1 });
      await agree(t, `${length} bytes prepared`);
      t.same(await contentFrom("--prepared"), contentOf(`of ${length}`, length), "the prepared content");
      await commit(sys, regions);
      await agree(t, `${length} bytes`);
    }
    const some = regions.slice(0, 2);
    await prepare(sys, some, contentOf("some", 5 * PAGE), { newEpoch: true });
    await agree(t, "prepared on two of three");
    await commit(sys, some.slice(0, 1));
    await agree(t, "committed on one of two");
    await commit(sys, some);
    await agree(t, "one is stale");
    await sync(sys, regions, some, { force: false });
    const many = await agree(t, "in sync again");
    t.ok(many >= 9, `${many} states of three regions were read by both`);
    await prepare(sys, regions, contentOf("never", 5 * PAGE), { newEpoch: false });
    await abort(sys, regions);
    await agree(t, "aborted");
    t.equal(await contentFrom("--prepared"), undefined, "nothing is prepared");
    for (const { txid, readable } of (await history(sys, regions)).states) {
      const content = readable ? await read(sys, regions, txid) : undefined;
      t.same(await contentFrom("--txid", String(txid)), content, `the content of ${txid}`);
    }
    await prepare(sys, some, contentOf("fork", PAGE), { newEpoch: true });
    await commit(sys, some);
    await prepare(sys, regions.slice(2), contentOf("other fork", PAGE), { newEpoch: true });
    await commit(sys, regions.slice(2));
    await agree(t, "diverged");
  });

/** A set that is preparing: something of more than one level over something else of that kind. */
async function preparing(t: Test, lengths: readonly number[], earlier: readonly string[] = []) {
  const world = worldOf(t, lengths, 512);
  const { disks, regions, sys } = world;
  await format(sys, regions, { force: false });
  // In short regions the ring comes round, so that what follows stands elsewhere there.
  for (const before of earlier) {
    await prepare(sys, regions, contentOf(before, 25 * PAGE), { newEpoch: false });
    await commit(sys, regions);
  }
  await prepare(sys, regions, contentOf("live", 25 * PAGE), { newEpoch: false });
  await commit(sys, regions);
  await prepare(sys, regions, contentOf("prepared", 25 * PAGE), { newEpoch: false });
  const before = regions.map(({ path }) => Buffer.from(disks.bytes(path)));
  return {
    ...world,
    /** The bytes of one region, live. */
    bytesOf: (n: number) => disks.bytes(`d${n}`).subarray(n * PAGE, (n + (lengths[n] ?? 0)) * PAGE),
    restore: () => before.forEach((bytes, n) => void disks.bytes(`d${n}`).set(bytes)),
  };
}

const pageOf = (region: Buffer, page: number) => region.subarray(page * PAGE, (page + 1) * PAGE);
const numberAt = (bytes: Buffer, at: number) => Number(bytes.readBigUInt64LE(at));
const rootOf = (region: Buffer, at: number) => pageOf(region, numberAt(region, at));
const tableOf = (region: Buffer, at: number) => pageOf(region, numberAt(rootOf(region, at), ROOT.entries));
const contentPageOf = (region: Buffer, at: number) =>
  pageOf(region, numberAt(tableOf(region, at), TABLE.entries));
const { activePage: live, shadowPage: shadow } = SUPERBLOCK;

t.test("both readers agree about a region that its device does not give", needed, async (t) => {
  const { agree, disks, regions, sys } = worldOf(t, [32, 32, 32], 512);
  await format(sys, regions, { force: false });
  const whole = Buffer.from(disks.bytes("d1"));
  for (const pages of [33, 32, 20, 1, 0]) {
    disks.create("d1", whole.subarray(0, pages * PAGE));
    await agree(t, `cut down to ${pages} pages`);
    const { state, regions: shown } = await status(sys, regions);
    t.same([state, shown[1]?.state], pages < 33 ? ["out-of-sync", "unreadable"] : ["clean", "clean"]);
  }
});

t.test("both readers agree about damage", needed, async (t) => {
  const lost = [rootOf, tableOf, contentPageOf].flatMap((where) => [
    (region: Buffer) => where(region, live),
    (region: Buffer) => where(region, shadow),
  ]);
  const uneven = [80, 96, 130];
  const flipped = [0, 3, 9, 20, 33, 41, 50, 60, 100, 110, 224, 255, 256, 4095];
  for (const lengths of orNightly([uneven], [[96, 96, 96], uneven])) {
    const { agree, bytesOf, disks, regions, restore, sys } = await preparing(t, lengths);
    for (const [n, at] of orNightly([0, 9, 41, 60, 110, 256, 4095], flipped).entries()) {
      const bytes = bytesOf(n % 3);
      bytes[at] = (bytes[at] ?? 0) ^ 0x40;
      await agree(t, `byte ${at} of region ${n % 3} flipped`);
      restore();
    }
    for (const [n, page] of lost.entries()) {
      page(bytesOf(n % 3)).fill(n, 300, 305);
      await agree(t, `page ${n} lost in region ${n % 3}`);
      for (const other of [0, 1, 2]) page(bytesOf(other)).fill(n, 300, 305);
      await agree(t, `page ${n} lost in all regions`);
      restore();
    }
    await commit(sys, regions.slice(0, 1));
    for (const [n, page] of lost.entries()) {
      const after = regions.map(({ path }) => Buffer.from(disks.bytes(path)));
      page(bytesOf(1)).fill(n, 300, 305);
      await agree(t, `page ${n} lost in a region that has not committed`);
      for (const [n, bytes] of after.entries()) disks.bytes(`d${n}`).set(bytes);
    }
  }
});

t.test("both readers put a state together from several regions", needed, async (t) => {
  for (const apart of [false, true]) {
    const made = apart ? preparing(t, [70, 70, 130], ["one", "two"]) : preparing(t, [96, 96, 96]);
    const { agree, bytesOf, contentFrom, regions, restore, sys } = await made;
    const content = { live: contentOf("live", 25 * PAGE), prepared: contentOf("prepared", 25 * PAGE) };
    /** The n-th content page of a region's state is no longer what its hash says. */
    const lose = (region: number, at: number, nth: number) => {
      const bytes = bytesOf(region);
      pageOf(bytes, numberAt(tableOf(bytes, at), TABLE.entries + 40 * nth)).fill(0xee, 7, 9);
    };
    for (let nth = 0; nth < 25; nth += 1)
      for (const region of [0, 1, 2]) if (region !== nth % 3) lose(region, live, nth);
    await agree(t, "each page is good in one region");
    t.same(await contentFrom(), content.live);
    t.same(await contentFrom("--prepared"), content.prepared);

    tableOf(bytesOf(0), live).fill(1, 300, 305);
    await agree(t, "and a table is lost");
    t.same(await contentFrom(), content.live, "which another region lends");
    tableOf(bytesOf(1), live).fill(1, 300, 305);
    await agree(t, "and in another one");
    t.same(await contentFrom(), apart ? undefined : content.live, "nobody lends what stands elsewhere");
    lose(2, live, 2);
    await agree(t, "one is good nowhere");
    t.equal(await contentFrom(), undefined);
    restore();

    await commit(sys, regions.slice(0, 1));
    for (const region of [0, 1]) lose(region, region === 0 ? live : shadow, 3);
    rootOf(bytesOf(0), live).fill(1, 300, 305);
    await agree(t, "what is committed in one is put together from the shadows of the others");
    t.same(await contentFrom(), content.prepared);
    restore();
  }
});

/** Bytes that no writer leaves behind, with all hashes over them right. */
const LIVE = (region: Buffer) => rootOf(region, live);
const SHADOW = (region: Buffer) => rootOf(region, shadow);
const TABLES = (region: Buffer) => tableOf(region, live);
const BLOCK = (region: Buffer) => region;
const forgeries = [
  // where, offset, bytes, value, what the region then is
  [BLOCK, 0, 1, 0, "corrupt"],
  [BLOCK, 0, 4, 0, "corrupt"],
  [BLOCK, 0, 5, 0, "unformatted"],
  [BLOCK, SUPERBLOCK.version, 4, 2, "corrupt"],
  [BLOCK, SUPERBLOCK.length, 8, 95, "corrupt"],
  [BLOCK, SUPERBLOCK.length, 8, 2 ** 53, "corrupt"],
  [BLOCK, SUPERBLOCK.sequence, 8, 2 ** 52, "prepared"],
  [BLOCK, SUPERBLOCK.sequence, 8, 2 ** 52 + 1, "corrupt"],
  [BLOCK, SUPERBLOCK.highestTxid, 8, 2 ** 52, "prepared"],
  [BLOCK, SUPERBLOCK.highestTxid, 8, 2 ** 52 + 1, "corrupt"],
  [BLOCK, SUPERBLOCK.activePage, 8, 0, "corrupt"],
  [BLOCK, SUPERBLOCK.activePage, 8, 96, "corrupt"],
  [BLOCK, SUPERBLOCK.activePage, 8, 95, "corrupt"],
  [BLOCK, SUPERBLOCK.shadowPage, 8, 0, "clean"],
  [BLOCK, SUPERBLOCK.shadowPage, 8, 96, "corrupt"],
  [BLOCK, SUPERBLOCK.shadowPage, 8, 95, "prepared"],
  [BLOCK, 140, 4, 7, "prepared"],
  [LIVE, 0, 1, 0, "corrupt"],
  [LIVE, NODE.kind, 2, 2, "corrupt"],
  [LIVE, NODE.level, 2, 0, "corrupt"],
  [LIVE, NODE.count, 4, 2, "corrupt"],
  [LIVE, ROOT.txid, 8, 2 ** 52, "prepared"],
  [LIVE, ROOT.txid, 8, 2 ** 52 + 1, "corrupt"],
  [LIVE, ROOT.txid, 8, 1, "prepared"],
  [LIVE, ROOT.timestamp, 8, 2 ** 53 - 1, "prepared"],
  [LIVE, ROOT.timestamp, 8, 2 ** 53, "corrupt"],
  [LIVE, ROOT.contentLength, 8, 24 * PAGE + 1, "prepared"],
  [LIVE, ROOT.contentLength, 8, 24 * PAGE, "prepared"],
  [LIVE, ROOT.contentLength, 8, 21 * PAGE, "corrupt"],
  [LIVE, ROOT.contentLength, 8, 95 * PAGE, "prepared"],
  [LIVE, ROOT.contentLength, 8, 95 * PAGE + 1, "corrupt"],
  [LIVE, ROOT.contentDigest, 4, 1, "prepared"],
  [LIVE, ROOT.parentPage, 8, 0, "prepared"],
  [LIVE, ROOT.parentPage, 8, 95, "prepared"],
  [LIVE, ROOT.parentPage, 8, 96, "corrupt"],
  [LIVE, ROOT.parentHash, 4, 1, "prepared"],
  [LIVE, ROOT.parentState, 4, 1, "prepared"],
  [LIVE, ROOT.epochCount, 4, 0, "corrupt"],
  [LIVE, ROOT.epochCount, 4, 128, "prepared"],
  [LIVE, ROOT.epochCount, 4, 129, "corrupt"],
  [LIVE, ROOT.epochCount + 4, 4, 7, "prepared"],
  [LIVE, ROOT.epochs, 4, 7, "prepared"],
  [LIVE, ROOT.epochs + 16, 8, 2 ** 52, "prepared"],
  [LIVE, ROOT.epochs + 16, 8, 2 ** 52 + 1, "corrupt"],
  [LIVE, ROOT.epochs + 24, 8, 7, "prepared"],
  [LIVE, ROOT.entries, 8, 0, "corrupt"],
  [LIVE, ROOT.entries, 8, 96, "corrupt"],
  [LIVE, ROOT.entries, 8, 95, "prepared"],
  [LIVE, ROOT.entries + 40, 8, 7, "prepared"],
  [SHADOW, NODE.count, 4, 2, "corrupt"],
  [SHADOW, ROOT.txid, 8, 2, "prepared"],
  [SHADOW, ROOT.parentState, 4, 1, "prepared"],
  [SHADOW, ROOT.epochCount, 4, 0, "corrupt"],
  [TABLES, NODE.kind, 2, 1, "prepared"],
  [TABLES, NODE.level, 2, 1, "prepared"],
  [TABLES, NODE.count, 4, 24, "prepared"],
  [TABLES, 16, 4, 7, "prepared"],
  [TABLES, TABLE.entries, 8, 0, "prepared"],
  [TABLES, TABLE.entries, 8, 96, "prepared"],
  [TABLES, TABLE.entries, 8, 95, "prepared"],
  [TABLES, TABLE.entries + 25 * 40, 8, 7, "prepared"],
] as const;

t.test("both readers agree about what hashes do not catch", needed, async (t) => {
  const { agree, bytesOf, regions, restore, sys } = await preparing(t, [96, 96, 96]);
  for (const [where, at, bytes, value, expected] of forgeries) {
    const region = bytesOf(1);
    const page = where(region);
    if (bytes === 8) writeU64(page, at, value);
    else page.writeUIntLE(value, at, bytes);
    hashAgain(region);
    const name = `${value} in ${bytes} bytes at ${at} of ${where.name}`;
    await agree(t, name);
    t.equal((await status(sys, regions)).regions[1]?.state, expected, `${name}: ${expected}`);
    restore();
  }
  const region = bytesOf(1);
  const root = rootOf(region, live);
  root[ROOT.checksum] = (root[ROOT.checksum] ?? 0) ^ 1;
  sha256(root).copy(region, SUPERBLOCK.activeHash);
  sha256(region.subarray(0, SUPERBLOCK.checksum)).copy(region, SUPERBLOCK.checksum);
  await agree(t, "checksum of a root");
  t.equal((await status(sys, regions)).regions[1]?.state, "corrupt");
});

/** Makes all hashes from the first table of the live state upwards right, as far as page numbers lead. */
function hashAgain(region: Buffer): void {
  for (const at of [live, shadow]) {
    const page = numberAt(region, at);
    if (page === 0 || page >= 95) continue;
    const root = pageOf(region, page);
    const table = numberAt(root, ROOT.entries);
    if (table > 0 && table < 95) sha256(pageOf(region, table)).copy(root, ROOT.entries + 8);
    root.fill(0, ROOT.checksum, ROOT.checksum + 32);
    sha256(root).copy(root, ROOT.checksum);
    sha256(root).copy(region, at + 8);
  }
  sha256(region.subarray(0, SUPERBLOCK.checksum)).copy(region, SUPERBLOCK.checksum);
}

t.test("the example in the page is what comes out", async (t) => {
  const page = readFileSync(new URL("../../../docs/format-region.md", import.meta.url), "utf8");
  const content = makeContent(Buffer.from("hello"));
  const state = {
    txid: 7,
    timestamp: 1_700_000_000_000,
    contentLength: 5,
    contentDigest: content.digest,
    parentState: NO_STATE,
    epochs: [{ id: Buffer.from(Array.from({ length: 16 }, (_, n) => n)).toString("hex"), firstTxid: 7 }],
  };
  for (const hash of [content.digest, stateHash(state)]) t.match(page, `\`${hash.toString("hex")}\``);
  t.same(
    [21, 22, 2122, 262_144].map((pages) => levelSizes(pages * PAGE)),
    [[21], [22, 1], [2122, 22, 1], [262_144, 2596, 26, 1]],
  );
});
