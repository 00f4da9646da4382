/** A device's label out of its two copies. */
import t from "tap";
import { canonicalJson } from "../../../src/core/base/canonical-json.ts";
import { encodeLabel, type LabelCopy } from "../../../src/core/discover/label.ts";
import { COPY_BYTES, COPY_OFFSETS } from "../../../src/core/discover/layout.ts";
import { planLabel } from "../../../src/core/discover/plan-label.ts";
import { readLabel } from "../../../src/core/discover/read-label.ts";
import type { Disks } from "../../../src/core/port/block.ts";
import { faultyDisks } from "../../../src/core/sim/faulty-disks.ts";
import { memoryDisks } from "../../../src/core/sim/memory-disks.ts";

const MIB = 2 ** 20;
const [FIRST = 0, SECOND = 0] = COPY_OFFSETS;

const copy = (sequence: number, name = "vg", id = "d"): LabelCopy => ({
  sequence,
  label: {
    vg: { id: "a".repeat(32), name, generation: 1, members: 1 },
    device: { id: id.repeat(32), size: 8192 },
    dataStart: 2048,
    dataLength: 2048,
    regions: [],
  },
});

/** A disk of 4 MiB with these copies. */
function disk(first: LabelCopy | undefined, second: LabelCopy | undefined) {
  const disks = memoryDisks();
  const bytes = disks.create("d", 4 * MIB);
  if (first) encodeLabel(first, FIRST).copy(bytes, FIRST);
  if (second) encodeLabel(second, SECOND).copy(bytes, SECOND);
  return { disks, bytes };
}

async function read(disks: Disks) {
  const device = await disks.open("d", { write: false });
  const state = await readLabel(device);
  await device.close();
  return state;
}

t.test("the newer valid copy counts", async (t) => {
  for (const [what, first, second, newest] of [
    ["both alike", copy(3), copy(3), copy(3)],
    ["the first is newer", copy(4, "new"), copy(3), copy(4, "new")],
    ["the second is newer", copy(3), copy(4, "new"), copy(4, "new")],
    ["only the first", copy(3), undefined, copy(3)],
    ["only the second", undefined, copy(3), copy(3)],
    ["none", undefined, undefined, undefined],
  ] as const) {
    t.same((await read(disk(first, second).disks)).newest, newest, what);
  }
});

t.test("copies that contradict each other are no label", async (t) => {
  await t.rejects(read(disk(copy(3), copy(3, "other")).disks), {
    code: "CORRUPT",
    message: /^d: .*contradict/,
  });
  await t.rejects(read(disk(copy(3), copy(5, "vg", "e")).disks), { code: "CORRUPT" });
  const renewed = await read(disk(copy(3), copy(4, "vg", "e")).disks);
  t.same(renewed.newest, copy(4, "vg", "e"), "but the next one may name the device anew");
});

t.test("any flipped byte of either copy leaves the label as it is", async (t) => {
  const expected = canonicalJson(copy(3));
  const { disks, bytes } = disk(copy(3), copy(3));
  for (const offset of [FIRST, SECOND]) {
    for (let at = offset; at < offset + COPY_BYTES; at += 1) {
      bytes[at] = (bytes[at] ?? 0) ^ 0x40;
      const { newest } = await read(disks);
      if (canonicalJson(newest) !== expected) t.fail(`byte ${at} gives ${canonicalJson(newest)}`);
      bytes[at] = (bytes[at] ?? 0) ^ 0x40;
    }
  }
  t.comment(`states ${2 * COPY_BYTES} of a flipped byte`);
  t.same((await read(disks)).copies.length, 2);
});

t.test("a copy that cannot be read is no reason not to use the other", async (t) => {
  const { disks } = disk(copy(4), copy(3));
  const failing = (offset: number) =>
    faultyDisks(disks, (operation) =>
      operation.kind === "read" && operation.offset + operation.length > offset && operation.offset <= offset
        ? { kind: "fail" }
        : undefined,
    );
  const withoutFirst = await read(failing(FIRST));
  t.equal(withoutFirst.newest?.sequence, 3);
  t.match(withoutFirst.copies[0], { copy: null, error: { code: "IO" } });
  t.equal((await read(failing(SECOND))).newest?.sequence, 4);
  const dead = faultyDisks(disks, ({ kind }) => (kind === "read" ? { kind: "fail" } : undefined));
  await t.rejects(read(dead), { code: "IO" });
  const hung = faultyDisks(disks, ({ kind }) => (kind === "read" ? { kind: "hang" } : undefined));
  await t.rejects(read(hung), { code: "DEADLINE" });
});

t.test("an unreadable copy beside none at all is an error, not a device without a label", async (t) => {
  const { disks } = disk(undefined, undefined);
  const failing = faultyDisks(disks, ({ kind, offset }) =>
    kind === "read" && offset > 0 ? { kind: "fail" } : undefined,
  );
  await t.rejects(read(failing), { code: "IO" });
});

t.test("the copy that is not the newest is written first, with a flush before and between", async (t) => {
  for (const [first, second, order] of [
    [copy(3), copy(3), [SECOND, FIRST]],
    [copy(4), copy(3), [SECOND, FIRST]],
    [copy(3), copy(4), [FIRST, SECOND]],
    [undefined, copy(4), [FIRST, SECOND]],
  ] as const) {
    const steps = planLabel(await read(disk(first, second).disks), copy(0, "new").label);
    t.same(
      steps.map((step) => (step.do === "write" ? step.offset : "flush")),
      ["flush", ...order.flatMap((offset) => [offset, "flush"])],
    );
  }
  const last = copy(Number.MAX_SAFE_INTEGER);
  const state = await read(disk(last, last).disks);
  t.throws(() => planLabel(state, last.label), { code: "CORRUPT", message: /last sequence number/ });
});
