/** An overlay holds what a copy would hold, whatever is written and read at once, and what is below stays. */
import t from "tap";
import { Overlaid } from "../../../src/core/nbd/overlaid.ts";
import { memoryExport } from "../../lib/nbd-client.ts";
import { random } from "../../lib/random.ts";

const SECTOR = 512;
/** Its last page is not whole. */
const SIZE = 40 * 4096 + 3 * SECTOR;

t.test("random writes, zeroes and reads", async (t) => {
  const next = random("overlay");
  const pick = (most: number) => Math.floor(next() * most);
  const below = Buffer.from(Array.from({ length: SIZE }, () => pick(256)));
  const model = Buffer.from(below);
  const before = Buffer.from(below);
  const overlaid = new Overlaid(memoryExport(below, { isReadOnly: true }), 1 << 20);
  for (let step = 0; step < 1000; step += 1) {
    const offset = pick(SIZE / SECTOR) * SECTOR;
    const length = Math.min(SIZE - offset, (1 + pick(30)) * SECTOR);
    const kind = pick(3);
    if (kind === 0) {
      const data = Buffer.alloc(length, step);
      await overlaid.write(offset, data);
      data.copy(model, offset);
    } else if (kind === 1) {
      await overlaid.zero(offset, length);
      model.fill(0, offset, offset + length);
    } else {
      const got = Buffer.alloc(length);
      await overlaid.read(offset, got);
      if (!got.equals(model.subarray(offset, offset + length)))
        t.fail(`${length} bytes at ${offset}, ${step}`);
    }
  }
  t.ok(below.equals(before), "what is below is as it was");
});

t.test("writes to one page at once both stay", async (t) => {
  const overlaid = new Overlaid(memoryExport(Buffer.alloc(4096, "b")), 1 << 20);
  await Promise.all([
    overlaid.write(0, Buffer.alloc(SECTOR, "1")),
    overlaid.write(SECTOR, Buffer.alloc(SECTOR, "2")),
    overlaid.zero(2 * SECTOR, SECTOR),
  ]);
  const got = Buffer.alloc(4096);
  await overlaid.read(0, got);
  t.equal(got.toString("latin1").replaceAll(/(.)\1+/gs, "$1"), "12\0b");
});

t.test("no more than it may", async (t) => {
  const overlaid = new Overlaid(memoryExport(Buffer.alloc(SIZE, "b")), 3 * 4096);
  await t.rejects(overlaid.write(0, Buffer.alloc(4 * 4096)), { code: "NO_SPACE" });
  await overlaid.write(0, Buffer.alloc(4096, "again"));
  await overlaid.zero(0, 2 * 4096);
  await overlaid.write(8 * 4096, Buffer.alloc(4096));
  t.pass("what was taken may be written again, and pages of zeroes take next to nothing");
});

t.test("runs", async (t) => {
  const runAt = async (_: number, length: number) => ({ length, isHole: true });
  const overlaid = new Overlaid(memoryExport(Buffer.alloc(SIZE), { runAt }), 1 << 20);
  await overlaid.write(2 * 4096, Buffer.alloc(2 * 4096));
  t.strictSame(await overlaid.runAt?.(0, SIZE), { length: 2 * 4096, isHole: true });
  t.strictSame(await overlaid.runAt?.(2 * 4096 + 512, SIZE), { length: 2 * 4096 - 512, isHole: false });
  t.equal(new Overlaid(memoryExport(Buffer.alloc(SIZE)), 1).runAt, undefined);
});
