/**
 * A process is killed in the middle of an operation: the disks have taken what it wrote, and no flush has
 * made it durable. Another process goes on with what it sees; in whatever it does the power fails, at any
 * moment. Nothing that the first one wrote over or freed may be missed then.
 */
import t, { type Test } from "tap";
import { abort } from "../../src/core/replicate/abort.ts";
import { commit } from "../../src/core/replicate/commit.ts";
import { format } from "../../src/core/replicate/format.ts";
import { prepare } from "../../src/core/replicate/prepare.ts";
import { read } from "../../src/core/replicate/read.ts";
import type { RegionSys } from "../../src/core/replicate/set/region-set.ts";
import { status } from "../../src/core/replicate/status.ts";
import { sync } from "../../src/core/replicate/sync.ts";
import { verify } from "../../src/core/replicate/verify.ts";
import { type Recorded, recordingDisks } from "../../src/core/sim/recording-disks.ts";
import { stepsOf } from "../lib/region-advice.ts";
import { reachable } from "../lib/region-crash.ts";
import {
  addresses,
  codeOf,
  contentOf,
  disksWith,
  type Images,
  PAGE,
  regionSys,
  runOn,
} from "../lib/region-world.ts";

t.setTimeout(0);

/** So few that what was freed by one transaction is written over by the next. */
const PAGES = 18;
const FIRST = contentOf("first", 5 * PAGE);
const OLD = contentOf("old", 5 * PAGE + 77);
const NEW = contentOf("new", 4 * PAGE);
const NEXT = contentOf("next", 6 * PAGE);
const MOST_ROUNDS = 8;

type Operation = (sys: RegionSys) => Promise<unknown>;
type Log = readonly Recorded[];

const of = (log: Log, disk: number): Log => log.filter(({ path }) => path === `d${disk}`);

/** With all that a log has written. */
function written(image: Buffer, log: Log): Buffer {
  const bytes = Buffer.from(image);
  for (const entry of log) if (entry.kind === "write") entry.bytes.copy(bytes, entry.offset);
  return bytes;
}

/**
 * What a disk may hold when the power fails right after `log`: each write that no flush has covered, or not;
 * the last one torn.
 */
function* powerless(image: Buffer, log: Log): Generator<Buffer> {
  const flushed = log.findLastIndex(({ kind }) => kind === "flush") + 1;
  const durable = written(image, log.slice(0, flushed));
  const pending = log.slice(flushed);
  for (let subset = 0; subset < 2 ** pending.length; subset++)
    yield written(
      durable,
      pending.filter((_, n) => subset & (1 << n)),
    );
  const last = pending.at(-1);
  if (last?.kind !== "write" || last.bytes.length === 512) return;
  yield written(durable, [...pending.slice(0, -1), { ...last, bytes: last.bytes.subarray(0, 512) }]);
}

/** Every set of images that differs in what can be reached. */
async function cutsAfter(images: Images, log: Log): Promise<Map<string, Images>> {
  let sets = new Map<string, Images>([["", []]]);
  for (const [n, image] of images.entries()) {
    const own = new Map<string, Buffer>();
    for (const cut of powerless(image, of(log, n))) own.set(await reachable(cut), cut);
    sets = new Map(
      [...sets].flatMap(([name, before]) =>
        [...own].map(([ownName, cut]) => [`${name}|${ownName}`, [...before, cut]] as const),
      ),
    );
  }
  return sets;
}

/** Runs an operation on what the disks show. @returns its log, over all disks in its order */
async function logOf(images: Images, operation: Operation): Promise<Log> {
  const disks = recordingDisks(disksWith(images));
  await operation(regionSys(disks)).catch((error) => {
    if (codeOf(error) !== "NOTHING_PREPARED") throw error;
  });
  return disks.log;
}

/** Follows what status advises, each way there is. @returns what is wrong, "" for nothing */
async function mended(images: Images, count: number, contents: readonly Buffer[]): Promise<string> {
  const regions = addresses(count, PAGES);
  const queue: { images: Images; trail: string; round: number }[] = [{ images, trail: "", round: 0 }];
  for (let next = queue.shift(); next; next = queue.shift()) {
    const sys = regionSys(disksWith(next.images));
    const found = await status(sys, regions);
    const trail = `${next.trail}${found.state} (${found.advice}) `;
    if (next.round > MOST_ROUNDS) return `${trail}: never mended`;
    if (found.state !== "out-of-sync") {
      const bytes = await read(sys, regions, undefined).catch((error: unknown) => codeOf(error));
      if (!contents.some((each) => typeof bytes !== "string" && each.equals(bytes)))
        return `${trail}: ${typeof bytes === "string" ? bytes : "neither old nor new"}`;
    }
    const steps = stepsOf(found, regions);
    if (steps.length === 0) await verify(sys, regions);
    for (const { run } of steps) {
      const { after, error } = await runOn(next.images, run);
      if (error) return `${trail}: ${error}`;
      queue.push({ images: after, trail, round: next.round + 1 });
    }
  }
  return "";
}

interface Row {
  readonly name: string;
  readonly before: readonly Operation[];
  readonly operation: Operation;
}

/** @returns how many states there were after power cuts */
async function explore(t: Test, count: number, { name, before, operation }: Row): Promise<number> {
  const regions = addresses(count, PAGES);
  let images: Images = regions.map(() => Buffer.alloc(PAGES * PAGE));
  const shown = (log: Log): Images => images.map((image, n) => written(image, of(log, n)));
  for (const step of before) images = shown(await logOf(images, step));
  const whole = await logOf(images, operation);
  const wrong = new Set<string>();
  let states = 0;
  for (let killed = 0; killed <= whole.length; killed++) {
    const done = whole.slice(0, killed);
    const found = await status(regionSys(disksWith(shown(done))), regions);
    const endings = stepsOf(found, regions);
    for (const ending of endings.length > 0 ? endings : [undefined]) {
      let log = done;
      for (const step of [ending?.run, ...updated(regions, NEXT)]) {
        if (!step) continue;
        const more = await logOf(shown(log), step);
        for (let cut = 0; cut <= more.length; cut++) {
          for (const each of (await cutsAfter(images, [...log, ...more.slice(0, cut)])).values()) {
            states += 1;
            const complaint = await mended(each, count, [OLD, NEW, NEXT]);
            if (complaint) wrong.add(`${name} killed after ${killed} steps, ${ending?.name}: ${complaint}`);
          }
        }
        log = [...log, ...more];
      }
    }
  }
  t.same([...wrong].slice(0, 10), [], `${name}: ${states} states`);
  return states;
}

const updated = (regions: ReturnType<typeof addresses>, bytes: Buffer): [Operation, Operation] => [
  (sys) => prepare(sys, regions, bytes, { newEpoch: false }),
  (sys) => commit(sys, regions),
];

for (const count of [1, 2]) {
  const regions = addresses(count, PAGES);
  const [prepared, committed] = updated(regions, NEW);
  const aged: Operation[] = [
    (sys) => format(sys, regions, { force: false }),
    ...updated(regions, FIRST),
    ...updated(regions, OLD),
  ];
  const rows: Row[] = [
    { name: "prepare", before: aged, operation: prepared },
    { name: "commit", before: [...aged, prepared], operation: committed },
    { name: "abort", before: [...aged, prepared], operation: (sys) => abort(sys, regions) },
  ];
  t.test(`${count} regions`, async (t) => {
    let states = 0;
    for (const row of rows) states += await explore(t, count, row);
    t.comment(`states ${states} after a kill and a power cut`);
  });
}

t.test("what finds nothing left to do has made durable what a killed one did", async (t) => {
  const regions = addresses(2, PAGES);
  const source = regions.slice(1);
  const [prepared, committed] = updated(regions, NEW);
  const made: Operation = (sys) => format(sys, regions, { force: false });
  const rows: (Row & { readonly txid: number })[] = [
    {
      name: "sync",
      before: [(sys) => format(sys, source, { force: false }), ...updated(source, OLD)],
      operation: (sys) => sync(sys, regions, source, { force: false }),
      txid: 2,
    },
    { name: "commit", before: [made, prepared], operation: committed, txid: 2 },
    { name: "abort", before: [made, prepared], operation: (sys) => abort(sys, regions), txid: 1 },
  ];
  for (const { name, before, operation, txid } of rows) {
    let images: Images = regions.map(() => Buffer.alloc(PAGES * PAGE));
    const shown = (log: Log): Images => images.map((image, n) => written(image, of(log, n)));
    for (const step of before) images = shown(await logOf(images, step));
    const whole = await logOf(images, operation);
    for (let killed = 0; killed <= whole.length; killed++) {
      const done = whole.slice(0, killed);
      const again = await logOf(shown(done), operation);
      for (const each of (await cutsAfter(images, [...done, ...again])).values())
        t.match(await status(regionSys(disksWith(each)), regions), { state: "clean", txid }, name);
    }
  }
});
