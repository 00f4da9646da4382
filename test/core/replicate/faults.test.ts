/**
 * One operation of one disk goes wrong, in every operation on regions: each open, read, write and flush in
 * turn fails, fails although it happened, is torn, or hangs. The exit code says what is left, and what status
 * advises mends it.
 */
import t, { type Test } from "tap";
import { DvmError } from "../../../src/core/base/error.ts";
import { abort } from "../../../src/core/replicate/abort.ts";
import { commit } from "../../../src/core/replicate/commit.ts";
import { format } from "../../../src/core/replicate/format.ts";
import { history } from "../../../src/core/replicate/history.ts";
import { prepare } from "../../../src/core/replicate/prepare.ts";
import { read } from "../../../src/core/replicate/read.ts";
import { rebuild } from "../../../src/core/replicate/rebuild.ts";
import type { RegionSys } from "../../../src/core/replicate/set/region-set.ts";
import { status } from "../../../src/core/replicate/status.ts";
import { verify } from "../../../src/core/replicate/verify.ts";
import { type DiskFaults, type Fault, faultyDisks } from "../../../src/core/sim/faulty-disks.ts";
import { stepsOf } from "../../lib/region-advice.ts";
import {
  aged,
  imagesAfter,
  NEW,
  OLD,
  PAGES,
  prepared,
  type Row,
  regions,
  rows,
} from "../../lib/region-operations.ts";
import {
  addresses,
  codeOf,
  contentOf,
  disksWith,
  type Images,
  PAGE,
  regionSys,
  runOn,
} from "../../lib/region-world.ts";

t.setTimeout(0);

const faults: readonly Fault[] = [
  { kind: "fail" },
  { kind: "fail-after" },
  { kind: "tear", bytes: 512 },
  { kind: "hang" },
  { kind: "hang", lands: true },
];

/** Runs with one fault, and follows the advice afterwards, on disks that are well again. */
async function tryFault(
  t: Test,
  images: Images,
  row: Row,
  when: DiskFaults,
  what: string,
  through = false,
): Promise<string> {
  const { after, error } = await runOn(images, row.operation, { faults: when, through });
  const code = codeOf(error);
  const fail = (why: string) =>
    void t.fail(`${row.name}, ${what}: ${code} ${error instanceof Error ? error.message : ""}: ${why}`);
  const asBefore = code !== "" && code !== "HALF_DONE";
  if (asBefore && !["IO", "DEADLINE", ...row.codes].includes(code)) fail("is no promised code");
  const sys = regionSys(disksWith(after));
  const was = await status(regionSys(disksWith(images)), regions);
  let found = await status(sys, regions);
  if (asBefore && found.state !== was.state) fail(`the set is ${found.state} instead of ${was.state}`);
  for (let round = 0; round < 6; round++) {
    const [step] = stepsOf(found, regions);
    if (!step) break;
    await step.run(sys);
    found = await status(sys, regions);
  }
  if (found.state !== "clean") fail(`cannot be mended: ${found.state}, ${found.advice}`);
  const content = await read(sys, regions, undefined);
  if (![row.old, row.next].some((each) => each?.equals(content))) fail("neither old nor new");
  await verify(sys, regions);
  return code;
}

for (const row of rows) {
  t.test(`${row.name}: any one operation of any disk fails`, async (t) => {
    const images = await imagesAfter(row.before);
    let total = 0;
    const counting: DiskFaults = ({ number }) => {
      total = number + 1;
      return undefined;
    };
    const { error } = await runOn(images, row.operation, { faults: counting });
    t.equal(error, undefined);
    const codes = new Map<string, number>();
    for (let number = 0; number < total; number++) {
      for (const fault of faults) {
        const what = `operation ${number} ${JSON.stringify(fault)}`;
        const once: DiskFaults = (operation) => (operation.number === number ? fault : undefined);
        const code = await tryFault(t, images, row, once, what);
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }
    }
    for (const { path } of regions) {
      for (let number = 0; number < total; number += 2) {
        const gone: DiskFaults = (operation) =>
          operation.number >= number && operation.path === path ? { kind: "fail" } : undefined;
        await tryFault(t, images, row, gone, `${path} gone from operation ${number}`);
      }
    }
    t.ok(
      codes.size >= 2,
      `${total} operations: ${[...codes].map(([code, times]) => `${times} × ${code || "done"}`).join(", ")}`,
    );
  });
}

t.test("a sync that has not come to the superblock has changed nothing", async (t) => {
  const row = rows.find(({ name }) => name === "sync");
  if (!row) throw new Error("no sync");
  const images = await imagesAfter(row.before);
  const codes: string[] = [];
  for (let number = 0; ; number += 1) {
    let met = false;
    let writes = -1;
    const fails: DiskFaults = ({ kind }) => {
      if (kind !== "write" || ++writes !== number) return undefined;
      met = true;
      return { kind: "fail" };
    };
    const { error } = await runOn(images, row.operation, { faults: fails });
    if (!met) break;
    codes.push(codeOf(error));
  }
  t.ok(codes.length >= 2, `${codes.length} writes`);
  t.same(codes, [...Array(codes.length - 1).fill("IO"), "HALF_DONE"]);
});

t.test("reading works around any one failure, or refuses", async (t) => {
  const images = await imagesAfter(aged);
  let total = 0;
  await runOn(images, (sys) => read(sys, regions, undefined), {
    faults: ({ number }) => {
      total = number + 1;
      return undefined;
    },
  });
  for (let number = 0; number < total; number++) {
    for (const fault of [{ kind: "fail" }, { kind: "hang" }] as const) {
      const once: DiskFaults = (operation) => (operation.number === number ? fault : undefined);
      const { value, error } = await runOn(images, (sys) => read(sys, regions, undefined), { faults: once });
      t.ok(value?.equals(OLD) || codeOf(error) === "OUT_OF_SYNC", `operation ${number} ${fault.kind}s`);
      for (const look of [status, history] as const) {
        const answered = await runOn(images, (sys): Promise<object> => look(sys, regions), { faults: once });
        t.equal(codeOf(answered.error), "", `${look.name} answers`);
      }
      const checked = await runOn(images, (sys) => verify(sys, regions), { faults: once });
      t.ok(["", "CORRUPT", "OUT_OF_SYNC"].includes(codeOf(checked.error)), "verify says what it found");
    }
  }
});

t.test("a commit that every disk took and denies is one that may have been taken", async (t) => {
  const images = await imagesAfter([...aged, prepared]);
  for (const [kind, code, state] of [
    ["fail-after", "HALF_DONE", "clean"],
    ["fail", "IO", "preparing"],
  ] as const) {
    for (const through of [false, true]) {
      const { after, error } = await runOn(images, (sys) => commit(sys, regions), {
        through,
        faults: (operation) => (operation.kind === "write" ? { kind } : undefined),
      });
      t.equal(codeOf(error), code, `each write ends as ${kind}`);
      t.match(await status(regionSys(disksWith(after)), regions), { state });
    }
  }
});

t.test("a prepare that undoes itself has used up its transaction id, wherever it was heard of", async (t) => {
  const before = await imagesAfter(aged);
  const was = await status(regionSys(disksWith(before)), regions);
  let writes = 0;
  const { after, error } = await runOn(before, prepared, {
    faults: ({ kind, path }) =>
      kind === "write" && path === "d2" && ++writes === 2 ? { kind: "fail-after" } : undefined,
  });
  t.equal(codeOf(error), "IO");
  const found = await status(regionSys(disksWith(after)), regions);
  t.equal(found.state, "clean");
  for (const [n, { highestTxid, sequence }] of found.regions.entries()) {
    t.equal(highestTxid, 3, `region ${n}`);
    t.ok((sequence ?? 0) > (was.regions[n]?.sequence ?? 0), "each write of a superblock is counted");
  }
});

t.test("what hung is left alone, and the others are done", async (t) => {
  const images = await imagesAfter([...aged, prepared]);
  const disks = disksWith(images);
  let writes = 0;
  const hanging = faultyDisks(disks, ({ kind, path }) => {
    if (kind !== "write") return undefined;
    writes += 1;
    return path === "d1" ? { kind: "hang" } : undefined;
  });
  const error = await commit(regionSys(hanging), regions).catch((thrown) => thrown);
  t.match(error, { code: "HALF_DONE", details: { regions: [1], txid: 3 } });
  t.equal(writes, 3, "each was sent one write");
  const found = await status(regionSys(disks), regions);
  t.match(found, { state: "committing", advice: "commit", txid: 3 });
  t.same(
    found.regions.map(({ state }) => state),
    ["clean", "prepared", "clean"],
  );
  await commit(regionSys(disks), regions);
  t.same(await read(regionSys(disks), regions, undefined), NEW);
});

t.test("what a device that hung gives too late does not come over what another gave", async (t) => {
  const two = addresses(2, 256);
  const content = contentOf("long", 100 * PAGE);
  const disks = disksWith([Buffer.alloc(256 * PAGE), Buffer.alloc(256 * PAGE)]);
  await format(regionSys(disks), two, { force: false });
  await prepare(regionSys(disks), two, content, { newEpoch: false });
  await commit(regionSys(disks), two);
  const late: Uint8Array[] = [];
  const slow: RegionSys["disks"] = {
    ...disks,
    async open(path, mode) {
      const device = await disks.open(path, mode);
      return {
        ...device,
        async read(offset, buffer) {
          if (path === "d0" && buffer.length > PAGE) {
            late.push(buffer);
            throw new DvmError("DEADLINE", "d0: no answer");
          }
          await device.read(offset, buffer);
          for (const each of path === "d1" ? late : []) each.fill(0xff);
        },
      };
    },
  };
  t.ok((await read(regionSys(slow), two, undefined)).equals(content));
  t.not(late.length, 0);
});

t.test("a device that disappears between prepare and commit", async (t) => {
  const disks = disksWith(await imagesAfter([...aged, prepared]));
  const sys = regionSys(disks);
  const kept = Buffer.from(disks.bytes("d2"));
  disks.remove("d2");
  t.equal(codeOf(await commit(sys, regions).catch((error) => error)), "OUT_OF_SYNC");
  const found = await status(sys, regions);
  t.match(found.regions[2], { state: "unreadable", relation: "unusable", error: { code: "NOT_FOUND" } });
  t.equal(
    found.advice,
    "bring back the devices of regions 2, then commit on regions 0-1 alone, then sync regions 2 from " +
      "regions 0-1",
  );
  await commit(sys, regions.slice(0, 2));
  disks.create("d2", kept);
  t.match(
    await status(sys, regions),
    { state: "committing", advice: "commit" },
    "it comes back with what was prepared",
  );
  await commit(sys, regions);
  t.same(await read(sys, regions, undefined), NEW);
  for (const { path } of regions) disks.remove(path);
  t.equal(codeOf(await status(sys, regions).catch((error) => error)), "NOT_FOUND", "not one is there");
});

/** What a region can be like, none of which can be used. */
const UNUSABLE = {
  blank: (image: Buffer) => image.fill(0),
  lost: (image: Buffer) => image.fill(0, 0, PAGE),
  damaged: (image: Buffer) => image.fill(0xff, 100, 110),
  foreign: (image: Buffer) => Buffer.concat([image, image]).subarray(0, image.length + PAGE),
  short: (image: Buffer) => image.subarray(0, image.length - PAGE),
  gone: null,
  fail: (image: Buffer) => image,
  hang: (image: Buffer) => image,
} as const;
type Unusable = keyof typeof UNUSABLE;
const unusable = Object.keys(UNUSABLE) as readonly Unusable[];
const AWAY: readonly string[] = ["short", "gone", "fail", "hang"];

t.test("no region can be used: what is away is brought back, and nothing is put in its place", async (t) => {
  const images = await imagesAfter(aged);
  const pairs = unusable.flatMap((one) => unusable.map((other) => [one, other] as const));
  for (const states of pairs) {
    const disks = disksWith([]);
    const addressed = regions.slice(0, 2).map((region, n) => {
      const longer = states[n] === "foreign" ? 8 : 0;
      return { ...region, length: region.length + longer };
    });
    for (const [n, state] of states.entries()) {
      const bytes = UNUSABLE[state]?.(Buffer.from(images[n] as Buffer));
      if (bytes) disks.create(`d${n}`, bytes);
    }
    const faulty = faultyDisks(disks, ({ kind, path }) => {
      const state = states[Number(path.slice(1))];
      return kind === "read" && (state === "fail" || state === "hang") ? { kind: state } : undefined;
    });
    const what = states.join(" and ");
    const found = await status(regionSys(faulty), addressed).catch((error: unknown) => error);
    if (found instanceof DvmError) {
      t.ok(
        states.every((state) => state === "gone" || state === "short"),
        `${what}: ${found.message}`,
      );
      continue;
    }
    const { advice } = found as Awaited<ReturnType<typeof status>>;
    const away = [0, 1].filter((n) => AWAY.includes(states[n] ?? ""));
    t.equal(/format/.test(advice), away.length === 0 && !states.includes("foreign"), `${what}: ${advice}`);
    if (away.length > 0) {
      t.ok(advice.startsWith(`bring back the devices of regions ${away.join("-")}, then look`), advice);
      for (const n of away) disks.create(`d${n}`, images[n] as Buffer);
    } else if (states.includes("foreign")) {
      t.match(advice, /^look at regions .* with the region file and the dvm that they were made with$/);
    } else if (states.every((state) => state === "blank" || state === "lost")) {
      t.equal(advice, "format");
    } else {
      for (const [, index] of advice.matchAll(/rebuild --region (\d)/g))
        await rebuild(regionSys(disks), addressed, Number(index)).catch(() => undefined);
      const isThere = states.some((state) => state !== "blank");
      const after = await status(regionSys(disks), addressed);
      t.equal(
        after.regions.some(({ active }) => active !== null),
        isThere,
        `${what}: ${after.advice}`,
      );
      if (isThere && after.advice !== "nothing to do") {
        for (const step of stepsOf(after, addressed)) await step.run(regionSys(disks));
        t.equal((await status(regionSys(disks), addressed)).advice, "nothing to do", what);
      }
    }
  }
});

t.test("a read-only device is found out before anything is written", async (t) => {
  for (const row of rows) {
    const images = await imagesAfter(row.before);
    const disks = disksWith(images);
    disks.create("d2", images[2] as Buffer, { readOnly: true });
    const sys = regionSys(disks);
    const error = await row.operation(sys).catch((thrown) => thrown);
    t.equal(codeOf(error), "READ_ONLY", row.name);
    for (const [n, { path }] of regions.entries())
      t.ok(disks.bytes(path).equals(images[n] as Buffer), "is as before");
    if (row.old && row.name !== "sync") t.same(await read(sys, regions, undefined), row.old, "can be read");
  }
});

t.test("what does not fit is refused before anything is written", async (t) => {
  const images = await imagesAfter(aged);
  for (const [bytes, code] of [
    [contentOf("large", 27 * PAGE), "NO_SPACE"],
    [contentOf("larger", 32 * PAGE), "TOO_LARGE"],
  ] as const) {
    const { logs, error } = await runOn(images, (sys) => prepare(sys, regions, bytes, { newEpoch: false }));
    t.ok(error instanceof DvmError);
    t.equal(codeOf(error), code);
    t.same(logs.flat(), []);
  }
});

t.test("a region that takes no more can still be changed, and made smaller", async (t) => {
  for (const pages of [8, 32, 128]) {
    const small = addresses(2, pages);
    const sys = regionSys(disksWith(small.map(() => Buffer.alloc(pages * PAGE))));
    await format(sys, small, { force: false });
    const put = async (content: Buffer) => {
      await prepare(sys, small, content, { newEpoch: false });
      await commit(sys, small);
    };
    const failing = (content: Buffer) => put(content).then(() => "", codeOf);
    const content = contentOf("full", pages * PAGE);
    let held = 0;
    while ((await failing(content.subarray(0, (held + 1) * PAGE))) === "") held += 1;
    t.ok(held > 0 && held < pages - pages / 8, `${held} of ${pages} pages`);
    t.equal(await failing(content.subarray(0, (held + 1) * PAGE)), "NO_SPACE", "it stays so");
    const full = Buffer.from(content.subarray(0, held * PAGE));
    for (let n = 0; n < held; n += 1) {
      contentOf(`changed ${n}`, PAGE).copy(full, n * PAGE);
      await put(full);
    }
    for (; held > 0; held -= 1) await put(full.subarray(0, held * PAGE - 1));
    t.equal((await read(sys, small, undefined)).length, PAGE - 1);
    await put(content.subarray(0, PAGE));
  }
});

t.test("of equal roots one is read, and another only where that one is bad", async (t) => {
  const many = addresses(20, PAGES);
  const { after } = await runOn(
    many.map(() => Buffer.alloc(PAGES * PAGE)),
    (sys) => format(sys, many, { force: false }),
  );
  for (const [bad, reads] of [
    [0, many.length + 1],
    // Those that had waited for it ask for themselves then.
    [1, 2 * many.length],
  ] as const) {
    const images = after.map((image, n) => {
      const copy = Buffer.from(image);
      if (n < bad) copy[PAGE + 20] = 1;
      return copy;
    });
    let seen = 0;
    const { error } = await runOn(images, (sys) => abort(sys, many), {
      faults: ({ kind }) => {
        if (kind === "read") seen += 1;
        return undefined;
      },
    });
    t.equal(codeOf(error), "NOTHING_PREPARED", `${bad} bad: all know the root`);
    t.equal(seen, reads, `${bad} bad: superblocks and roots read`);
  }
});

t.test("a prepare reads in each region the tables that it shares, and no more", async (t) => {
  const many = addresses(20, 128);
  const content = contentOf("large", 60 * PAGE);
  let images: Images = many.map(() => Buffer.alloc(128 * PAGE));
  for (const step of [
    (sys: RegionSys) => format(sys, many, { force: false }),
    (sys: RegionSys) => prepare(sys, many, content, { newEpoch: false }),
    (sys: RegionSys) => commit(sys, many),
  ])
    images = (await runOn<unknown>(images, step)).after;
  const reads = async (next: Buffer) => {
    let count = 0;
    const { error } = await runOn(images, (sys) => prepare(sys, many, next, { newEpoch: false }), {
      faults: ({ kind }) => {
        if (kind === "read") count += 1;
        return undefined;
      },
    });
    t.equal(error, undefined);
    return count;
  };
  const changed = Buffer.from(content);
  contentOf("changed", PAGE).copy(changed, 50 * PAGE);
  // One superblock each; the root and what lies below it once.
  const other = await reads(changed);
  t.ok(other < many.length + 5, `${other} reads when the table changes with the content`);
  t.equal(await reads(content), other + many.length, "one more in each when it stays");
});

t.test("where writes are durable by themselves no flush is asked, and the order is the same", async (t) => {
  const images = await imagesAfter(aged);
  const update = async (sys: RegionSys) => [
    await prepare(sys, regions, NEW, { newEpoch: false }),
    await commit(sys, regions),
  ];
  const run = async (through: boolean) => {
    const asked: string[] = [];
    const { logs, value, after } = await runOn(images, update, {
      through,
      faults: ({ kind }) => void asked.push(kind),
    });
    t.equal(asked.includes("flush"), !through);
    const written = logs.map((log) => log.flatMap((entry) => (entry.kind === "write" ? [entry] : [])));
    t.ok(written.flat().every((entry) => entry.through === through));
    return { after, value, written: written.map((log) => log.map(({ through, ...entry }) => entry)) };
  };
  const [flushed, through] = [await run(false), await run(true)];
  t.same(through.written, flushed.written, "the same writes");
  t.same(through.after, flushed.after);
  t.match(through.value, [{ flushes: 6 }, { flushes: 3 }], "two points at which they are durable, and one");
  t.match(flushed.value, [{ flushes: 9 }, { flushes: 3 }], "and first, what was found is flushed");
  t.same(await read(regionSys(disksWith(through.after)), regions, undefined), NEW);
});

t.test("one operation goes wrong where writes are durable by themselves", async (t) => {
  for (const row of rows) {
    const images = await imagesAfter(row.before);
    let total = 0;
    const counting: DiskFaults = ({ number }) => {
      total = number + 1;
      return undefined;
    };
    await runOn(images, row.operation, { through: true, faults: counting });
    for (let number = 0; number < total; number++) {
      for (const fault of faults) {
        const once: DiskFaults = (operation) => (operation.number === number ? fault : undefined);
        await tryFault(t, images, row, once, `operation ${number} ${JSON.stringify(fault)}`, true);
      }
    }
    t.ok(total > 0, `${row.name}: ${total} operations`);
  }
});

t.test("an update costs what it changes", async (t) => {
  const large = addresses(2, 512);
  let images: Images = large.map(() => Buffer.alloc(512 * PAGE));
  const content = contentOf("large", 200 * PAGE);
  for (const step of [
    (sys: RegionSys) => format(sys, large, { force: false }),
    (sys: RegionSys) => prepare(sys, large, content, { newEpoch: false }),
    (sys: RegionSys) => commit(sys, large),
  ])
    images = (await runOn<unknown>(images, step)).after;
  const changed = Buffer.from(content);
  contentOf("changed", PAGE).copy(changed, 150 * PAGE);
  const { logs, value } = await runOn(images, async (sys) => {
    const done = await prepare(sys, large, changed, { newEpoch: false });
    return [done, await commit(sys, large)] as const;
  });
  for (const log of logs) {
    const kinds = log.map((entry) =>
      entry.kind === "flush" ? "flush" : entry.offset === 0 ? "superblock" : "pages",
    );
    t.same(
      kinds,
      ["flush", "pages", "flush", "superblock", "flush", "superblock", "flush"],
      "what was found, then three flushes, two superblocks",
    );
    const bytes = log
      .map((entry) => (entry.kind === "write" ? entry.bytes.length : 0))
      .reduce((a, b) => a + b, 0);
    t.equal(bytes, 3 * PAGE + 2 * 512, "a content page, its table, the root");
    t.comment(
      `measured ${bytes} bytes and ${kinds.filter((kind) => kind === "flush").length - 1} flushes per ` +
        "region and update, and one of what was found",
    );
  }
  t.match(value, [
    { pagesWritten: 6, bytesWritten: 2 * (3 * PAGE + 512), flushes: 6 },
    { pagesWritten: 0, bytesWritten: 1024, flushes: 2 },
  ]);
});
