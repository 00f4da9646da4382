import t from "tap";
import { BITMAP_AT, FIRST_EVENTS, firstMetadata } from "../../../src/core/dm/raid-metadata.ts";
import { decodeRaidSuperblock } from "../../../src/core/dm/raid-superblock.ts";
import type { LegEvidence } from "../../../src/core/dm/readable-legs.ts";
import { raid } from "../../../src/core/dm/targets/raid.ts";
import { lengthOfArray, paramsOf, smallArrays } from "../../lib/raid-arrays.ts";
import { superblockBytes } from "./raid-superblock-bytes.ts";

const blank: LegEvidence = { present: true, rebuild: false, superblock: null };
const gone: LegEvidence = { ...blank, present: false };

/** Those of the small arrays, made ready with these legs. */
function ready(name: string, legs: (all: LegEvidence[]) => LegEvidence[]) {
  const array = smallArrays.find((each) => each.name === name);
  if (!array) throw new Error(`no array ${name}`);
  const params = raid.decodeParams(paramsOf(array, (leg, what) => `@${what}${leg}`));
  const all = Array.from({ length: array.legs }, () => blank);
  return firstMetadata(params, { start: 0, length: lengthOfArray(array) }, legs(all));
}

const without =
  (...away: readonly number[]) =>
  (all: readonly LegEvidence[]) =>
    all.map((each, leg) => (away.includes(leg) ? gone : each));

t.test("level and layout are numbered as Linux 6.1 numbers them", async (t) => {
  const rows = [
    ["raid1", 1, 0, 0],
    ["raid4", 5, 4, 8],
    ["raid5_n", 5, 5, 8],
    ["raid5_la", 5, 0, 8],
    ["raid5_ra", 5, 1, 8],
    ["raid5_ls", 5, 2, 8],
    ["raid5_rs", 5, 3, 8],
    ["raid6_zr", 6, 8, 8],
    ["raid6_nr", 6, 9, 8],
    ["raid6_nc", 6, 10, 8],
    ["raid6_n_6", 6, 5, 8],
    ["raid6_la_6", 6, 16, 8],
    ["raid6_ra_6", 6, 17, 8],
    ["raid6_ls_6", 6, 18, 8],
    ["raid6_rs_6", 6, 19, 8],
    ["raid10", 10, 0x102, 8],
    ["raid10-three", 10, 0x103, 8],
    ["raid10-offset", 10, 0x50201, 8],
    ["raid10-far", 10, 0x40201, 8],
  ] as const;
  for (const [name, ...numbers] of rows) {
    const superblock = ready(name, without(0))[1]?.superblock(Buffer.alloc(512));
    t.ok(superblock, name);
    for (const at of [48, 72])
      t.same(
        [0, 4, 8].map((field) => superblock?.readUInt32LE(at + field)),
        numbers,
        `${name} at ${at}`,
      );
  }
});

t.test("as Linux 6.1 writes them", async (t) => {
  const [, second] = ready("raid5_ls", without(3));
  const superblock = Buffer.concat([
    Buffer.from(
      `446d5264 01000000 04000000 01000000 0100000000000000 0800000000000000
       ffffffffffffffff ffffffffffffffff 05000000 02000000 08000000 00000000
       ffffffffffffffff 05000000 02000000 08000000 00000000 a005000000000000
       0000000000000000 0000000000000000 e001000000000000`.replace(/\s/g, ""),
      "hex",
    ),
    Buffer.alloc(392),
  ]);
  t.same(second?.superblock(Buffer.alloc(512)), superblock);
  const bitmap = Buffer.concat([
    Buffer.from(
      `6269746d 04000000 00000000000000000000000000000000 0000000000000000 0000000000000000
       e001000000000000 00000000 00800000 05000000`.replace(/\s/g, ""),
      "hex",
    ),
    Buffer.alloc(196),
  ]);
  t.same(second?.bitmap, bitmap);
  t.equal(BITMAP_AT, 4096);
});

t.test("which legs count", async (t) => {
  const failed = { position: 1, events: 7, failed: [0, 2, 5] };
  const told = (name: string, legs: (all: LegEvidence[]) => LegEvidence[]) =>
    ready(name, legs).map((each) => {
      const read = each && decodeRaidSuperblock(each.superblock(superblockBytes(failed)), "it");
      if (read && read.events === 7n) return `a kernel's, ${[...read.failed].join(" ")} failed`;
      if (!read) return read;
      return `${read.recovered ? "sound" : "behind"}, ${read.synced ? "synced" : "unsynced"}`;
    });
  const kernels = decodeRaidSuperblock(superblockBytes({ position: 0, events: 7 }), "a kernel's");
  const ours = { ...(kernels as NonNullable<typeof kernels>), events: FIRST_EVENTS };
  const [copy, sound, behind] = ["sound, unsynced", "sound, synced", "behind, synced"];

  t.same(told("raid1", without(0)), [undefined, copy, copy], "copies may differ");
  t.same(told("raid5_ls", without(1)), [sound, undefined, sound, sound], "all that is left is the content");
  t.same(told("raid6_zr", without(1, 3)), [sound, undefined, sound, undefined, sound]);
  t.same(told("raid6_zr", without(1)), [sound, undefined, sound, sound, behind], "one more than it takes");
  t.same(told("raid5_ls", without(1, 2)), [], "too few");
  t.same(
    told("raid1", (all) => [blank, { ...blank, rebuild: true }, ...without(0)(all).slice(0, 1)]),
    [copy, undefined, undefined],
    "what is rebuilt the kernel makes ready",
  );

  t.same(
    told("raid1", () => [blank, { ...blank, superblock: kernels }, blank]),
    ["behind, unsynced", "a kernel's, 5 failed", "behind, unsynced"],
    "they were away when a kernel ran it",
  );
  t.same(
    told("raid1", () => [gone, { ...blank, superblock: ours }, blank]),
    [undefined, copy, copy],
    "made ready once, and again",
  );
  t.same(
    told("raid1", () => [blank, { ...blank, superblock: ours }, blank]),
    [undefined, null, undefined],
    "made ready, and whole before a kernel ran it",
  );
  t.same(
    told("raid1", () => [blank, blank, blank]),
    [undefined, undefined, undefined],
  );
});
