/** Differences that are planted in the legs of arrays on image files are found where they are. */
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { toDvmError } from "../../../src/core/base/error.ts";
import { type Lv, legsOf, runsIn } from "../../../src/core/volume/model.ts";
import type { Metadata, Scrubbed } from "../../../src/schema/index.ts";
import { ImageVg } from "../../lib/image-vg.ts";

const SIZE = 3 << 20;

/** An LV "r" that was written while it was down, so that its parity is known without a kernel. */
async function written(t: Test, type: readonly string[]) {
  const vg = new ImageVg({ tend: { graceMs: 0 } });
  t.teardown(() => vg.remove());
  await vg.init("a", "b", "c", "d", "e");
  const dvm = (verb: string, operands: object, options = {}) =>
    vg.call({ applet: "dvm", verb, operands: { ...operands }, options });
  await vg.tm("update", { command: ["manip", "create-lv", "--name", "r", "--size", "3M", ...type] });
  await dvm("deactivate", { vg: "vg" });
  const content = Buffer.alloc(SIZE);
  for (let at = 0; at < SIZE; at += 4) content.writeUInt32LE(Math.imul(at + 1, 2654435761) >>> 0, at);
  const file = join(vg.directory, "content");
  writeFileSync(file, content);
  await dvm("import", { lv: "vg/r", file });
  const { lvs, vg: record } = JSON.parse(String(await vg.tm<Uint8Array>("read"))) as Metadata;
  const legs = legsOf(lvs[0] as Lv);
  const { devices } = await vg.find();
  /** Spoils some bytes of a leg. */
  const plant = (leg: number, at: number): void => {
    const run = runsIn(legs.find(({ number }) => number === leg)?.image ?? [])[0];
    const device = devices.find(({ id }) => id === run?.pv);
    const fd = openSync(device?.path ?? "", "r+");
    const begin = ((device?.dataStart ?? 0) + (run?.start ?? 0) * record.extentSize) * 512;
    writeSync(fd, Buffer.from("not what was written"), 0, 20, begin + at);
    closeSync(fd);
  };
  const scrub = async (options = {}): Promise<Scrubbed & { readonly code?: string }> => {
    try {
      return (await dvm("scrub", { lv: "vg/r" }, { json: true, ...options })) as Scrubbed;
    } catch (thrown) {
      const { code, output } = toDvmError(thrown);
      if (!output) throw thrown;
      return { ...(output as Scrubbed), code };
    }
  };
  const exported = async (): Promise<boolean> => {
    await dvm("deactivate", { vg: "vg" });
    await dvm("export", { lv: "vg/r", file });
    return readFileSync(file).equals(content);
  };
  return { dvm, plant, scrub, exported };
}

const found = ({ mismatches }: Scrubbed) =>
  mismatches.map(({ start, length, legs, wrong }) => [start, length, legs.join(), wrong]);

const KIB = 1024;

t.test("raid1: the place, and the copy that is said to be right", async (t) => {
  const { dvm, plant, scrub, exported } = await written(t, ["--mirrors", "1"]);
  t.match(await scrub(), { live: false, mismatches: { length: 0 } });
  plant(1, 600 * KIB);
  plant(1, 2600 * KIB);
  const before = await scrub();
  t.equal(before.code, "INCOMPLETE");
  t.same(found(before), [
    [1, 1, "0,1", null],
    [5, 1, "0,1", null],
  ]);
  await t.rejects(dvm("scrub", { lv: "vg/r" }, { repair: true }), { code: "WOULD_LOSE_DATA" }, "no guess");
  await t.rejects(
    dvm("scrub", { lv: "vg/r" }, { repair: true, from: 0 }),
    { code: "INCOMPLETE", message: /is down, .*: dvm activate vg r first$/ },
    "it takes a kernel",
  );
  await dvm("activate", { vg: "vg" });
  t.match(await scrub({ repair: true, from: 0 }), { live: true, rebuilt: [1] });
  await dvm("tend", { vg: "vg" });
  t.same((await scrub()).mismatches, []);
  t.ok(await exported(), "it has what was written");
});

t.test("raid5: the row, and the leg that is said to be wrong", async (t) => {
  const { dvm, plant, scrub, exported } = await written(t, ["--type", "raid5", "--stripes", "2"]);
  t.same((await scrub()).mismatches, []);
  plant(2, 300 * KIB);
  const before = await scrub();
  // Row 4 of 64 KiB has the content from 512 KiB on.
  t.same(found(before), [[1, 1, "0,1,2", null]]);
  await dvm("activate", { vg: "vg" });
  await t.rejects(dvm("scrub", { lv: "vg/r" }, { repair: true, from: 0 }), { code: "USAGE" });
  await t.rejects(dvm("scrub", { lv: "vg/r" }, { repair: true, leg: 7 }), { code: "NOT_FOUND" });
  t.match(await scrub({ repair: true, leg: 2 }), { rebuilt: [2] });
  await dvm("tend", { vg: "vg" });
  t.same((await scrub()).mismatches, []);
  t.ok(await exported(), "it has what was written");
});

t.test("raid6: its two parities tell which leg is wrong", async (t) => {
  const { dvm, plant, scrub, exported } = await written(t, ["--type", "raid6", "--stripes", "3"]);
  t.same((await scrub()).mismatches, []);
  plant(3, 100 * KIB);
  plant(3, 700 * KIB);
  plant(1, 300 * KIB);
  const before = await scrub();
  t.same(new Set(before.mismatches.map(({ wrong }) => wrong)), new Set([1, 3]));
  await dvm("activate", { vg: "vg" });
  await t.rejects(dvm("scrub", { lv: "vg/r" }, { repair: true, leg: 0 }), { code: "WOULD_LOSE_DATA" });
  t.same((await scrub({ repair: true })).rebuilt.sort(), [1, 3]);
  await dvm("tend", { vg: "vg" });
  t.same((await scrub()).mismatches, []);
  t.ok(await exported(), "it has what was written");
});

t.test("raid10: the pair", async (t) => {
  const type = ["--type", "raid10", "--stripes", "2", "--mirrors", "1"];
  const { dvm, plant, scrub, exported } = await written(t, type);
  t.same((await scrub()).mismatches, []);
  plant(3, 700 * KIB);
  // Row 10 of 64 KiB: chunk 21 of the content, on the second pair.
  t.same(found(await scrub()), [[2, 1, "2,3", null]]);
  await dvm("activate", { vg: "vg" });
  t.match(await scrub({ repair: true, from: 2 }), { rebuilt: [3] });
  await dvm("tend", { vg: "vg" });
  t.same((await scrub()).mismatches, []);
  t.ok(await exported(), "it has what was written");
});

t.test("what cannot be scrubbed", async (t) => {
  const plain = await written(t, []);
  await t.rejects(plain.dvm("scrub", { lv: "vg/r" }), { code: "UNSUPPORTED" });
  await t.rejects(plain.dvm("scrub", { lv: "r" }), { code: "USAGE" });
  await t.rejects(plain.dvm("scrub", { lv: "vg/none" }), { code: "NOT_FOUND" });
});
