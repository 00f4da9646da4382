/** Random parameters of every target, as its constructor takes them. */
import fc from "fast-check";
import type { Cache } from "../../src/core/dm/targets/cache.ts";
import type { Crypt } from "../../src/core/dm/targets/crypt.ts";
import type { Linear } from "../../src/core/dm/targets/linear.ts";
import type { Mirror } from "../../src/core/dm/targets/mirror.ts";
import type { Raid } from "../../src/core/dm/targets/raid.ts";
import type { Snapshot } from "../../src/core/dm/targets/snapshot.ts";
import type { SnapshotOrigin } from "../../src/core/dm/targets/snapshot-origin.ts";
import type { Striped } from "../../src/core/dm/targets/striped.ts";
import type { Thin } from "../../src/core/dm/targets/thin.ts";
import type { ThinPool } from "../../src/core/dm/targets/thin-pool.ts";
import type { Writecache } from "../../src/core/dm/targets/writecache.ts";

const device = fc.oneof(
  fc.tuple(fc.nat(255), fc.nat(255)).map(([major, minor]) => `${major}:${minor}`),
  fc.constantFrom("@vg-lv", "@v--g-l_v", "/dev/sda", "/tmp/an image", "/tmp/back\\slash"),
);
const sectors = fc.nat(2 ** 40);
const powerOfTwo = (least: number, most: number) =>
  fc.integer({ min: least, max: most }).map((exponent) => 2 ** exponent);
const flag = fc.constant(true as const);

/** Optional keys are left out, never undefined. */
const record = <T>(shape: { [K in keyof T]-?: fc.Arbitrary<T[K]> }, required: (keyof T)[]): fc.Arbitrary<T> =>
  fc.record(shape as never, { requiredKeys: required as never }) as fc.Arbitrary<T>;

const linear: fc.Arbitrary<Linear> = fc.record({ device, offset: sectors });

const striped: fc.Arbitrary<Striped> = fc.record({
  chunkSize: fc.integer({ min: 1, max: 4096 }),
  stripes: fc.array(fc.record({ device, offset: sectors }), { minLength: 1, maxLength: 6 }),
});

const sync = fc.constantFrom("sync" as const, "nosync" as const);
const regionSize = powerOfTwo(1, 15);
const log: fc.Arbitrary<Mirror["log"]> = fc.oneof(
  record({ type: fc.constant("core" as const), regionSize, sync }, ["type", "regionSize"]),
  record({ type: fc.constant("disk" as const), device, regionSize, sync }, ["type", "device", "regionSize"]),
);
const mirror: fc.Arbitrary<Mirror> = fc
  .record({
    log,
    legs: fc.array(fc.record({ device, offset: sectors }), { minLength: 2, maxLength: 8 }),
    features: fc.constantFrom({}, { handleErrors: true as const }, {
      handleErrors: true,
      keepLog: true,
    } as const),
  })
  .map(({ features, ...rest }) => ({ ...rest, ...features }));

const raidTypes = [
  "raid0",
  "raid1",
  "raid4",
  "raid5_ls",
  "raid5_n",
  "raid6_zr",
  "raid6_la_6",
  "raid10",
] as const;
const raid: fc.Arbitrary<Raid> = fc
  .record({
    type: fc.constantFrom(...raidTypes),
    chunk: powerOfTwo(3, 10),
    count: fc.integer({ min: 2, max: 4 }).map((half) => 2 * half),
    metadata: fc.boolean(),
    missing: fc.option(fc.nat(7)),
    picks: fc.infiniteStream(fc.nat(2 ** 20)),
    devices: fc.array(device, { minLength: 16, maxLength: 16 }),
  })
  .map(({ type, chunk, count, metadata, missing, picks, devices }) => {
    const pick = (sides: number): number => Number(picks.next().value) % sides;
    const withMetadata = metadata || type === "raid10";
    const parity = /^raid[456]/.test(type);
    const bits = (): number[] => Array.from({ length: count }, (_, at) => at).filter(() => pick(4) === 0);
    const rebuild = withMetadata && type !== "raid0" ? bits() : [];
    const writeMostly = type === "raid1" ? bits() : [];
    const options: Record<string, number> = {};
    if (type !== "raid0") {
      if (pick(2)) options["region_size"] = 2 ** (10 + pick(5));
      if (pick(2)) options["daemon_sleep"] = pick(1000);
      if (pick(2)) options["min_recovery_rate"] = pick(1000);
      if (pick(2)) options["max_recovery_rate"] = pick(100_000);
      if (!pick(3)) options["delta_disks"] = pick(2) ? 1 : -1;
    }
    if (parity && pick(2)) options["stripe_cache"] = pick(1000);
    if (type === "raid1" && pick(2)) options["max_write_behind"] = pick(1000);
    if (type === "raid10" && pick(2)) options["raid10_copies"] = 2;
    if (!pick(3)) options["data_offset"] = pick(4096);
    const asked =
      type === "raid0"
        ? undefined
        : pick(3)
          ? undefined
          : type.startsWith("raid6") || pick(2)
            ? "sync"
            : "nosync";
    return {
      type,
      chunkSize: type === "raid1" ? 0 : chunk,
      ...(asked && { sync: asked }),
      ...(rebuild.length > 0 && { rebuild }),
      ...(writeMostly.length > 0 && { writeMostly }),
      ...(Object.keys(options).length > 0 && { options }),
      ...(type === "raid10" && pick(2) && { raid10Format: "near" as const }),
      ...(parity && pick(3) === 0 && { journal: { device: "8:200", mode: "writeback" as const } }),
      devices: Array.from({ length: count }, (_, at) =>
        at === missing && type !== "raid0"
          ? { metadata: null, data: null }
          : { metadata: withMetadata ? (devices[2 * at] ?? null) : null, data: devices[2 * at + 1] ?? null },
      ),
    } satisfies Raid;
  });

const snapshotOrigin: fc.Arbitrary<SnapshotOrigin> = fc.record({ origin: device });

const snapshot: fc.Arbitrary<Snapshot> = fc
  .record({
    devices: fc.uniqueArray(device, { minLength: 2, maxLength: 2 }),
    store: fc.constantFrom("P" as const, "PO" as const, "N" as const),
    chunkSize: powerOfTwo(0, 12),
    features: fc.constantFrom(
      {},
      { discardZeroesCow: true } as const,
      { discardZeroesCow: true, discardPassdownOrigin: true } as const,
    ),
  })
  .map(({ devices: [origin = "", cow = ""], store, chunkSize, features }) => ({
    origin,
    cow,
    store,
    chunkSize,
    ...features,
  }));

const thinPool = record<ThinPool>(
  {
    metadata: device,
    data: device,
    blockSize: fc.integer({ min: 1, max: 2 ** 14 }).map((count) => 128 * count),
    lowWater: fc.nat(),
    skipBlockZeroing: flag,
    ignoreDiscard: flag,
    noDiscardPassdown: flag,
    readOnly: flag,
    errorIfNoSpace: fc.constant(true as const),
  },
  ["metadata", "data", "blockSize", "lowWater"],
).map(({ readOnly: _readOnly, ...pool }): ThinPool => pool);

const thin: fc.Arbitrary<Thin> = fc
  .record({
    devices: fc.uniqueArray(device, { minLength: 2, maxLength: 2 }),
    id: fc.nat(2 ** 24 - 1),
    external: fc.boolean(),
  })
  .map(({ devices: [pool = "", origin = ""], id, external }) => ({
    pool,
    id,
    ...(external && { externalOrigin: origin }),
  }));

const cache = record<Cache>(
  {
    metadata: device,
    cache: device,
    origin: device,
    blockSize: fc.integer({ min: 1, max: 2 ** 15 }).map((count) => 64 * count),
    metadata2: flag,
    mode: fc.constantFrom("writethrough", "writeback", "passthrough"),
    noDiscardPassdown: flag,
    policy: fc.constantFrom("smq", "cleaner", "mq"),
    policyWords: fc.constantFrom([], ["migration_threshold", "4096"]),
  },
  ["metadata", "cache", "origin", "blockSize", "policy", "policyWords"],
);

const watermarks = record<NonNullable<Writecache["options"]>>(
  {
    startSector: sectors,
    highWatermark: fc.nat(100),
    lowWatermark: fc.nat(100),
    writebackJobs: fc.nat(1000),
    autocommitBlocks: fc.nat(1000),
    autocommitTimeMs: fc.nat(3_600_000),
    maxAgeMs: fc.nat(86_400_000),
  },
  [],
);
const writecache = record<Writecache>(
  {
    medium: fc.constant("p" as const),
    origin: device,
    cache: device,
    blockSize: powerOfTwo(9, 12),
    options: watermarks.filter((options) => Object.keys(options).length > 0),
    fua: fc.constantFrom("fua", "nofua"),
    cleaner: flag,
    metadataOnly: flag,
    pauseWritebackMs: fc.nat(3_600_000),
  },
  ["medium", "origin", "cache", "blockSize"],
).filter(
  ({ options = {}, pauseWritebackMs }) => Object.keys(options).length < 7 || pauseWritebackMs === undefined,
);

const crypt = record<Crypt>(
  {
    cipher: fc.constantFrom("aes-xts-plain64", "capi:cbc(aes)-essiv:sha256"),
    key: fc.record({
      size: fc.integer({ min: 1, max: 512 }),
      type: fc.constantFrom("logon" as const, "user" as const, "trusted" as const),
      description: fc.constantFrom("dvm", "dvm:vg:lv", "a key"),
    }),
    ivOffset: sectors,
    device,
    offset: sectors,
    allowDiscards: flag,
    sameCpuCrypt: flag,
    submitFromCryptCpus: flag,
    noReadWorkqueue: flag,
    noWriteWorkqueue: flag,
    integrity: fc.constant({ tagSize: 28, type: "aead" }),
    sectorSize: powerOfTwo(9, 12),
    ivLargeSectors: flag,
  },
  ["cipher", "key", "ivOffset", "device", "offset"],
);

/** By the target's type. */
export const arbitraryParams: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  linear,
  striped,
  error: fc.constant({}),
  zero: fc.constant({}),
  mirror,
  raid,
  "snapshot-origin": snapshotOrigin,
  snapshot,
  "snapshot-merge": snapshot,
  "thin-pool": thinPool,
  thin,
  cache,
  writecache,
  crypt,
};
