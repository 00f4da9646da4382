import t from "tap";
import { decodeRaidSuperblock } from "../../../src/core/dm/raid-superblock.ts";
import { superblockBytes } from "./raid-superblock-bytes.ts";

t.test("reads what a kernel wrote", async (t) => {
  // The beginning of a metadata device as Linux leaves it after a raid1 of two legs has been recovered.
  const golden = Buffer.concat([
    Buffer.from(
      `446d5264 01000000 02000000 01000000 0700000000000000 0100000000000000
       ffffffffffffffff ffffffffffffffff 01000000 00000000 00000000 00000000`.replace(/\s/g, ""),
      "hex",
    ),
    Buffer.alloc(448),
  ]);
  t.same(decodeRaidSuperblock(golden, "meta"), {
    position: 1,
    events: 7n,
    failed: new Set([0]),
    recovered: true,
    synced: true,
    level: 1,
    stripeSize: 0,
    dataOffset: 0n,
  });
  t.same(golden, superblockBytes({ position: 1, events: 7, failed: [0] }));
});

t.test("offsets short of all ones are work left to do", async (t) => {
  t.match(decodeRaidSuperblock(superblockBytes({ position: 0, events: 1, recoveryOffset: 0n }), "m"), {
    recovered: false,
  });
  t.match(decodeRaidSuperblock(superblockBytes({ position: 0, events: 1, resyncOffset: 2048n }), "m"), {
    synced: false,
  });
});

t.test("failed devices beyond position 64 count when the kernel knew of them", async (t) => {
  const bytes = superblockBytes({ position: 0, events: 1, failed: [3, 63, 64, 200] });
  t.same(decodeRaidSuperblock(bytes, "m")?.failed, new Set([3, 63, 64, 200]));
  bytes.writeUInt32LE(0, 4);
  t.same(decodeRaidSuperblock(bytes, "m")?.failed, new Set([3, 63]), "an older kernel left garbage there");
});

t.test("all zero is none; anything else is corrupt", async (t) => {
  t.equal(decodeRaidSuperblock(Buffer.alloc(512), "m"), null);
  for (const at of [0, 1, 2, 3]) {
    const bytes = superblockBytes({ position: 0, events: 1 });
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    t.throws(() => decodeRaidSuperblock(bytes, "m"), { code: "CORRUPT" });
  }
  const late = Buffer.alloc(512);
  late[511] = 1;
  t.throws(() => decodeRaidSuperblock(late, "m"), { code: "CORRUPT" });
});
