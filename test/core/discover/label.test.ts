import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import t from "tap";
import { sha256 } from "../../../src/core/base/bytes.ts";
import { DvmError } from "../../../src/core/base/error.ts";
import { decodeLabel, encodeLabel, type LabelCopy } from "../../../src/core/discover/label.ts";
import { COPY_BYTES, COPY_OFFSETS, MAX_REGIONS } from "../../../src/core/discover/layout.ts";
import { placeLayout } from "../../../src/core/discover/place.ts";

const small: LabelCopy = {
  sequence: 7,
  label: {
    vg: { id: "0123456789abcdef0123456789abcdef", name: "vg0", generation: 3, members: 2 },
    device: { id: "fedcba9876543210fedcba9876543210", size: 524288 },
    dataStart: 34816,
    dataLength: 489472,
    regions: [{ offset: 2048, length: 32768 }],
  },
};

const huge = Number.MAX_SAFE_INTEGER;
const MAGIC_AND_VERSION = "44564d4c4142454c01000000";

/** What it is, where it stands, its length and sequence and place in hex, its SHA-256, its payload. */
const rows: readonly (readonly [string, LabelCopy, number, string, string, string])[] = [
  [
    "the example of docs/format-label.md",
    small,
    4096,
    "ea00000007000000000000000010000000000000",
    "19d4542e76e19945f65e0b6c188395ef3ecda89767563a13181a600f48c9694c",
    '{"dataLength":489472,"dataStart":34816,"device":{"id":"fedcba9876543210fedcba9876543210","size":524288},"regions":[{"length":32768,"offset":2048}],"vg":{"generation":3,"id":"0123456789abcdef0123456789abcdef","members":2,"name":"vg0"}}',
  ],
  [
    "its second copy",
    small,
    524288,
    "ea00000007000000000000000000080000000000",
    "5f7ca719e269dd96a18f2d3995b4829a77848db0b578635334518eefb1b83e85",
    '{"dataLength":489472,"dataStart":34816,"device":{"id":"fedcba9876543210fedcba9876543210","size":524288},"regions":[{"length":32768,"offset":2048}],"vg":{"generation":3,"id":"0123456789abcdef0123456789abcdef","members":2,"name":"vg0"}}',
  ],
  [
    "the least there is",
    {
      sequence: 1,
      label: {
        vg: { id: "0".repeat(32), name: "A+_.-9", generation: 0, members: 0 },
        device: { id: "f".repeat(32), size: 2049 },
        dataStart: 2048,
        dataLength: 1,
        regions: [],
      },
    },
    4096,
    "c700000001000000000000000010000000000000",
    "aa14e4edafde54687999110e66077e0c85a03c5b8df199df7e49b9c37205c105",
    '{"dataLength":1,"dataStart":2048,"device":{"id":"ffffffffffffffffffffffffffffffff","size":2049},"regions":[],"vg":{"generation":0,"id":"00000000000000000000000000000000","members":0,"name":"A+_.-9"}}',
  ],
  [
    "the largest numbers",
    {
      sequence: huge,
      label: {
        vg: { id: "0123456789abcdef".repeat(2), name: "v".repeat(100), generation: huge, members: huge },
        device: { id: "f".repeat(32), size: huge },
        dataStart: 2064,
        dataLength: huge - 2064,
        regions: [
          { offset: 2048, length: 8 },
          { offset: 2056, length: 8 },
        ],
      },
    },
    524288,
    "93010000ffffffffffff1f000000080000000000",
    "725019ef615a60ef055672129b3941277b62f56796ef49c7cfa34fc23a017840",
    `{"dataLength":9007199254738927,"dataStart":2064,"device":{"id":"ffffffffffffffffffffffffffffffff","size":9007199254740991},"regions":[{"length":8,"offset":2048},{"length":8,"offset":2056}],"vg":{"generation":9007199254740991,"id":"0123456789abcdef0123456789abcdef","members":9007199254740991,"name":"${"v".repeat(100)}"}}`,
  ],
];

for (const [what, copy, offset, numbers, hash, payload] of rows) {
  t.test(`bytes both ways: ${what}`, async (t) => {
    const bytes = encodeLabel(copy, offset);
    const expected = MAGIC_AND_VERSION + numbers + hash + Buffer.from(payload).toString("hex");
    t.equal(bytes.length, COPY_BYTES);
    t.equal(bytes.subarray(0, expected.length / 2).toString("hex"), expected);
    t.ok(bytes.subarray(expected.length / 2).every((byte) => byte === 0));
    t.same(decodeLabel(Buffer.from(expected.padEnd(COPY_BYTES * 2, "0"), "hex"), offset, "disk"), copy);
  });
}

t.test("the page on the format has the example's bytes", async (t) => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/format-label.md"), "utf8");
  const example = page.slice(page.lastIndexOf("```\n0000"));
  const [header = "", payload = ""] = example.split("0040  ");
  const hex = [...header.matchAll(/^00[0-9a-f]{2} {2}((?:[0-9a-f]+ )*[0-9a-f]+)/gm)].map(
    ([, row = ""]) => row,
  );
  const [, , , numbers = "", hash = "", text = ""] = rows[0] ?? [];
  t.equal(hex.join("").replaceAll(" ", ""), MAGIC_AND_VERSION + numbers + hash);
  t.equal(payload.slice(0, payload.indexOf("\n```")).replaceAll(/\s/g, ""), text);
});

t.test("any flipped byte: not ours or corrupt, never a wrong value", async (t) => {
  const bytes = encodeLabel(small, 4096);
  const answers = { none: 0, corrupt: 0 };
  for (let at = 0; at < bytes.length; at += 1) {
    for (const mask of [0x01, 0x80, 0xff]) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ mask;
      const answer = outcome(damaged);
      if (answer !== "none" && answer !== "corrupt") t.fail(`byte ${at} gives ${answer}`);
      else answers[answer] += 1;
    }
  }
  t.equal(answers.none, 8 * 3, "only the magic makes it somebody else's");
  t.equal(answers.corrupt, (COPY_BYTES - 8) * 3);
});

t.test("several flipped bytes, or a torn write: never a wrong value", async (t) => {
  const old = encodeLabel(small, 4096);
  const young = encodeLabel({ sequence: 8, label: { ...small.label, dataLength: 2048 } }, 4096);
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(COPY_BYTES - 1), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 255 }),
      (places, mask) => {
        const damaged = Buffer.from(old);
        for (const at of places) damaged[at] = (damaged[at] ?? 0) ^ mask;
        return ["none", "corrupt"].includes(outcome(damaged));
      },
    ),
    { seed: 20260131 },
  );
  // Every subset of sectors would be 2^16; what differs is in the first, and each prefix and suffix is tried.
  for (let cut = 512; cut < COPY_BYTES; cut += 512) {
    const [head, tail] = [Buffer.from(old), Buffer.from(old)];
    young.copy(head, 0, 0, cut);
    young.copy(tail, cut, cut);
    for (const torn of [head, tail])
      t.ok(torn.equals(old) || torn.equals(young) || outcome(torn) === "corrupt", `torn at ${cut}`);
  }
});

t.test("a copy that stands elsewhere is none of this device's", async (t) => {
  // As when a partition begins 508 KiB into a labelled disk.
  t.equal(decodeLabel(encodeLabel(small, 524288), 4096, "disk"), null);
});

t.test("a newer version is said to be one", async (t) => {
  t.throws(
    () =>
      decodeLabel(
        resealed((bytes) => bytes.writeUInt32LE(2, 8)),
        4096,
        "disk",
      ),
    {
      code: "UNSUPPORTED",
      message: /disk.*version 2/,
    },
  );
});

t.test("what has a right checksum and still makes no sense is corrupt", async (t) => {
  const rows: readonly (readonly [string, (label: LabelCopy["label"]) => unknown])[] = [
    ["an unknown key", (label) => ({ ...label, more: 1 })],
    ["a missing key", ({ vg, device, dataStart, regions }) => ({ vg, device, dataStart, regions })],
    ["an id that is none", (label) => ({ ...label, device: { ...label.device, id: "../../etc" } })],
    ["a name that is none", (label) => ({ ...label, vg: { ...label.vg, name: "a b" } })],
    ["a fraction", (label) => ({ ...label, dataStart: 2048.5 })],
    ["data behind the end", (label) => ({ ...label, dataLength: 524288 })],
    ["data over a region", (label) => ({ ...label, dataStart: 2048 })],
    ["a region in the first MiB", (label) => ({ ...label, regions: [{ offset: 8, length: 8 }] })],
    ["a region off its page", (label) => ({ ...label, regions: [{ offset: 2049, length: 8 }] })],
    ["a region of no length", (label) => ({ ...label, regions: [{ offset: 2048, length: 0 }] })],
    [
      "regions that overlap",
      (label) => ({ ...label, regions: [...label.regions, { offset: 2056, length: 8 }] }),
    ],
    ["no data", (label) => ({ ...label, dataLength: 0 })],
    ["a list", () => []],
  ];
  for (const [what, change] of rows) {
    const payload = Buffer.from(JSON.stringify(change(small.label)));
    const bytes = resealed((copy) => {
      copy.fill(0, 64);
      payload.copy(copy, 64);
      copy.writeUInt32LE(payload.length, 12);
    });
    t.equal(outcome(bytes), "corrupt", what);
  }
  t.equal(outcome(resealed((copy) => copy.writeUInt32LE(0xffffffff, 12))), "corrupt", "a huge length");
  t.equal(outcome(resealed((copy) => copy.writeUInt32LE(10, 12))), "corrupt", "a short length");
  t.equal(outcome(resealed((copy) => copy.writeBigUInt64LE(2n ** 60n, 16))), "corrupt", "a huge sequence");
  const text = JSON.stringify(small.label);
  const sorted = encodeLabel(small, 4096)
    .subarray(64, 64 + 234)
    .toString();
  for (const [what, payload] of [
    ["a key that would be a prototype", '{"__proto__":{"vg":1}}'],
    ["keys out of order", text],
    ["white space", sorted.replace(":", ": ")],
    ["white space behind it", `${sorted} `],
    ["a key twice", sorted.replace('"dataLength"', '"dataLength":1,"dataLength"')],
    ["a number in another notation", sorted.replace("489472", "4.89472e5")],
    ["a character in another notation", sorted.replace("vg0", "vg\\u0030")],
    ["no UTF-8", Buffer.concat([Buffer.from(sorted.slice(0, -5)), Buffer.from([0xff]), Buffer.from('0"}}')])],
    ["nothing", ""],
  ] as const) {
    const bytes = resealed((copy) => {
      copy.fill(0, 64);
      const length = Buffer.from(payload).copy(copy, 64);
      copy.writeUInt32LE(length, 12);
    });
    t.equal(outcome(bytes), "corrupt", what);
  }
});

t.test("the largest label there can be fits its copy", async (t) => {
  const base = Math.floor(huge / 8) * 8 - MAX_REGIONS * 8;
  const regions = Array.from({ length: MAX_REGIONS }, (_, i) => ({ offset: base + i * 8, length: 8 }));
  const label = {
    vg: { id: "f".repeat(32), name: "n".repeat(100), generation: huge, members: huge },
    device: { id: "f".repeat(32), size: huge },
    dataStart: 2048,
    dataLength: base - 2048,
    regions,
  };
  const copy = { sequence: huge, label };
  t.same(decodeLabel(encodeLabel(copy, 524288), 524288, "disk"), copy);
});

t.test("any label that can be laid out survives encoding and decoding", async (t) => {
  const request = fc.record({
    mib: fc.integer({ min: 64, max: 1 << 20 }),
    count: fc.nat(MAX_REGIONS),
    length: fc.integer({ min: 1, max: 2048 }),
    sequence: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    offset: fc.constantFrom(...COPY_OFFSETS),
  });
  fc.assert(
    fc.property(request, ({ mib, count, length, sequence, offset }) => {
      const size = mib * 2048;
      const candidate = {
        path: "disk",
        size: size * 512,
        optimalIoSize: 0,
        alignmentOffset: 0,
        logicalBlockSize: 512,
      };
      let layout: ReturnType<typeof placeLayout>;
      try {
        layout = placeLayout(candidate, { place: { count, length } });
      } catch (error) {
        return error instanceof DvmError && error.code === "TOO_SMALL" && mib < count + 2;
      }
      const copy = {
        sequence,
        label: { ...small.label, device: { ...small.label.device, size }, ...layout },
      };
      t.same(decodeLabel(encodeLabel(copy, offset), offset, "disk"), copy);
      return true;
    }),
    { seed: 20260131 },
  );
});

/** The small label's bytes, changed, under a right checksum. */
function resealed(change: (copy: Buffer) => void): Buffer {
  const bytes = encodeLabel(small, 4096);
  change(bytes);
  const hash = sha256(Buffer.concat([bytes.subarray(0, 32), bytes.subarray(64)]));
  hash.copy(bytes, 32);
  return bytes;
}

function outcome(bytes: Buffer): string {
  try {
    const answer = decodeLabel(bytes, 4096, "disk");
    return answer === null ? "none" : JSON.stringify(answer);
  } catch (error) {
    return error instanceof DvmError && error.code === "CORRUPT" ? "corrupt" : String(error);
  }
}
