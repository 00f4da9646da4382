/** What every implementation of Disks does, be it on real devices or in memory. */
import fc from "fast-check";
import t, { type Test } from "tap";
import { alignedBuffer } from "../../src/core/base/aligned.ts";
import type { Disks } from "../../src/core/port/block.ts";

/** Two disks of equal size with content that is all zeros, and what else may be there. */
export interface BlockWorld {
  readonly disks: Disks;
  readonly path: string;
  readonly other: string;
  readonly size: number;
  readonly logicalBlockSize: number;
  /** A second path to the first disk. */
  readonly alias?: string;
  /** Nothing is there. */
  readonly absent?: string;
  /** Something without a byte in it. */
  readonly empty?: string;
  readonly readOnly?: string;
  /** Opening exclusively is exclusive, as it is for block devices. */
  readonly excludes?: boolean;
  /** It takes writes that are durable by themselves. */
  readonly through?: boolean;
}

const pattern = (length: number, seed: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, at) => (at * 31 + (at >> 8) * 7 + seed) & 0xff));

/** @param make gives a fresh world, or a reason why there can be none here */
export function blockContract(name: string, make: (t: Test) => BlockWorld | string): void {
  t.test(`block devices: ${name}`, async (t) => {
    const world = make(t);
    if (typeof world === "string") {
      t.pass(name, { skip: world });
      return;
    }
    const { disks, path, other, size, logicalBlockSize: block } = world;
    const open = (write = true, through = false) => disks.open(path, { write, through });
    const read = async (offset: number, length: number) => {
      const device = await open(false);
      const buffer = Buffer.alloc(length, 0xee);
      await device.read(offset, buffer);
      await device.close();
      return buffer;
    };

    t.test("size and block size", async (t) => {
      const device = await open(false);
      t.equal(device.size, size);
      t.equal(device.logicalBlockSize, block);
      t.equal(device.path, path);
      await device.close();
    });

    t.test("what is written can be read, at the edges and across everything", async (t) => {
      const device = await open();
      for (const [offset, length] of [
        [0, block],
        [size - block, block],
        [block, 3 * block],
        [256 * 1024 - block, 2 * block],
        [0, 600 * 1024],
        [size - 1024 * 1024, 1024 * 1024],
      ] as const) {
        const bytes = pattern(length, offset + length);
        await device.write(offset, bytes);
        const back = Buffer.alloc(length);
        await device.read(offset, back);
        t.ok(back.equals(bytes), `${length} bytes at ${offset}`);
      }
      await device.flush();
      await device.close();
      t.ok(
        (await read(0, 600 * 1024)).equals(pattern(600 * 1024, 600 * 1024)),
        "also for the next who opens it",
      );
    });

    t.test("buffers need not be aligned, and may be", async (t) => {
      const device = await open();
      const large = alignedBuffer(64 * 1024);
      pattern(large.length, 5).copy(large);
      for (const from of [0, 1, 8, 512, 4096, 4097]) {
        const piece = large.subarray(from, from + 4 * block);
        await device.write(8 * block, piece);
        const into = alignedBuffer(64 * 1024).subarray(from, from + 4 * block);
        await device.read(8 * block, into);
        t.ok(into.equals(piece), `${from} bytes into a page`);
      }
      await device.close();
    });

    t.test("sectors can be read whatever the block size", async (t) => {
      const device = await open();
      const bytes = pattern(4 * block, 9);
      await device.write(4 * block, bytes);
      for (let from = 0; from < 2 * block; from += 512) {
        const back = Buffer.alloc(1536);
        await device.read(4 * block + from, back);
        if (!back.equals(bytes.subarray(from, from + 1536))) t.fail(`from byte ${from}`);
      }
      const long = Buffer.alloc(600 * 1024 - 512);
      await device.read(512, long);
      t.ok(long.subarray(4 * block - 512, 8 * block - 512).equals(bytes));
      await device.close();
    });

    t.test("nothing is read or written beyond the end, nor in parts of blocks", async (t) => {
      const device = await open();
      const before = await read(size - 4 * block, 4 * block);
      for (const [offset, length] of [
        [size, block],
        [size - block, 2 * block],
        [-block, block],
        [100 * size, block],
        [1, block],
        [0, block - 1],
      ] as const) {
        await t.rejects(
          device.read(offset, Buffer.alloc(length)),
          { code: "IO" },
          `read ${length} at ${offset}`,
        );
        await t.rejects(
          device.write(offset, Buffer.alloc(length, 1)),
          { code: "IO" },
          `write ${length} at ${offset}`,
        );
      }
      if (block > 512) {
        await t.rejects(device.write(512, Buffer.alloc(block, 1)), {
          code: "IO",
          message: /whole blocks of 4096/,
        });
        await t.rejects(device.write(0, Buffer.alloc(512, 1)), {
          code: "IO",
          message: /whole blocks of 4096/,
        });
      }
      await device.close();
      t.ok((await read(size - 4 * block, 4 * block)).equals(before));
    });

    t.test("a device opened for reading cannot be written", async (t) => {
      const device = await open(false);
      await t.rejects(device.write(0, Buffer.alloc(block)), { code: "IO" });
      await device.close();
    });

    t.test("a closed device does nothing, and may be closed twice", async (t) => {
      const device = await open();
      await device.close();
      await device.close();
      const next = await disks.open(other, { write: true });
      await t.rejects(device.read(0, Buffer.alloc(block)), { code: "IO", message: /is closed/ });
      await t.rejects(device.write(0, Buffer.alloc(block, 7)), { code: "IO", message: /is closed/ });
      await t.rejects(device.flush(), { code: "IO", message: /is closed/ });
      const untouched = Buffer.alloc(block, 1);
      await next.read(0, untouched);
      t.ok(untouched.equals(Buffer.alloc(block)), "who opened after it was not written to instead");
      await next.close();
    });

    t.test("two who have it open see each other's writes", async (t) => {
      const [one, two] = [await open(), await open()];
      for (let round = 0; round < 4; round += 1) {
        const bytes = pattern(2 * block, round);
        await (round % 2 === 0 ? one : two).write(16 * block, bytes);
        const back = Buffer.alloc(2 * block);
        await (round % 2 === 0 ? two : one).read(16 * block, back);
        t.ok(back.equals(bytes));
      }
      await one.close();
      await two.close();
    });

    t.test("many at once", async (t) => {
      const device = await open();
      const each = 3 * block;
      await Promise.all(
        Array.from({ length: 100 }, (_, index) => device.write(index * each, pattern(each, index))),
      );
      const back = Array.from({ length: 100 }, () => Buffer.alloc(each));
      await Promise.all(back.map((buffer, index) => device.read(index * each, buffer)));
      t.ok(back.every((buffer, index) => buffer.equals(pattern(each, index))));
      await device.flush();
      await device.close();
    });

    t.test("any sequence of writes is what a buffer would hold", async (t) => {
      const device = await open();
      const length = 64 * block;
      const model = await read(0, length);
      const write = fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 4 }), fc.nat(255));
      await fc.assert(
        fc.asyncProperty(fc.array(write, { maxLength: 12 }), async (writes) => {
          for (const [at, blocks, seed] of writes) {
            const bytes = pattern(blocks * block, seed);
            bytes.copy(model, at * block);
            await device.write(at * block, bytes);
          }
          const back = Buffer.alloc(length);
          await device.read(0, back);
          return back.equals(model);
        }),
        { seed: 11, numRuns: 30 },
      );
      await device.close();
      t.pass("thirty sequences");
    });

    t.test("discarding harms nothing beside", async (t) => {
      const device = await open();
      await device.write(0, pattern(3 * block, 1));
      await device.discard(block, block);
      const [first, third] = [Buffer.alloc(block), Buffer.alloc(block)];
      await device.read(0, first);
      await device.read(2 * block, third);
      t.ok(first.equals(pattern(3 * block, 1).subarray(0, block)));
      t.ok(third.equals(pattern(3 * block, 1).subarray(2 * block)));
      await device.close();
    });

    t.test("a write through is a write, and needs no flush", async (t) => {
      for (const [write, through] of [
        [true, false],
        [false, true],
      ] as const) {
        const without = await open(write, through);
        t.equal(without.writeThrough, undefined, write ? "not asked for" : "not for reading");
        await without.close();
      }
      const device = await open(true, true);
      const { writeThrough } = device;
      if (world.through !== undefined) t.equal(writeThrough !== undefined, world.through);
      if (writeThrough) {
        await device.write(0, pattern(8 * block, 1));
        for (const [at, length] of [
          [block, block],
          [0, 5 * block],
          [2 * block, 600 * 1024],
        ] as const) {
          const bytes = pattern(length + 1, at).subarray(1);
          await writeThrough(at, bytes);
          t.ok((await read(at, length)).equals(bytes), `${length} bytes at ${at}`);
        }
        for (const [at, length] of [
          [size, block],
          [1, block],
          [0, block - 1],
        ] as const)
          await t.rejects(writeThrough(at, Buffer.alloc(length)), { code: "IO" }, `${length} at ${at}`);
      }
      await device.close();
      if (writeThrough)
        await t.rejects(writeThrough(0, Buffer.alloc(block)), { code: "IO", message: /is closed/ });
    });

    t.test("what tells devices apart", async (t) => {
      t.equal(await disks.identity(path), await disks.identity(path));
      t.not(await disks.identity(path), await disks.identity(other));
      const { alias } = world;
      if (alias === undefined) return;
      t.equal(await disks.identity(alias), await disks.identity(path));
      const device = await disks.open(alias, { write: true });
      await device.write(0, pattern(block, 77));
      await device.close();
      t.ok((await read(0, block)).equals(pattern(block, 77)));
    });

    t.test("what cannot be opened says why", async (t) => {
      const { absent, empty, readOnly } = world;
      if (absent !== undefined) {
        await t.rejects(disks.open(absent, { write: false }), { code: "NOT_FOUND" });
        await t.rejects(disks.identity(absent), { code: "NOT_FOUND" });
      }
      if (empty !== undefined) await t.rejects(disks.open(empty, { write: false }), { code: "BAD_INPUT" });
      if (readOnly !== undefined) {
        await t.rejects(disks.open(readOnly, { write: true }), { code: "READ_ONLY" });
        await (await disks.open(readOnly, { write: false })).close();
      }
    });

    t.test("who opens exclusively is alone", { skip: !world.excludes && "not here" }, async (t) => {
      const first = await disks.open(path, { write: true, exclusive: true });
      await t.rejects(disks.open(path, { write: true, exclusive: true }), { code: "IN_USE" });
      await first.close();
      await (await disks.open(path, { write: false, exclusive: true })).close();
    });
  });
}
