/** A reader that was written from docs/format-label.md alone agrees with ours on everything. */
import { spawnSync } from "node:child_process";
import { closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import t from "tap";
import { sha256 } from "../../../src/core/base/bytes.ts";
import { canonicalJson } from "../../../src/core/base/canonical-json.ts";
import { toDvmError } from "../../../src/core/base/error.ts";
import { addDevices } from "../../../src/core/discover/add.ts";
import { COPY_BYTES, COPY_OFFSETS } from "../../../src/core/discover/layout.ts";
import { readLabel } from "../../../src/core/discover/read-label.ts";
import { relabelDevices } from "../../../src/core/discover/relabel.ts";
import { removeDevices } from "../../../src/core/discover/remove.ts";
import { memoryDisks } from "../../../src/core/sim/memory-disks.ts";
import type { Label } from "../../../src/schema/index.ts";
import { adding, labelWorld, MIB } from "../../lib/label-world.ts";
import { python } from "../../lib/python.ts";

const reader = join(import.meta.dirname, "../../fixtures/read-label.py");
const [FIRST = 0, SECOND = 0] = COPY_OFFSETS;

/** What ours makes of the first MiB of a device. */
async function ours(head: Buffer): Promise<string> {
  const disks = memoryDisks();
  disks.create("d", head);
  const device = await disks.open("d", { write: false });
  try {
    const { newest } = await readLabel(device);
    return newest ? canonicalJson(newest) : "none";
  } catch (thrown) {
    const { code, message } = toDvmError(thrown);
    return code === "UNSUPPORTED" ? `newer ${/version (\d+)/.exec(message)?.[1]}` : code;
  }
}

/** What the other one makes of many. */
function theirs(directory: string, heads: readonly Buffer[]): string[] {
  const paths = heads.map((head, index) => {
    const path = join(directory, `head${index}`);
    const fd = openSync(path, "w");
    ftruncateSync(fd, head.length);
    // Only what may not be zero: hundreds of MiB would be written otherwise.
    for (const offset of COPY_OFFSETS)
      writeSync(fd, head.subarray(offset, offset + COPY_BYTES), 0, COPY_BYTES, offset);
    closeSync(fd);
    return path;
  });
  const { stdout, stderr, status } = spawnSync(python ?? "", [reader, ...paths], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return stdout
    .trim()
    .split("\n")
    .map((line) => {
      const said = JSON.parse(line);
      if (said.none) return "none";
      if (said.damaged) return "CORRUPT";
      // The heads are not whole devices.
      delete said.there;
      return said.newer === undefined ? canonicalJson(said) : `newer ${said.newer}`;
    });
}

/** The first MiB of a device, labelled by `discover add`, with so many regions. */
async function labelled(regions: number, relabels = 0): Promise<Buffer> {
  const { sys, disk } = labelWorld();
  const bytes = disk("/dev/a", 80 * MIB);
  await addDevices(
    sys,
    adding("vg", ["/dev/a"], { isNew: true, layout: { place: { count: regions, length: 16 } } }),
  );
  for (let n = 0; n < relabels; n += 1) {
    const nothing = { vgId: undefined, discovery: undefined, members: undefined, only: [], devices: [] };
    await relabelDevices(sys, { vg: "vg", name: undefined, generation: 10 + n, ...nothing });
  }
  return Buffer.from(bytes.subarray(0, MIB));
}

/** Puts a new hash on a copy that was changed. */
function reseal(head: Buffer, offset: number): Buffer {
  const copy = head.subarray(offset, offset + COPY_BYTES);
  sha256(Buffer.concat([copy.subarray(0, 32), copy.subarray(64)])).copy(copy, 32);
  return head;
}

/** A label in the first copy only, with something else in its payload and perhaps its header. */
function saying(
  head: Buffer,
  from: string | RegExp,
  to: string,
  change: (copy: Buffer) => void = () => undefined,
) {
  const length = head.readUInt32LE(FIRST + 12);
  const payload = head
    .subarray(FIRST + 64, FIRST + 64 + length)
    .toString()
    .replace(from, to);
  return changed(head, (bytes) => {
    bytes.fill(0, FIRST + 64, FIRST + COPY_BYTES).fill(0, SECOND);
    bytes.writeUInt32LE(bytes.write(payload, FIRST + 64), FIRST + 12);
    change(bytes.subarray(FIRST, FIRST + COPY_BYTES));
    reseal(bytes, FIRST);
  });
}

const changed = (head: Buffer, change: (copy: Buffer) => void): Buffer => {
  const copy = Buffer.from(head);
  change(copy);
  return copy;
};

t.test("both readers agree", { skip: !python && "needs python3" }, async (t) => {
  const plain = await labelled(2);
  const converting = `"converting":{"decider":"${"0".repeat(32)}","head":"${"a".repeat(64)}"}`;
  const newer = await labelled(2, 1);
  const many = await labelled(64);
  const other = await labelled(1);
  const removed = labelWorld();
  const gone = removed.disk("/dev/a", 8 * MIB);
  await addDevices(removed.sys, adding("vg", ["/dev/a"], { isNew: true }));
  await removeDevices(removed.sys, { vg: "vg", vgId: undefined, members: ["/dev/a"], devices: [] });

  const mixed = (from: Buffer, second: Buffer) =>
    changed(from, (head) => second.copy(head, SECOND, SECOND, SECOND + COPY_BYTES));
  const cases: (readonly [string, Buffer, RegExp])[] = [
    ["a new label", plain, /"sequence":1}/],
    ["a label written twice", newer, /"generation":10.*"sequence":2}/],
    ["64 regions", many, /"sequence":1}/],
    ["nothing", Buffer.alloc(MIB), /^none$/],
    ["less than a MiB", plain.subarray(0, MIB - 512), /^none$/],
    ["a label taken away", Buffer.from(gone.subarray(0, MIB)), /^none$/],
    ["only the second copy is new", mixed(plain, newer), /"sequence":2}/],
    ["only the first copy is new", mixed(newer, plain), /"sequence":2}/],
    [
      "one copy is damaged",
      changed(plain, (head) => head.fill(1, FIRST + 100, FIRST + 200)),
      /"sequence":1}/,
    ],
    [
      "the newer copy is damaged",
      changed(mixed(plain, newer), (head) => head.fill(1, SECOND + 40, SECOND + 41)),
      /"sequence":1}/,
    ],
    ["both are damaged", changed(plain, (head) => head.fill(1, FIRST + 100, SECOND + 100)), /^CORRUPT$/],
    [
      "one is damaged, the other gone",
      changed(plain, (head) => head.fill(0, SECOND).fill(9, 5000, 5001)),
      /^CORRUPT$/,
    ],
    ["copies of two devices", mixed(plain, other), /^CORRUPT$/],
    [
      "two copies of one number say two things",
      reseal(
        changed(plain, (head) => void head.write("2", head.indexOf('"generation":1', SECOND) + 13)),
        SECOND,
      ),
      /^CORRUPT$/,
    ],
    [
      "the version of the future",
      [FIRST, SECOND].reduce(
        reseal,
        changed(plain, (head) => head.fill(2, 4104, 4105).fill(2, SECOND + 8, SECOND + 9)),
      ),
      /^newer 2$/,
    ],
    [
      "a copy that was moved",
      changed(Buffer.alloc(MIB), (head) => plain.copy(head, FIRST, SECOND, SECOND + COPY_BYTES)),
      /^none$/,
    ],
  ];
  const header = (change: (copy: Buffer) => void) => saying(plain, "", "", change);
  const sized = (size: number) => saying(plain, /"size":\d+/, `"size":${size}`);
  const version2 = header((copy) => copy.fill(2, 8, 9));
  const damaged = changed(plain, (head) =>
    [FIRST, SECOND].forEach((at) => void head.fill(9, at + 64, at + 65)),
  );
  const second = (head: Buffer) =>
    reseal(
      changed(Buffer.alloc(MIB), (bytes) => {
        head.copy(bytes, SECOND, FIRST, FIRST + COPY_BYTES);
        bytes.writeBigUInt64LE(BigInt(SECOND), SECOND + 24);
      }),
      SECOND,
    );
  const both = (first: Buffer, other: Buffer) =>
    changed(first, (head) => other.copy(head, SECOND, SECOND, SECOND + COPY_BYTES));
  const { dataStart, dataLength, regions } = JSON.parse(await ours(plain)).label as Label;
  const ends = [...regions.map(({ offset, length }) => offset + length), dataStart + dataLength];
  const end = Math.max(...ends);
  const edges: typeof cases = [
    ["a valid copy beside a newer program's", both(version2, plain), /"sequence":1}/],
    ["a newer program's copy before a damaged one", both(version2, damaged), /^newer 2$/],
    ["a damaged copy before a newer program's", both(damaged, second(version2)), /^CORRUPT$/],
    ["sequence 0", header((copy) => copy.writeBigUInt64LE(0n, 16)), /"sequence":0}/],
    [
      "sequence 2^53 - 1",
      header((copy) => copy.writeBigUInt64LE(2n ** 53n - 1n, 16)),
      /"sequence":9007199254740991}/,
    ],
    ["sequence 2^53", header((copy) => copy.writeBigUInt64LE(2n ** 53n, 16)), /^CORRUPT$/],
    ["a copy for a place beyond all", header((copy) => copy.writeBigUInt64LE(2n ** 60n, 24)), /^none$/],
    ["a moved copy that is too long", header((copy) => copy.fill(0xff, 12, 16).fill(0, 24, 32)), /^none$/],
    ["a payload of 8129 bytes", header((copy) => copy.writeUInt32LE(8129, 12)), /^CORRUPT$/],
    ["something behind the payload", header((copy) => copy.fill(7, 8000)), /"sequence":1}/],
    ["a name of 100", saying(plain, /"name":"vg"/, `"name":"${"v".repeat(100)}"`), /"sequence":1}/],
    ["a name of 101", saying(plain, /"name":"vg"/, `"name":"${"v".repeat(101)}"`), /^CORRUPT$/],
    ["a name with a line's end", saying(plain, /"name":"vg"/, '"name":"vg\\n"'), /^CORRUPT$/],
    [
      "generation 2^53 - 1",
      saying(plain, /"generation":\d+/, `"generation":${2 ** 53 - 1}`),
      /"sequence":1}/,
    ],
    ["generation 2^53", saying(plain, /"generation":\d+/, `"generation":${2 ** 53}`), /^CORRUPT$/],
    ["a device that ends with them", sized(end), /"sequence":1}/],
    ["a device that ends before", sized(end - 1), /^CORRUPT$/],
    ["no data", saying(plain, /"dataLength":\d+/, '"dataLength":0'), /^CORRUPT$/],
    ["a region at 1032", saying(plain, /"offset":2048/, '"offset":1032'), /^CORRUPT$/],
    ["a region at 1040", saying(plain, /"offset":2048/, '"offset":1040'), /"sequence":1}/],
    ["data at 2040", saying(plain, /"dataStart":4096/, '"dataStart":2040'), /^CORRUPT$/],
    ["a VG that changes hands", saying(plain, /^\{/, `{${converting},`), /"sequence":1}/],
    ["and what decides is no id", saying(plain, /^\{/, `{${converting.replace(/"0/, '"x')},`), /^CORRUPT$/],
    ["a region of 8 sectors", saying(plain, /"length":16,/, '"length":8,'), /"sequence":1}/],
  ];
  cases.push(...edges);
  const said = theirs(
    t.testdir({}),
    cases.map(([, head]) => head),
  );
  for (const [index, [what, head, expected]] of cases.entries()) {
    t.match(await ours(head), expected, what);
    t.equal(said[index], await ours(head), `${what}: both alike`);
  }
});

t.test(
  "both readers agree on any change under a right hash",
  { skip: !python && "needs python3" },
  async (t) => {
    const head = changed(await labelled(3), (bytes) => bytes.fill(0, SECOND));
    const length = head.readUInt32LE(FIRST + 12);
    const payload = head.subarray(FIRST + 64, FIRST + 64 + length).toString();
    const edit = fc.oneof(
      fc.tuple(fc.nat(length - 1), fc.constantFrom(": ", ", ", '" ', ':"', ":0", '":1,"')),
      fc.tuple(
        fc.nat(length - 1),
        fc.constantFrom("0", "9", " ", "a", '"', "}", ",", "-", ".", "e", "\\", "é"),
      ),
      fc.tuple(fc.nat(length - 1), fc.constantFrom("", "00", "null", "1e2", "{}", "[]", '"x":1,')),
    );
    const heads = fc
      .sample(fc.array(edit, { minLength: 1, maxLength: 3 }), { numRuns: 400, seed: 7 })
      .map((edits) => {
        let text = payload;
        for (const [at, by] of edits) text = text.slice(0, at) + by + text.slice(at + 1);
        return reseal(
          changed(head, (bytes) => {
            bytes.fill(0, FIRST + 64, FIRST + COPY_BYTES);
            bytes.writeUInt32LE(Buffer.from(text).copy(bytes, FIRST + 64), FIRST + 12);
          }),
          FIRST,
        );
      });
    const said = theirs(t.testdir({}), heads);
    let valid = 0;
    for (const [index, each] of heads.entries()) {
      const verdict = await ours(each);
      if (verdict.startsWith("{")) valid += 1;
      if (said[index] !== verdict)
        t.fail(`${each.subarray(FIRST + 64, FIRST + 64 + length + 8)}: ${verdict}, but ${said[index]}`);
    }
    t.comment(`states ${heads.length} changed payloads, ${valid} of them still a label`);
    t.ok(valid > 0 && valid < heads.length / 4);
  },
);

t.test("a device that was cut short", { skip: !python && "needs python3" }, async (t) => {
  const { sys, disk } = labelWorld();
  const bytes = disk("/dev/a", 8 * MIB);
  const layout = { place: { count: 2, length: 1024 } };
  await addDevices(sys, adding("vg", ["/dev/a"], { isNew: true, layout }));
  const path = join(t.testdir({}), "disk");
  const said = (length: number) => {
    writeFileSync(path, bytes.subarray(0, length));
    return JSON.parse(spawnSync(python ?? "", [reader, path], { encoding: "utf8" }).stdout);
  };
  const { label, there } = said(8 * MIB) as { label: Label; there?: unknown };
  t.equal(there, undefined, "nothing is missing");
  // One region stands before the data, the other one behind it.
  const [first = 0, second = 0] = label.regions.map(({ offset, length }) => (offset + length) * 512);
  for (const [length, regions, dataLength] of [
    [second - 512, 1, label.dataLength],
    [(label.dataStart + 80) * 512, 1, 80],
    [first, 1, 0],
    [first - 512, 0, 0],
  ] as const) {
    const expected = { regions: label.regions.slice(0, regions), dataLength };
    t.strictSame(said(length), { ...said(8 * MIB), there: expected }, `${length} bytes`);
  }
});
