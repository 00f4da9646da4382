/** A reader in another language, made from docs/format-region.md alone, and this one agree on whatever stands on disk. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { sha256 } from "../../../src/core/base/bytes.ts";
import { abort } from "../../../src/core/region/abort.ts";
import { commit } from "../../../src/core/region/commit.ts";
import { format } from "../../../src/core/region/format.ts";
import { history } from "../../../src/core/region/history.ts";
import { prepare } from "../../../src/core/region/prepare.ts";
import { read } from "../../../src/core/region/read.ts";
import { status } from "../../../src/core/region/status.ts";
import { sync } from "../../../src/core/region/sync.ts";
import { documentOf, run } from "../../lib/dvm.ts";
import { addresses, contentOf, disksWith, PAGE, regionSys } from "../../lib/region-world.ts";

const reader = new URL("../../fixtures/read-region.py", import.meta.url).pathname;

interface Shown {
  readonly state: string;
  readonly regions: readonly {
    readonly state: string;
    readonly regionId?: string;
    readonly sequence?: number;
    readonly highestTxid?: number;
    readonly shadow?: ShownState | null;
    readonly states?: readonly ShownState[];
  }[];
}
interface ShownState {
  readonly txid: number;
  readonly hash: string;
  readonly contentLength: number;
  readonly epochs: number;
  readonly content: string | null;
}

t.setTimeout(0);

const COUNT = 3;
const regions = addresses(COUNT, 96);
const disks = disksWith(regions.map(() => Buffer.alloc(96 * PAGE)));
const sys = regionSys(disks);
const dir = t.testdir({});

/** Looks at the disks as they are now with both readers. @returns how many old states could be read */
async function agree(t: Test, when: string): Promise<number> {
  for (const { path } of regions) writeFileSync(join(dir, path), disks.bytes(path));
  const files = regions.map((region) => ({ ...region, path: join(dir, region.path) }));
  const file = join(dir, "regions.json");
  writeFileSync(file, JSON.stringify({ regions: files }));
  const theirs = documentOf<Shown>(await run(["python3", reader, file]));
  const ours = await status(sys, regions);
  t.equal(theirs.state, ours.state, `${when}: the set is ${ours.state}`);
  let readable = 0;
  for (const [n, region] of regions.entries()) {
    const mine = ours.regions[n];
    const other = theirs.regions[n];
    t.equal(other?.state, mine?.state, `${when}: region ${n} is ${mine?.state}`);
    if (!mine?.active) continue;
    const { regionId, sequence, highestTxid } = mine;
    t.match(other, { regionId, sequence, highestTxid });
    t.equal(other?.shadow?.hash, mine.shadow?.contentHash, `${when}: the same shadow`);
    const { states } = await history(sys, [region]);
    t.same(
      other?.states?.map(({ hash, txid, contentLength, epochs, content }) => [
        hash,
        txid,
        contentLength,
        epochs,
        content !== null,
      ]),
      states.map(({ contentHash, txid, contentLength, epochs, readable }) => [
        contentHash,
        txid,
        contentLength,
        epochs,
        readable,
      ]),
      `${when}: region ${n} has the same ${states.length} states`,
    );
    if (mine.state !== "clean") continue;
    for (const { txid, content } of other?.states ?? []) {
      if (content === null) continue;
      const bytes = await read(sys, [region], txid);
      t.equal(sha256(bytes).toString("hex"), content, `${when}: transaction ${txid} has the same content`);
      readable += 1;
    }
  }
  return readable;
}

t.test("both readers agree", async (t) => {
  await agree(t, "before anything");
  await format(sys, regions, { force: false });
  await agree(t, "formatted");
  // 0 pages, less than one, exactly what the root holds, one more, and the last page full or not.
  for (const length of [0, 1, 21 * PAGE, 21 * PAGE + 1, 30 * PAGE, 12345]) {
    await prepare(sys, regions, contentOf(`of ${length}`, length), { newEpoch: length === 1 });
    await agree(t, `${length} bytes prepared`);
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
  t.ok(many >= 6, `${many} states of ${COUNT} regions were read by both`);
  await prepare(sys, regions, contentOf("never", 5 * PAGE), { newEpoch: false });
  await abort(sys, regions);
  await agree(t, "aborted");
  const python = documentOf<Shown>(await run(["python3", reader, join(dir, "regions.json")]));
  const old = python.regions[0]?.states?.find(({ content }) => content !== null);
  const { stdout } = await run(["python3", reader, join(dir, "regions.json"), "0", String(old?.txid)]);
  t.same(stdout, await read(sys, regions, old?.txid), "content on stdout");
});

t.test("both readers agree about damage", async (t) => {
  const before = regions.map(({ path }) => Buffer.from(disks.bytes(path)));
  const places = [
    0,
    3,
    9,
    20,
    33,
    41,
    50,
    60,
    100,
    110,
    224,
    ...Array.from({ length: 12 }, (_, n) => PAGE * (7 * n + 3) + n),
  ];
  for (const [n, at] of places.entries()) {
    const { path } = regions[n % COUNT] as { path: string };
    const bytes = disks.bytes(path);
    bytes[at] = (bytes[at] ?? 0) ^ 0x40;
    await agree(t, `byte ${at} of region ${n % COUNT} flipped`);
    bytes.set(before[n % COUNT] as Buffer);
  }
});
