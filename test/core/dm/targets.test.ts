/** Table lines both ways, for every target: random parameters, rows of status lines, what is refused. */
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import t from "tap";
import { devicesOf, mapDevices } from "../../../src/core/dm/references.ts";
import { knownTarget, targetOf, targets } from "../../../src/core/dm/targets/index.ts";
import { TargetRefusal } from "../../../src/core/dm/targets/target.ts";
import {
  decodeThinMessage,
  encodeThinMessage,
  type ThinMessage,
} from "../../../src/core/dm/targets/thin-message.ts";
import { arbitraryParams } from "../../lib/dm-params.ts";

const seed = Number(process.env["DVM_SEED"] ?? 20_240_607);
const fail = (message: string): never => {
  throw new Error(message);
};
const RANGE = { start: 0, length: 2 ** 20 };

t.test("each target reads what it writes", async (t) => {
  for (const target of targets) {
    const params = arbitraryParams[target.type];
    t.ok(params, `${target.type} has parameters to try`);
    if (!params) continue;
    fc.assert(
      fc.property(params, (given) => {
        // A clone is a plain object again, which fast-check's are not.
        const text = target.encodeParams(given);
        const read = target.decodeParams(text);
        isDeepStrictEqual(read, structuredClone(given)) || fail(`${text} is read as ${JSON.stringify(read)}`);
        // What the kernel prints is what it was given, in its own order: reading it again changes nothing.
        if (target.encodeParams(read) !== text) fail(`${text} becomes ${target.encodeParams(read)}`);
      }),
      { seed, numRuns: 100 },
    );
  }
});

t.test("device tokens are found where the parameters have them", async (t) => {
  for (const target of targets) {
    const params = arbitraryParams[target.type];
    if (!params) continue;
    fc.assert(
      fc.property(params, (given) => {
        const line = { type: target.type, params: target.encodeParams(given) };
        const areas = target.areas(given, RANGE).map(({ device }) => device);
        const tokens = devicesOf(line);
        if ([...tokens].sort().join() !== [...areas].sort().join())
          fail(`${line.params}: ${tokens} instead of ${areas}`);
        const there = mapDevices(line, (token) => `<${token}>`);
        const back = mapDevices(there, (token) => token.slice(1, -1));
        if (back.params !== line.params) throw new Error(`${line.params} becomes ${back.params}`);
      }),
      { seed, numRuns: 100 },
    );
  }
  t.pass(`seed ${seed}`);
});

t.test("any words are read or refused, never more", async (t) => {
  const words = fc.array(
    fc.oneof(
      fc.constantFrom("8:0", "@a", "-", "0", "1", "2", "3", "128", "1024", "raid1", "core", "disk", "P", "s"),
      fc.constantFrom("sync", "nosync", "rebuild", "writeback", "smq", ":32:user:k", "18446744073709551616"),
      fc.string({ maxLength: 6 }),
    ),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(fc.constantFrom(...targets), words, (target, chosen) => {
      const params = chosen.join(" ");
      devicesOf({ type: target.type, params });
      target.decodeStatus?.(params);
      try {
        const read = target.decodeParams(params);
        target.check(read, RANGE);
        const again = target.decodeParams(target.encodeParams(read));
        isDeepStrictEqual(again, read) || fail(`${target.type} ${params}: ${JSON.stringify([read, again])}`);
      } catch (thrown) {
        if (!(thrown instanceof TargetRefusal)) throw thrown;
      }
    }),
    { seed, numRuns: 20_000 },
  );
  t.pass(`seed ${seed}`);
});

/** Status lines as kernels have printed them. */
const statuses: readonly (readonly [type: string, text: string, status: unknown])[] = [
  ["striped", "2 8:0 8:16 1 AD", { health: "AD" }],
  ["striped", "2 8:0 8:16 1 A", undefined],
  [
    "mirror",
    "2 254:0 254:1 3/8 1 AD 3 disk 254:2 A",
    { sync: { part: 3, whole: 8 }, health: "AD", logHealth: "A" },
  ],
  ["mirror", "2 254:0 254:1 8/8 1 AA 1 core", { sync: { part: 8, whole: 8 }, health: "AA" }],
  ["mirror", "2 254:0 254:1", undefined],
  [
    "raid",
    "raid1 2 aA 128/2048 recover 0 0 -",
    { type: "raid1", health: "aA", sync: { part: 128, whole: 2048 }, action: "recover", mismatches: 0 },
  ],
  [
    "raid",
    "raid6_zr 5 AADA- 2048/2048 idle 16 0 -",
    { type: "raid6_zr", health: "AADA-", sync: { part: 2048, whole: 2048 }, action: "idle", mismatches: 16 },
  ],
  ["raid", "raid1 2 A 0/8 idle 0", undefined],
  ["snapshot", "32/4096 32", { state: "used", used: { part: 32, whole: 4096 }, metadata: 32 }],
  ["snapshot", "Invalid", { state: "invalid" }],
  ["snapshot", "Overflow", { state: "overflow" }],
  ["snapshot-merge", "Merge failed", { state: "merge failed" }],
  ["snapshot", "soon", undefined],
  [
    "thin-pool",
    "1 406/1536 128/102400 - rw no_discard_passdown queue_if_no_space - 1024 ",
    {
      state: "ok",
      transactionId: 1,
      metadata: { part: 406, whole: 1536 },
      data: { part: 128, whole: 102400 },
      heldRoot: null,
      mode: "rw",
      discardPassdown: false,
      noSpace: "queue",
      needsCheck: false,
    },
  ],
  [
    "thin-pool",
    "9 14/1024 64/64 77 out_of_data_space discard_passdown error_if_no_space needs_check 1024",
    {
      state: "ok",
      transactionId: 9,
      metadata: { part: 14, whole: 1024 },
      data: { part: 64, whole: 64 },
      heldRoot: 77,
      mode: "out_of_data_space",
      discardPassdown: true,
      noSpace: "error",
      needsCheck: true,
    },
  ],
  ["thin-pool", "Fail", { state: "failed" }],
  ["thin", "0 -", { state: "ok", mapped: 0, highestMapped: null }],
  ["thin", "1024 8191", { state: "ok", mapped: 1024, highestMapped: 8191 }],
  ["thin", "Fail", { state: "failed" }],
  [
    "cache",
    "8 72/1024 128 7/400 1 2 3 4 5 6 5 2 metadata2 writeback 2 migration_threshold 2048 smq 0 rw " +
      "needs_check ",
    {
      state: "ok",
      metadata: { part: 72, whole: 1024 },
      used: { part: 7, whole: 400 },
      dirty: 5,
      mode: "writeback",
      policy: "smq",
      readOnly: false,
      needsCheck: true,
    },
  ],
  ["cache", "Fail", { state: "failed" }],
  ["cache", "8 72/1024 128 7/400", undefined],
  ["writecache", "0 1000 990 3 0 0 0 0 0 0 0 0 0 0", { error: 0, blocks: 1000, free: 990, writeback: 3 }],
  ["writecache", "-5 1000 990 3", { error: -5, blocks: 1000, free: 990, writeback: 3 }],
];

t.test("status lines", async (t) => {
  for (const [type, text, status] of statuses)
    t.strictSame(targetOf(type).decodeStatus?.(text), status, text);
});

const refusals: readonly (readonly [type: string, params: string, reason: RegExp, length?: number])[] = [
  ["crypt", "aes-xts-plain64 0011223344556677 0 8:0 0", /reference to a keyring/],
  ["crypt", "aes-xts-plain64 :32:user:k 1 8:0 0 2 sector_size:4096 iv_large_sectors", /iv_offset/],
  ["crypt", "aes-xts-plain64 :32:user:k 0 8:0 0 1 sector_size:4096", /multiple of sector_size/, 4],
  ["mirror", "core 1 1024 2 8:0 0 8:16 0", /region size/, 512],
  ["mirror", "core 2 1024 soon 2 8:0 0 8:16 0", /sync/],
  ["thin", "8:0 1 8:0", /origin/],
  ["cache", "8:0 8:1 8:2 64 0 smq 1 x", /Odd number/],
  ["raid", "raid5_ls 1 64 3 - 8:0 - 8:1 - 8:2", /divisible/, 1023],
];

t.test("refusals have the constructor's reason, and never a key", async (t) => {
  for (const [type, params, reason, length = RANGE.length] of refusals) {
    const target = targetOf(type);
    const range = { start: 0, length };
    try {
      target.check(target.decodeParams(params), range);
      t.fail(`${params} is taken`);
    } catch (refusal) {
      t.match(refusal instanceof TargetRefusal && refusal.reason, reason, params);
    }
  }
  try {
    targetOf("crypt").decodeParams("aes-xts-plain64 deadbeef 0 8:0 0");
  } catch (refusal) {
    t.notMatch(String(refusal), /deadbeef/);
  }
});

t.test("messages to a thin pool, both ways", async (t) => {
  const rows: readonly (readonly [string, ThinMessage])[] = [
    ["create_thin 5", { message: "create_thin", id: 5 }],
    ["create_snap 6 5", { message: "create_snap", id: 6, origin: 5 }],
    ["delete 16777215", { message: "delete", id: 2 ** 24 - 1 }],
    ["set_transaction_id 1 2", { message: "set_transaction_id", from: 1, to: 2 }],
    ["reserve_metadata_snap", { message: "reserve_metadata_snap" }],
    ["release_metadata_snap", { message: "release_metadata_snap" }],
  ];
  for (const [text, message] of rows) {
    t.strictSame(decodeThinMessage(text), message);
    t.equal(encodeThinMessage(message), text);
  }
  for (const text of ["", "create_thin", "create_thin 16777216", "delete -1", "create_snap 1", "nonesuch 1"])
    t.throws(() => decodeThinMessage(text), TargetRefusal, text);
});

t.test("what has no file of its own stays as it stands", async (t) => {
  t.equal(knownTarget("flakey"), undefined);
  const line = { type: "flakey", params: "@a 0  8:16 \\  9" };
  t.strictSame(devicesOf(line), ["@a"]);
  t.equal(targetOf("flakey").encodeParams(targetOf("flakey").decodeParams(line.params)), line.params);
});

t.test("of what nobody knows the worst is taken for true", async (t) => {
  const { worksAlone, growsInPlace, loadsQuietly, features } = targetOf("flakey");
  t.strictSame(
    { worksAlone, growsInPlace, loadsQuietly, features },
    { worksAlone: true, growsInPlace: false, loadsQuietly: false, features: {} },
  );
  t.strictSame(targetOf("flakey").stores?.({ params: "@a 0 @b 8:16" }), ["@a", "@b"]);
  t.equal(knownTarget("integrity"), undefined, "whose tables we cannot read");
});

t.test(
  "what a target keeps things on is among its devices, and only what works alone keeps any",
  async (t) => {
    for (const target of targets) {
      const params = arbitraryParams[target.type];
      if (!params) continue;
      if (!target.worksAlone) t.equal(target.stores, undefined, target.type);
      fc.assert(
        fc.property(params, (given) => {
          const devices = devicesOf({ type: target.type, params: target.encodeParams(given) });
          const stores = target.stores?.(given) ?? [];
          return stores.every((store) => devices.includes(store));
        }),
        { seed, numRuns: 50 },
      );
    }
  },
);

t.test("what lasts of parameters lasts, and is loaded as it is", async (t) => {
  const rows: readonly (readonly [type: string, given: string, lasting: string])[] = [
    [
      "raid",
      "raid1 6 0 nosync rebuild 1 region_size 1024 2 @m @a @n @b",
      "raid1 3 0 region_size 1024 2 @m @a @n @b",
    ],
    ["mirror", "core 2 1024 nosync 2 @a 0 @b 0", "core 1 1024 2 @a 0 @b 0"],
  ];
  for (const [type, given, expected] of rows) {
    const target = targetOf(type);
    t.equal(target.encodeParams(target.lasting?.(target.decodeParams(given))), expected);
  }
});

t.test("progress and health, as far as the status tells them", async (t) => {
  const rows: readonly (readonly [type: string, status: string, progress: object | undefined])[] = [
    ["raid", "raid1 2 Aa 999/1000 recover 0 0 -", { sync: 99.9, health: "Aa" }],
    ["raid", "raid1 2 AA 9999/10000 idle 0 0 -", { sync: 99.9, health: "AA" }],
    ["raid", "raid1 2 AD 9/9 idle 0 0 -", { sync: null, health: "AD" }],
    ["raid", "raid1 2 A- 9/9 idle 0 0 -", { sync: null, health: "A-" }],
    ["raid", "raid1 2 Aa 9/9 recover 0 0 -", { sync: 99.9, health: "Aa" }],
    ["raid", "raid1 2 AZ 9/9 idle 0 0 -", { sync: null, health: "AZ" }],
    ["mirror", "2 8:0 8:16 4/8 1 AA 1 core", { sync: 50, health: "AA" }],
    ["mirror", "2 8:0 8:16 8/8 1 AD 1 core", { sync: null, health: "AD" }],
    ["striped", "2 8:0 8:16 1 AD", { health: "AD" }],
    ["snapshot", "16/64 16", { fill: 25 }],
    ["snapshot", "0/0 0", { fill: null }],
    ["snapshot", "Invalid", {}],
    ["snapshot-merge", "Merge failed", {}],
    [
      "thin-pool",
      "1 10/64 3/4 - rw discard_passdown queue_if_no_space - 1024 ",
      { fill: 75, metaFill: 15.6 },
    ],
    ["thin-pool", "Fail", {}],
    ["linear", "", undefined],
  ];
  for (const [type, text, expected] of rows) {
    const target = targetOf(type);
    const status = target.decodeStatus?.(text);
    t.strictSame(target.progress?.(status), expected, `${type} ${text}`);
  }
});

t.test("a refusal tells how many devices the constructor has opened by then", async (t) => {
  const rows: readonly (readonly [type: string, params: string, opened: number])[] = [
    ["thin", "8:0", 0],
    ["thin", "8:0 x", Number.POSITIVE_INFINITY],
    ["striped", "2 8 8:0 0", 0],
    ["striped", "2 8 8:0 x 8:16 0", 0],
    ["striped", "2 8 8:0 0 8:16 x", 1],
    ["mirror", "core 1 1024 2 8:0 0 8:16 x", 1],
    ["mirror", "disk 2 8:32 1024 2 8:0 0 8:16 x", 2],
    ["mirror", "core 1 1024 2 8:0 0 8:16 0 1 nonesuch", Number.POSITIVE_INFINITY],
    ["snapshot", "8:0 8:0 P 8", 0],
    ["snapshot", "8:0 8:16 Q 8", Number.POSITIVE_INFINITY],
    ["cache", "8:0 8:16 8:32 64 0", 0],
    ["cache", "8:0 8:16 8:32 1 0 smq 0", Number.POSITIVE_INFINITY],
    ["cache", "8:0 8:16 8:32 64 1 writeback", Number.POSITIVE_INFINITY],
    ["writecache", "x 8:0 8:16 4096 0", 0],
    ["writecache", "s 8:0 8:16 4096 2 high_watermark 40", Number.POSITIVE_INFINITY],
    ["raid", "raid9 1 0 2 - 8:0 - 8:16", 0],
    ["raid", "raid4 1 128 3 - 8:0 - 8:16 8:32 -", Number.POSITIVE_INFINITY],
    ["raid", "raid4 1 128 2 - - - -", Number.POSITIVE_INFINITY],
  ];
  for (const [type, params, opened] of rows) {
    const target = targetOf(type);
    try {
      target.check(target.decodeParams(params), RANGE);
      t.fail(`${type} ${params} is taken`);
    } catch (refusal) {
      t.equal(refusal instanceof TargetRefusal && refusal.opened, opened, `${type} ${params}: ${refusal}`);
    }
  }
});
