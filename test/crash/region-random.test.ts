/**
 * Random sequences of operations on regions, with power cuts in between, in the operations and in the
 * recoveries from them: what was committed last is there, or what was about to be, and nothing else.
 */
import fc from "fast-check";
import t from "tap";
import { abort } from "../../src/core/replicate/abort.ts";
import { commit } from "../../src/core/replicate/commit.ts";
import { format } from "../../src/core/replicate/format.ts";
import { prepare } from "../../src/core/replicate/prepare.ts";
import { read } from "../../src/core/replicate/read.ts";
import type { RegionSys } from "../../src/core/replicate/set/region-set.ts";
import { status } from "../../src/core/replicate/status.ts";
import { sync } from "../../src/core/replicate/sync.ts";
import { verify } from "../../src/core/replicate/verify.ts";
import type { Recorded } from "../../src/core/sim/recording-disks.ts";
import { random } from "../lib/random.ts";
import { stepsOf } from "../lib/region-advice.ts";
import { addresses, contentOf, disksWith, type Images, PAGE, regionSys, runOn } from "../lib/region-world.ts";

t.setTimeout(0);

const PAGES = 24;

const event = fc.record({
  kind: fc.constantFrom("update", "update", "update", "abort", "lose", "damage"),
  pages: fc.integer({ min: 0, max: 7 }),
  region: fc.nat(),
  cut: fc.boolean(),
});

/**
 * One disk after a power cut: any prefix of its log, any of the writes that no flush has covered, one of them
 * torn.
 */
function cutPower(
  before: Buffer,
  log: readonly Recorded[],
  block: number,
  choose: (below: number) => number,
): Buffer {
  const image = Buffer.from(before);
  const end = choose(log.length + 1);
  const flushed = log.slice(0, end).findLastIndex(({ kind }) => kind === "flush");
  for (const [n, entry] of log.slice(0, end).entries()) {
    if (entry.kind === "flush") continue;
    const { bytes, offset } = entry;
    if (n < flushed || choose(3) > 0)
      bytes.copy(
        image,
        offset,
        0,
        n < flushed || choose(2) ? undefined : choose(bytes.length / block + 1) * block,
      );
  }
  return image;
}

for (const [count, block] of [
  [2, 512],
  [3, 4096],
  [5, 512],
] as const) {
  t.test(`${count} regions on blocks of ${block}`, async (t) => {
    const regions = addresses(count, PAGES);
    let cuts = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 5, maxLength: 25 }), fc.nat(), async (events, seed) => {
        let runs = 0;
        const draw = random(String(seed));
        const choose = (below: number) => Math.floor(draw() * below);
        let images: Images = regions.map(() => Buffer.alloc(PAGES * PAGE));
        let content: Buffer = Buffer.alloc(0);
        const run = async (work: (sys: RegionSys) => Promise<unknown>, cut: boolean) => {
          const { after, logs, error } = await runOn(images, work, {
            logicalBlockSize: block,
            seed: String(runs++),
          });
          if (error) throw error;
          if (cut) cuts += 1;
          images = cut ? images.map((image, n) => cutPower(image, logs[n] ?? [], block, choose)) : after;
        };
        /** Follows the advice; the power may fail again. @returns the content then */
        const recover = async (allowed: readonly Buffer[]): Promise<Buffer> => {
          for (let round = 0; round < 40; round++) {
            const sys = regionSys(disksWith(images, block));
            const found = await status(sys, regions);
            const steps = stepsOf(found, regions);
            const [first] = steps;
            if (!first) {
              const bytes = await read(sys, regions, undefined);
              if (!allowed.some((each) => each.equals(bytes))) throw new Error("neither old nor new");
              await verify(sys, regions);
              return bytes;
            }
            const step = steps[choose(steps.length)] ?? first;
            await run(step.run, round < 20 && choose(3) === 0);
          }
          throw new Error("never mended");
        };
        await run((sys) => format(sys, regions, { force: false }), false);
        for (const [n, { kind, pages, region, cut }] of events.entries()) {
          const next = contentOf(`content ${n}`, pages * PAGE + n);
          const index = region % count;
          const others = regions.filter((_, at) => at !== index);
          if (kind === "update" || kind === "abort") {
            await run(async (sys) => {
              await prepare(sys, regions, next, { newEpoch: false });
              await (kind === "update" ? commit : abort)(sys, regions);
            }, cut);
            const expected = cut ? [content, next] : [kind === "update" ? next : content];
            content = await recover(expected);
          } else if (kind === "lose") {
            // It misses an update, comes back, and is brought up to date.
            await run(async (sys) => {
              await prepare(sys, others, next, { newEpoch: true });
              await commit(sys, others);
            }, false);
            await run((sys) => sync(sys, regions, others, { force: false }), cut);
            content = await recover([next]);
          } else {
            const image = Buffer.from(images[index] as Buffer);
            const page = choose(PAGES);
            image.fill(0x5a, page * PAGE + choose(PAGE - 16), (page + 1) * PAGE);
            images = images.map((each, at) => (at === index ? image : each));
            await run((sys) => sync(sys, regions, others, { force: false }), cut);
            // A cut may leave damage that no root shows: only a sync that went through has looked at every
            // page.
            await run((sys) => sync(sys, regions, others, { force: false }), false);
            content = await recover([content]);
          }
        }
      }),
      { numRuns: 20, seed: 11, endOnFailure: true },
    );
    t.ok(cuts > 20);
    t.comment(`states ${cuts} power cuts in random sequences`);
  });
}
