/** The dm contract, target by target: each is loaded, printed, asked for its status and pulled about. */
import assert from "node:assert/strict";
import { cache } from "../../src/core/dm/targets/cache.ts";
import { targets } from "../../src/core/dm/targets/index.ts";
import { mirror } from "../../src/core/dm/targets/mirror.ts";
import { dataLegs } from "../../src/core/dm/targets/raid/redundancy.ts";
import { raid, redundancyOf } from "../../src/core/dm/targets/raid.ts";
import { snapshot } from "../../src/core/dm/targets/snapshot.ts";
import { thinPool } from "../../src/core/dm/targets/thin-pool.ts";
import { writecache } from "../../src/core/dm/targets/writecache.ts";
import type { Dm } from "../../src/core/port/dm.ts";
import { type DmCase, type DmWorld, KEY } from "./dm.ts";
import { FLUSH, LIVE, line, linear, live, refused, SIZE, shown } from "./dm-steps.ts";

/** Each case has a part of the disks for itself, since what targets write there outlives them. */
const PART = 32768;

/** Live linear devices in a part of the disks, one after the other. @returns their numbers */
function areas({ dm, disks }: DmWorld, part: number, sizes: readonly number[]): string[] {
  let offset = 0;
  return sizes.map((size, index) => {
    const dev = live(dm, `t-part${part}-${index}`, linear(disks[0], part * PART + offset, size));
    offset += size;
    assert.ok(offset <= PART);
    return dev;
  });
}

const status = (dm: Dm, name: string): string => dm.status(name, { noflush: true })[0]?.status ?? "";

/** Type, options and members of raids that every kernel with dm-raid takes. */
const raids: readonly (readonly [type: string, options: string, members: number, length: number])[] = [
  ["raid0", "128", 2, 4096],
  ["raid1", "0 nosync region_size 1024", 2, 2048],
  ["raid4", "128 nosync region_size 1024", 3, 4096],
  ["raid5_ls", "128 nosync region_size 1024", 3, 4096],
  ["raid6_zr", "128 region_size 1024", 5, 6144],
];

/** Type and options, members, those of them that are away; and what the status says then, or the refusal. */
const raidsWithout: readonly (readonly [
  string,
  members: number,
  away: readonly number[],
  becomes: string,
])[] = [
  ["raid0 1 128", 3, [2], "EINVAL"],
  ["raid1 4 0 nosync region_size 1024", 3, [0, 2], "-A-"],
  ["raid4 4 128 nosync region_size 1024", 3, [1], "A-A"],
  ["raid5_ls 4 128 nosync region_size 1024", 3, [0], "-AA"],
  ["raid5_ls 4 128 nosync region_size 1024", 3, [0, 2], "EINVAL"],
  ["raid6_zr 3 128 region_size 1024", 5, [0, 1, 2], "EINVAL"],
  ["raid10 4 128 nosync region_size 1024", 4, [1, 2], "A--A"],
  ["raid10 4 128 nosync region_size 1024", 4, [0, 3], "-AA-"],
  ["raid10 4 128 nosync region_size 1024", 4, [2, 3], "EINVAL"],
  ["raid10 6 128 nosync region_size 1024 raid10_copies 3", 6, [0, 1, 3, 5], "--A-A-"],
  ["raid10 6 128 nosync region_size 1024 raid10_copies 3", 6, [3, 4, 5], "EINVAL"],
];

/**
 * Types and options that do not go together, or not with members that have no metadata, or not with so few.
 */
const wrongRaids: readonly (readonly [options: string, members: number])[] = [
  ["raid6_zr 2 128 nosync", 5],
  ["raid0 2 128 sync", 2],
  ["raid0 3 128 region_size 1024", 2],
  ["raid1 3 0 stripe_cache 1024", 2],
  ["raid4 3 128 write_mostly 0", 3],
  ["raid5_ls 3 128 raid10_copies 2", 3],
  ["raid10 1 128", 4],
  ["raid10 3 128 max_write_behind 512", 4],
  ["raid1 3 0 write_mostly 0", 1],
  ["raid6_zr 1 128", 3],
  ["raid4 1 128", 1],
];

export const targetCases: readonly DmCase[] = [
  {
    name: "targets are of the versions that we know, or newer",
    run({ dm }) {
      const there = new Map(dm.targets().map(({ name, version }) => [name, version]));
      for (const { type, version } of targets) {
        const found = there.get(type) ?? [0, 0, 0];
        assert.equal(found[0], version[0], `${type} is of version ${found.join(".")}`);
        assert.ok(found[1] >= version[1], `${type} is of version ${found.join(".")}`);
      }
    },
  },
  {
    name: "mirror with a log in memory",
    run(world) {
      const { dm } = world;
      const [a, b] = areas(world, 0, [SIZE, SIZE]);
      const params = `core 2 1024 nosync 2 ${a} 0 ${b} 0 1 handle_errors`;
      live(dm, "t-m", [line("mirror", params)]);
      assert.equal(shown(dm.table("t-m", "live")), `0 8192 mirror ${params}`);
      assert.equal(status(dm, "t-m"), `2 ${a} ${b} 8/8 1 AA 1 core`);
      for (const wrong of [
        `core 1 1000 2 ${a} 0 ${b} 0`,
        `core 1 1024 1 ${a} 0`,
        `core 1 1024 2 ${a} 0`,
        `core 3 1024 sync sync 2 ${a} 0 ${b} 0`,
        `core 1 1024 2 ${a} 0 ${b} 0 1 nonesuch`,
        `nonesuch 1 1024 2 ${a} 0 ${b} 0`,
      ])
        refused("EINVAL", () => dm.load("t-m", [line("mirror", wrong)], LIVE));
      refused("EINVAL", () => live(dm, "t-n", [line("mirror", `core 1 1024 2 ${a} 0 ${b} 8`)]));
    },
  },
  {
    name: "mirror with a log on disk",
    run(world) {
      const { dm } = world;
      const [a, b, log] = areas(world, 1, [SIZE, SIZE, 8]);
      const params = `disk 2 ${log} 1024 2 ${a} 0 ${b} 0`;
      live(dm, "t-m", [line("mirror", params)]);
      assert.equal(shown(dm.table("t-m", "live")), `0 8192 mirror ${params}`);
      const found = mirror.decodeStatus?.(status(dm, "t-m"));
      assert.equal(found?.health, "AA");
      assert.equal(found?.logHealth, "A");
      assert.equal(found?.sync.whole, 8);
      assert.deepEqual([...dm.deps("t-m", "live")].sort(), [a, b, log].sort());
    },
  },
  ...raids.map(
    ([type, options, count, length]): DmCase => ({
      name: `raid: ${type}`,
      run(world) {
        const { dm } = world;
        const members = areas(
          world,
          2,
          Array.from({ length: count }, () => 2048),
        );
        const words = options.split(" ").length;
        const params = `${type} ${words} ${options} ${count} ${members.map((dev) => `- ${dev}`).join(" ")}`;
        live(dm, "t-r", [line("raid", params, length)]);
        assert.equal(shown(dm.table("t-r", "live")), `0 ${length} raid ${params}`);
        const found = raid.decodeStatus?.(status(dm, "t-r"));
        assert.equal(found?.type, type);
        assert.equal(found?.health, "A".repeat(count));
        assert.equal(found?.mismatches, 0);
      },
    }),
  ),
  ...raidsWithout.map(
    ([words, count, away, becomes], index): DmCase => ({
      name: `raid: ${words} of ${count} without ${away}`,
      run(world) {
        const { dm, disks } = world;
        // What an array has left of itself would tell the next one, so each has a part of the disk for
        // itself.
        const start = (leg: number) => 262144 + index * 8192 + leg * 1152;
        const all = Array.from({ length: count }, (_, leg) => {
          const meta = live(dm, `t-meta${leg}`, linear(disks[2], start(leg), 128));
          const image = live(dm, `t-image${leg}`, linear(disks[2], start(leg) + 128, 1024));
          return `${words.startsWith("raid0") ? "-" : meta} ${image}`;
        });
        const paramsOf = (tokens: readonly string[]) => `${words} ${count} ${tokens.join(" ")}`;
        const params = paramsOf(all.map((each, leg) => (away.includes(leg) ? "- -" : each)));
        const data = dataLegs(redundancyOf(raid.decodeParams(params)));
        const length = data * 1024;
        // A kernel takes no array without a leg that it has never run.
        live(dm, "t-r", [line("raid", paramsOf(all), length)]);
        dm.remove("t-r");
        dm.create("t-r", "DVM-r");
        const load = () => dm.load("t-r", [line("raid", params, length)], LIVE);
        if (becomes.startsWith("E")) {
          refused(becomes, load);
          return;
        }
        load();
        dm.resume("t-r");
        const found = raid.decodeStatus?.(status(dm, "t-r"));
        assert.equal(found?.health, becomes);
        assert.equal(found?.sync.whole, words.startsWith("raid10") ? data * 1024 : 1024);
      },
    }),
  ),
  {
    name: "raid: options that a type does not take",
    run(world) {
      const { dm } = world;
      const members = areas(world, 0, Array(5).fill(2048));
      dm.create("t-r", "DVM-r");
      for (const [options, count] of wrongRaids) {
        const tokens = members.slice(0, count).map((dev) => `- ${dev}`);
        const params = `${options} ${count} ${tokens.join(" ")}`;
        refused("EINVAL", () => dm.load("t-r", [line("raid", params, 3072)], LIVE));
      }
    },
  },
  {
    name: "raid10 with metadata",
    run(world) {
      const { dm } = world;
      const members = areas(world, 5, [1024, 2048, 1024, 2048, 1024, 2048, 1024, 2048]);
      const params = `raid10 6 128 nosync region_size 1024 raid10_copies 2 4 ${members.join(" ")}`;
      live(dm, "t-r", [line("raid", params, 4096)]);
      assert.equal(shown(dm.table("t-r", "live")), `0 4096 raid ${params}`);
      assert.equal(status(dm, "t-r"), "raid10 4 AAAA 4096/4096 idle 0 0 -");
    },
  },
  {
    name: "raid1 with metadata remembers that it is in sync, and grows",
    run(world) {
      const { dm, disks } = world;
      const [m0, a, m1] = areas(world, 3, [1024, 2048, 1024]);
      const b = live(dm, "t-b", linear(disks[1], 0, 2048));
      const table = (length: number, sync = "") => [
        line("raid", `raid1 ${sync ? 4 : 3} 0 ${sync}region_size 512 2 ${m0} ${a} ${m1} ${b}`, length),
      ];
      live(dm, "t-r", table(2048, "nosync "));
      assert.equal(raid.decodeStatus?.(status(dm, "t-r"))?.sync.part, 2048);
      dm.remove("t-r");
      live(dm, "t-r", table(2048));
      assert.equal(status(dm, "t-r"), "raid1 2 AA 2048/2048 idle 0 0 -");
      for (const [name, disk, offset] of [
        ["t-part3-1", disks[0], 3 * PART + 1024],
        ["t-b", disks[1], 0],
      ] as const) {
        dm.load(name, linear(disk, offset, 4096), LIVE);
        dm.resume(name);
      }
      dm.load("t-r", table(4096), LIVE);
      dm.resume("t-r");
      const grown = raid.decodeStatus?.(status(dm, "t-r"));
      assert.equal(grown?.sync.whole, 4096);
      assert.equal(grown?.health.length, 2);
    },
  },
  {
    name: "snapshot and its origin",
    run(world) {
      const { dm } = world;
      const [origin, cow, other] = areas(world, 4, [SIZE, 4096, 4096]);
      dm.create("t-s", "DVM-s");
      for (const wrong of [
        `${origin} ${cow} P`,
        `${origin} ${cow} X 16`,
        `${origin} ${cow} PX 16`,
        `${origin} ${cow} P 15`,
        `${origin} ${origin} P 16`,
        `${origin} ${cow} P 16 1 nonesuch`,
        `${origin} ${cow} P 16 1 discard_passdown_origin`,
      ])
        refused("EINVAL", () => dm.load("t-s", [line("snapshot", wrong)], LIVE));
      dm.load("t-s", [line("snapshot", `${origin} ${cow} P 16`)], LIVE);
      dm.resume("t-s");
      assert.equal(shown(dm.table("t-s", "live")), `0 8192 snapshot ${origin} ${cow} P 16`);
      assert.equal(status(dm, "t-s"), "32/4096 32");
      assert.deepEqual(snapshot.decodeStatus?.(status(dm, "t-s")), {
        state: "used",
        used: { part: 32, whole: 4096 },
        metadata: 32,
      });
      live(dm, "t-o", [line("snapshot-origin", origin ?? "")]);
      assert.equal(shown(dm.table("t-o", "live")), `0 8192 snapshot-origin ${origin}`);
      assert.equal(status(dm, "t-o"), "");
      refused("EINVAL", () => dm.load("t-o", [line("snapshot-origin", `${origin} 0`)], LIVE));
      const features = "2 discard_zeroes_cow discard_passdown_origin";
      live(dm, "t-n", [line("snapshot", `${origin} ${other} N 8 ${features}`)]);
      assert.equal(shown(dm.table("t-n", "live")), `0 8192 snapshot ${origin} ${other} N 8 ${features}`);
    },
  },
  {
    name: "snapshot that merges into its origin",
    run(world) {
      const { dm } = world;
      const [origin, cow] = areas(world, 5, [SIZE, 4096]);
      live(dm, "t-s", [line("snapshot", `${origin} ${cow} PO 16`)]);
      assert.equal(shown(dm.table("t-s", "live")), `0 8192 snapshot ${origin} ${cow} PO 16`);
      live(dm, "t-o", [line("snapshot-origin", origin ?? "")]);
      dm.remove("t-s");
      dm.load("t-o", [line("snapshot-merge", `${origin} ${cow} PO 16`)], LIVE);
      dm.resume("t-o");
      assert.equal(shown(dm.table("t-o", "live")), `0 8192 snapshot-merge ${origin} ${cow} PO 16`);
      const merged = snapshot.decodeStatus?.(status(dm, "t-o"));
      assert.ok(merged?.state === "used" && merged.used.part === merged.metadata);
    },
  },
  {
    name: "thin pool: table, status, messages",
    run(world) {
      const { dm } = world;
      const [meta, data, other] = areas(world, 6, [4096, SIZE, 4096]);
      dm.create("t-p", "DVM-p");
      for (const [errno, wrong] of [
        ["EINVAL", `${meta} ${data} 128`],
        ["EINVAL", `${meta} ${data} 64 0`],
        ["EINVAL", `${meta} ${data} 200 0`],
        ["EINVAL", `${meta} ${data} 128 0 1 nonesuch`],
      ] as const)
        refused(errno, () => dm.load("t-p", [line("thin-pool", wrong)], LIVE));
      const two = [line("thin-pool", `${meta} ${data} 128 0`, 4096), line("zero", "", 4096, 4096)];
      refused("EINVAL", () => dm.load("t-p", two, LIVE));
      refused("EINVAL", () =>
        dm.load("t-p", [line("thin-pool", `${meta} ${data} 128 0`)], { readOnly: true }),
      );
      const params = `${meta} ${data} 128 8 2 skip_block_zeroing error_if_no_space`;
      dm.load("t-p", [line("thin-pool", params)], LIVE);
      assert.equal(dm.message("t-p", 0, "create_thin 1"), "", "nobody hears it before there is a live table");
      dm.resume("t-p");
      assert.equal(shown(dm.table("t-p", "live")), `0 8192 thin-pool ${params}`);
      const found = thinPool.decodeStatus?.(status(dm, "t-p"));
      assert.ok(found?.state === "ok");
      assert.deepEqual(
        [found.transactionId, found.data, found.heldRoot, found.mode, found.noSpace, found.needsCheck],
        [0, { part: 0, whole: 64 }, null, "rw", "error", false],
      );
      for (const [errno, message] of [
        [null, "create_thin 1"],
        ["EEXIST", "create_thin 1"],
        ["EINVAL", "create_thin"],
        ["EINVAL", "create_thin 16777216"],
        ["EINVAL", "create_thin x"],
        [null, "create_thin 16777215"],
        [null, "create_snap 2 1"],
        ["EEXIST", "create_snap 2 1"],
        ["ENODATA", "create_snap 3 4"],
        ["EINVAL", "create_snap 3"],
        [null, "delete 2"],
        ["ENODATA", "delete 2"],
        [null, "set_transaction_id 0 5"],
        ["EINVAL", "set_transaction_id 0 6"],
        ["EINVAL", "release_metadata_snap"],
        [null, "reserve_metadata_snap"],
        ["EBUSY", "reserve_metadata_snap"],
        [null, "release_metadata_snap"],
        ["EINVAL", "nonesuch"],
      ] as const)
        if (errno === null) dm.message("t-p", 0, message);
        else refused(errno, () => dm.message("t-p", 0, message));
      const after = thinPool.decodeStatus?.(status(dm, "t-p"));
      assert.ok(after?.state === "ok" && after.transactionId === 5);
      // Nothing but itself takes its place, or error.
      refused("EINVAL", () => dm.load("t-p", [line("zero", "")], LIVE));
      refused("EINVAL", () => dm.load("t-p", [line("thin-pool", `${other} ${data} 128 0`)], LIVE));
      dm.create("t-q", "DVM-q");
      refused("EBUSY", () => dm.load("t-q", [line("thin-pool", `${meta} ${other} 128 0`)], LIVE));
    },
  },
  {
    name: "thin devices",
    run(world) {
      const { dm } = world;
      const [meta, data, outside] = areas(world, 7, [4096, SIZE, 4096]);
      const pool = (length: number) => [line("thin-pool", `${meta} ${data} 128 0 0`, length)];
      const dev = dm.create("t-p", "DVM-p2").dev;
      dm.load("t-p", pool(4096), LIVE);
      dm.create("t-t", "DVM-t");
      refused("ENODATA", () => dm.load("t-t", [line("thin", `${dev} 1`)], LIVE));
      dm.resume("t-p");
      refused("ENODATA", () => dm.load("t-t", [line("thin", `${dev} 1`)], LIVE));
      refused("EINVAL", () => dm.load("t-t", [line("thin", `${outside} 1`)], LIVE));
      dm.message("t-p", 0, "create_thin 1");
      for (const wrong of [
        `${dev}`,
        `${dev} x`,
        `${dev} 16777216`,
        `${dev} 1 ${dev}`,
        `${dev} 1 ${outside} 0`,
      ])
        refused("EINVAL", () => dm.load("t-t", [line("thin", wrong)], LIVE));
      dm.suspend("t-p", FLUSH);
      refused("EINVAL", () => dm.load("t-t", [line("thin", `${dev} 1`)], LIVE));
      dm.resume("t-p");
      // A thin device may be larger than its pool.
      dm.load("t-t", [line("thin", `${dev} 1`, 1048576)], LIVE);
      dm.resume("t-t");
      assert.equal(shown(dm.table("t-t", "live")), `0 1048576 thin ${dev} 1`);
      assert.equal(status(dm, "t-t"), "0 -");
      refused("EBUSY", () => dm.message("t-p", 0, "delete 1"));
      dm.message("t-p", 0, "create_snap 2 1");
      live(dm, "t-u", [line("thin", `${dev} 2`, 1048576)]);
      dm.message("t-p", 0, "create_thin 3");
      live(dm, "t-e", [line("thin", `${dev} 3 ${outside}`, 4096)]);
      assert.equal(shown(dm.table("t-e", "live")), `0 4096 thin ${dev} 3 ${outside}`);
      assert.deepEqual([...dm.deps("t-e", "live")].sort(), [dev, outside].sort());
      dm.load("t-p", pool(SIZE), LIVE);
      dm.resume("t-p");
      const grown = thinPool.decodeStatus?.(status(dm, "t-p"));
      assert.ok(grown?.state === "ok" && grown.data.whole === 64);
      refused("EBUSY", () => dm.remove("t-p"));
      dm.remove("t-u");
      dm.message("t-p", 0, "delete 2");
      for (const name of ["t-e", "t-t", "t-p"]) dm.remove(name);
      // What the metadata says lives on.
      dm.create("t-p", "DVM-p2");
      dm.load("t-p", pool(SIZE), LIVE);
      dm.resume("t-p");
      refused("EEXIST", () => dm.message("t-p", 0, "create_thin 1"));
      dm.remove("t-p");
      dm.create("t-p", "DVM-p2");
      refused("EINVAL", () => {
        dm.load("t-p", pool(4096), LIVE);
        dm.resume("t-p");
      });
      assert.equal(dm.info("t-p").suspended, true, "a pool never shrinks");
    },
  },
  {
    name: "cache",
    run(world) {
      const { dm, disks } = world;
      const [meta, fast] = areas(world, 2, [2048, 4096]);
      const origin = live(dm, "t-o", linear(disks[1], PART, SIZE));
      dm.create("t-c", "DVM-c");
      for (const wrong of [
        `${meta} ${fast} ${origin} 64 0 smq`,
        `${meta} ${fast} ${origin} 32 0 smq 0`,
        `${meta} ${fast} ${origin} 100 0 smq 0`,
        `${meta} ${fast} ${origin} 64 1 nonesuch smq 0`,
        `${meta} ${fast} ${origin} 64 2 writeback writethrough smq 0`,
        `${meta} ${fast} ${origin} 8192 1 writethrough smq 0`,
      ])
        refused("EINVAL", () => dm.load("t-c", [line("cache", wrong)], LIVE));
      const params = `${meta} ${fast} ${origin} 64 2 metadata2 writethrough smq 0`;
      refused("EINVAL", () => dm.load("t-c", [line("cache", params, SIZE + 8)], LIVE));
      dm.load("t-c", [line("cache", params)], LIVE);
      dm.resume("t-c");
      assert.equal(shown(dm.table("t-c", "live")), `0 8192 cache ${params}`);
      const found = cache.decodeStatus?.(status(dm, "t-c"));
      assert.ok(found?.state === "ok");
      assert.deepEqual(
        [found.used.whole, found.dirty, found.mode, found.policy, found.readOnly, found.needsCheck],
        [64, 0, "writethrough", "smq", false, false],
      );
    },
  },
  {
    name: "writecache",
    run(world) {
      const { dm, disks } = world;
      const [fast] = areas(world, 1, [4096]);
      const origin = live(dm, "t-o", linear(disks[1], PART, SIZE));
      dm.create("t-w", "DVM-w");
      for (const wrong of [
        `x ${origin} ${fast} 4096 0`,
        `s ${origin} ${fast} 4096`,
        `s ${origin} ${fast} 100 0`,
        `s ${origin} ${fast} 4096 1 nonesuch`,
        `s ${origin} ${fast} 4096 1 high_watermark`,
        `s ${origin} ${fast} 4096 2 high_watermark 44`,
        `s ${origin} ${fast} 4096 2 low_watermark 51`,
        `s ${origin} ${fast} 4096 4 high_watermark 60 low_watermark 61`,
        `s ${origin} ${fast} 4096 1 nofua`,
      ])
        refused("EINVAL", () => dm.load("t-w", [line("writecache", wrong)], LIVE));
      const params = `s ${origin} ${fast} 4096 4 high_watermark 60 low_watermark 40`;
      dm.load("t-w", [line("writecache", params)], LIVE);
      dm.resume("t-w");
      assert.equal(shown(dm.table("t-w", "live")), `0 8192 writecache ${params}`);
      const found = writecache.decodeStatus?.(status(dm, "t-w"));
      assert.equal(found?.error, 0);
      assert.equal(found?.free, found?.blocks);
    },
  },
  {
    name: "crypt with a key from the keyring",
    run(world) {
      const { dm, disks } = world;
      world.key();
      dm.create("t-c", "DVM-c");
      const [disk] = disks;
      for (const wrong of [
        `aes-xts-plain64 ${KEY} 0 ${disk}`,
        `aes-xts-plain64 ${KEY} 0 ${disk} 0 1 nonesuch`,
        `aes-xts-plain64 ${KEY} x ${disk} 0`,
        `aes-xts-plain64 :32:nonesuch:dvm-contract 0 ${disk} 0`,
      ])
        refused("EINVAL", () => dm.load("t-c", [line("crypt", wrong)], LIVE));
      const params = `aes-xts-plain64 ${KEY} 0 ${disk} ${PART} 2 allow_discards sector_size:4096`;
      refused("EINVAL", () => dm.load("t-c", [line("crypt", params, SIZE + 4)], LIVE));
      dm.load("t-c", [line("crypt", params)], LIVE);
      dm.resume("t-c");
      assert.equal(shown(dm.table("t-c", "live")), `0 8192 crypt ${params}`);
      assert.equal(status(dm, "t-c"), "");
    },
  },
  // From here on: what random programs have found the simulator to do otherwise than a kernel.
  {
    name: "found: raid without members, and with a word too many",
    run(world) {
      const { dm } = world;
      const [a, b] = areas(world, 0, [2048, 2048]);
      dm.create("t-r", "DVM-r");
      refused("EINVAL", () => dm.load("t-r", [line("raid", "raid1 3 0 region_size 256 1 - -", 512)], LIVE));
      refused("EINVAL", () => dm.load("t-r", [line("raid", "raid5_ls 1 64 3 - - - - - -", 2048)], LIVE));
      dm.load("t-r", [line("raid", `raid1 1 0 2 - ${a} - ${b} -1`, 2048)], LIVE);
      dm.load("t-r", [line("raid", `raid1 1 0 2 - ${a} - -`, 2048)], LIVE);
    },
  },
  {
    name: "found: a snapshot's features are refused before its devices are looked up",
    run({ dm }) {
      dm.create("t-s", "DVM-s");
      refused("EINVAL", () => dm.load("t-s", [line("snapshot", "nowhere P 0 1 nonesuch", 512)], LIVE));
    },
  },
  {
    name: "found: a snapshot is not loaded twice before it is live",
    run(world) {
      const { dm } = world;
      const [origin, cow] = areas(world, 8, [SIZE, 4096]);
      const table = [line("snapshot", `${origin} ${cow} P 16`)];
      dm.create("t-s", "DVM-s");
      refused("EINVAL", () => dm.load("t-s", [line("snapshot", `${origin} ${cow} N 0`)], LIVE));
      dm.load("t-s", table, LIVE);
      refused("EINVAL", () => dm.load("t-s", table, LIVE));
      dm.clear("t-s");
      dm.load("t-s", table, LIVE);
      dm.resume("t-s");
      // The second takes the store over when it goes live, and has not looked at it before.
      dm.load("t-s", [line("snapshot", `${origin} ${cow} PO 8`)], LIVE);
      assert.equal(shown(dm.table("t-s", "inactive")), `0 8192 snapshot ${origin} ${cow} PO 0`);
      dm.resume("t-s");
      assert.equal(shown(dm.table("t-s", "live")), `0 8192 snapshot ${origin} ${cow} PO 16`);
    },
  },
  {
    name: "found: a store keeps its chunk size, though the table that made it was refused",
    run(world) {
      const { dm } = world;
      const [origin, cow] = areas(world, 9, [SIZE, 4096]);
      dm.create("t-s", "DVM-s");
      const tooLong = [line("snapshot", `${origin} ${cow} P 0`, SIZE + 8)];
      refused("EINVAL", () => dm.load("t-s", tooLong, LIVE));
      dm.load("t-s", [line("snapshot", `${origin} ${cow} P 16`)], LIVE);
      assert.equal(shown(dm.table("t-s", "inactive")), `0 8192 snapshot ${origin} ${cow} P 32`);
    },
  },
  {
    name: "found: another snapshot of a store waits until the live one is suspended",
    run(world) {
      const { dm } = world;
      const [origin, cow] = areas(world, 10, [SIZE, 4096]);
      live(dm, "t-s", [line("snapshot", `${origin} ${cow} P 16`)]);
      live(dm, "t-o", [line("snapshot-origin", origin ?? "")]);
      dm.load("t-o", [line("snapshot-merge", `${origin} ${cow} P 16`)], LIVE);
      dm.suspend("t-o", FLUSH);
      refused("EINVAL", () => dm.resume("t-o"));
      dm.suspend("t-s", FLUSH);
      dm.resume("t-o");
      dm.remove("t-s");
      assert.equal(shown(dm.table("t-o", "live")), `0 8192 snapshot-merge ${origin} ${cow} P 16`);
    },
  },
  {
    name: "found: a cache keeps its block size, and its policy must be known",
    run(world) {
      const { dm } = world;
      const [meta, fast, origin, other] = areas(world, 11, [2048, 4096, SIZE, 4096]);
      dm.create("t-w", "DVM-w");
      const long = [line("writecache", `s ${origin} ${other} 4096 0`)];
      dm.load("t-w", long, LIVE);
      refused("EINVAL", () => dm.load("t-w", [line("writecache", `s ${origin} ${other} 512 0`)], LIVE));
      dm.create("t-c", "DVM-c");
      const params = `${meta} ${fast} ${origin} 64 1 passthrough nonesuch 0`;
      refused("EINVAL", () => dm.load("t-c", [line("cache", params)], LIVE));
    },
  },
  {
    name: "found: which is refused first, the device or the words",
    run(world) {
      const { dm } = world;
      const [dev] = areas(world, 12, [2048]);
      dm.create("t-a", "DVM-a");
      refused("ENXIO", () => dm.load("t-a", linear("007", 0, 8), LIVE));
      refused("ENODEV", () => dm.load("t-a", linear("0", 0, 8), LIVE));
      refused("ENXIO", () => dm.load("t-a", [line("thin", `3 ${dev}`)], LIVE));
      refused("EINVAL", () => dm.load("t-a", [line("thin", "254:4711 1 254:4711")], LIVE));
      refused("ENODEV", () => dm.load("t-a", [line("thin", "254:4711 1 /dev/none")], LIVE));
      refused("ENODEV", () => dm.load("t-a", [line("snapshot", `/dev/none ${dev} X 0`)], LIVE));
      refused("ENXIO", () => dm.load("t-a", [line("mirror", `core 1 64 2 ${dev} 0 8 0 1 nonesuch`)], LIVE));
      refused("ENXIO", () => dm.load("t-a", [line("writecache", `s 007 ${dev} 100 0`)], LIVE));
    },
  },
  {
    name: "found: raid with too few members, and what is refused before that",
    run(world) {
      const { dm } = world;
      const [a, b] = areas(world, 13, [2048, 2048]);
      dm.create("t-r", "DVM-r");
      const load = (params: string, length: number) => dm.load("t-r", [line("raid", params, length)], LIVE);
      refused("EIO", () => load(`raid5_ls 1 64 5 - ${a} - ${b} - - - - - -`, 2048));
      refused("EIO", () => load(`raid4 1 64 3 - - - - - ${a}`, 2048));
      refused("EINVAL", () => load("raid4 1 64 3 - - - - - -", 2048));
      refused("EINVAL", () => load(`raid4 1 64 4 - - - - - ${a} - ${b}`, 2048));
      refused("ENXIO", () => load(`raid0 1 64 3 - 007 - ${a} - ${b}`, 2048));
      load(`raid1 2 -1 nosync 2 - ${a} - ${b}`, 2048);
    },
  },
  {
    name: "found: numbers with a plus, and offsets that are read one after the other",
    run(world) {
      const { dm } = world;
      const [a, b] = areas(world, 14, [2048, 2048]);
      dm.create("t-a", "DVM-a");
      const load = (type: string, params: string) => dm.load("t-a", [line(type, params, 1024)], LIVE);
      refused("EINVAL", () => load("linear", `${a} +8`));
      refused("EINVAL", () => load("striped", `2 16 ${a} +8 ${b} 0`));
      refused("EINVAL", () => load("mirror", `core 1 +64 2 ${a} 0 ${b} 0`));
      load("striped", `+2 +16 ${a} 0 ${b} 0`);
      refused("ENXIO", () => load("striped", `2 16 007 0 ${a} x`));
      refused("EINVAL", () => load("striped", `2 16 ${a} x 007 0`));
      refused("EINVAL", () => load("mirror", `disk 2 /dev/none 64 2 ${a} 0 ${b} 0`));
      refused("EINVAL", () => load("striped", `3 16 007 0 ${a} 0 ${b} x`));
      refused("EINVAL", () => load("mirror", `core 1 63 2 ${a} 0 007 0 1 nonesuch`));
    },
  },
  {
    name: "found: who opens a device alike in both tables opens it once",
    run(world) {
      const { dm } = world;
      const [cow = ""] = areas(world, 15, [4096]);
      const origin = live(dm, "t-o", linear(world.disks[1], PART, SIZE));
      const opened = () => dm.info("t-o").openCount;
      live(dm, "t-s", [line("snapshot", `${origin} ${cow} N 16`)]);
      dm.load("t-s", [line("snapshot", `${origin} ${cow} N 16`)], { readOnly: true });
      assert.equal(opened(), 1, "a snapshot only reads its origin");
      live(dm, "t-l", [line("linear", `${origin} 0`)]);
      assert.equal(opened(), 2);
      dm.load("t-l", [line("linear", `${origin} 0`)], { readOnly: true });
      assert.equal(opened(), 3);
    },
  },
];
