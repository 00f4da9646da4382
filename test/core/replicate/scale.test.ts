/** Thousands of regions: what is held in memory at once does not grow with their number. */
import t from "tap";
import type { BlockDevice, Disks } from "../../../src/core/port/block.ts";
import { commit } from "../../../src/core/replicate/commit.ts";
import { format } from "../../../src/core/replicate/format.ts";
import { prepare } from "../../../src/core/replicate/prepare.ts";
import { read } from "../../../src/core/replicate/read.ts";
import { status } from "../../../src/core/replicate/status.ts";
import { sync } from "../../../src/core/replicate/sync.ts";
import { verify } from "../../../src/core/replicate/verify.ts";
import { addresses, contentOf, disksWith, PAGE, regionSys } from "../../lib/region-world.ts";

t.setTimeout(0);

t.test("4,096 regions", async (t) => {
  const count = 4096;
  const regions = Array.from({ length: count }, (_, n) => ({ path: "d0", offset: n * 64, length: 64 }));
  const sys = regionSys(disksWith([Buffer.alloc(count * 8 * PAGE)]));
  await format(sys, regions, { force: false });
  const bytes = contentOf("many", 2 * PAGE);
  t.match(await prepare(sys, regions, bytes, { newEpoch: false }), {
    pagesWritten: 3 * count,
    flushes: 3 * count,
  });
  t.match(await commit(sys, regions), { regions: count, flushes: count });
  t.same(await read(sys, regions, undefined), bytes);
  t.equal((await status(sys, regions)).state, "clean");
  t.equal((await verify(sys, regions)).regions.length, count);
  const others = regions.slice(1);
  await prepare(sys, others, contentOf("more", PAGE), { newEpoch: true });
  await commit(sys, others);
  t.equal((await status(sys, regions)).advice, "sync regions 0 from regions 1-4095");
  await sync(sys, regions, others, { force: false });
  t.equal((await status(sys, regions)).state, "clean");
});

/** Many disks with the same bytes, which forget what is written, and tell how much is going on. */
function forgetful(image: Buffer, seen: (inFlight: number) => void): Disks {
  let inFlight = 0;
  const busy = async (work: () => void) => {
    seen(++inFlight);
    await new Promise((resolve) => setImmediate(resolve));
    work();
    inFlight -= 1;
  };
  const device = (path: string): BlockDevice => ({
    path,
    size: image.length,
    logicalBlockSize: 512,
    read: (offset, buffer) => busy(() => buffer.set(image.subarray(offset, offset + buffer.length))),
    write: () => busy(() => undefined),
    flush: () => busy(() => undefined),
    discard: async () => undefined,
    close: async () => undefined,
  });
  return { open: async (path) => device(path), identity: async (path) => path };
}

t.test("memory and parallel work are bounded", async (t) => {
  const PAGES = 2100;
  const bytes = contentOf("large", 1000 * PAGE);
  const memory = disksWith([Buffer.alloc(PAGES * PAGE)]);
  await format(regionSys(memory), addresses(1, PAGES), { force: false });
  const peakWith = async (count: number): Promise<number> => {
    let peak = 0;
    let most = 0;
    const disks = forgetful(memory.bytes("d0"), (inFlight) => {
      most = Math.max(most, inFlight);
      peak = Math.max(peak, process.memoryUsage().arrayBuffers);
    });
    await prepare(regionSys(disks, "seed", { replicate: { inFlight: 32 } }), addresses(count, PAGES), bytes, {
      newEpoch: false,
    });
    t.equal(most, Math.min(count, 32), `${most} operations at once`);
    return peak;
  };
  const few = await peakWith(32);
  const many = await peakWith(1024);
  t.ok(many - few < 64 * 2 ** 20, `${(many - few) / 2 ** 20} MiB more for 992 regions more of 4 MiB each`);
});
