/**
 * A power cut at any moment of an operation on 1, 2 or 3 regions, and at any moment of every recovery from
 * it, to the end: all states that can come about are followed until none is new.
 */
import t, { type Test } from "tap";
import { sha256 } from "../../src/core/base/bytes.ts";
import { abort } from "../../src/core/replicate/abort.ts";
import { commit } from "../../src/core/replicate/commit.ts";
import type { RegionAddress } from "../../src/core/replicate/disk/place.ts";
import { format } from "../../src/core/replicate/format.ts";
import { prepare } from "../../src/core/replicate/prepare.ts";
import { read } from "../../src/core/replicate/read.ts";
import type { RegionSys } from "../../src/core/replicate/set/region-set.ts";
import { status } from "../../src/core/replicate/status.ts";
import { sync } from "../../src/core/replicate/sync.ts";
import { verify } from "../../src/core/replicate/verify.ts";
import type { DiskFaults } from "../../src/core/sim/faulty-disks.ts";
import type { ReplicateStatus } from "../../src/schema/index.ts";
import { type Step, stepsOf } from "../lib/region-advice.ts";
import { crashesOfSet, everyCrashOfSet } from "../lib/region-crash.ts";
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

const PAGES = 18;
const OLD = contentOf("old", 5 * PAGE + 77);
const BEFORE = but([4], "before");
const NEW = but([1, 2, 4], "new");
const NEXT = contentOf("next", 2 * PAGE);
const EMPTY = Buffer.alloc(0);

type Operation = (sys: RegionSys) => Promise<unknown>;
type Kind = "clean" | "preparing" | "committing" | "out-of-sync" | "unformatted";

interface Scenario {
  readonly name: string;
  /** How many regions the operation writes to. */
  readonly count: number;
  readonly block?: number;
  /** The disks take writes that are durable by themselves. */
  readonly through?: boolean;
  /** Disks more, which it does not write to. */
  readonly extra?: number;
  readonly before: readonly Operation[];
  readonly operation: Operation;
  /** What goes wrong in it, so that it undoes itself. */
  readonly faults?: DiskFaults;
  /** States of the set that a power cut may leave. */
  readonly states: readonly Kind[];
  readonly contents: readonly Buffer[];
  /** What older transactions held that neither the operation nor the recovery may damage. */
  readonly past?: readonly { readonly txid: number; readonly bytes: Buffer }[];
}

/** What a power cut in a recovery may leave. */
const STATES: Readonly<Record<Step["verb"], readonly Kind[]>> = {
  commit: ["preparing", "committing", "clean"],
  abort: ["preparing", "clean"],
  sync: ["out-of-sync", "clean"],
  format: ["unformatted", "out-of-sync", "clean"],
};

const updated =
  (regions: readonly RegionAddress[], bytes: Buffer, newEpoch = false): Operation =>
  async (sys) => {
    await prepare(sys, regions, bytes, { newEpoch });
    await commit(sys, regions);
  };
const formatted =
  (regions: readonly RegionAddress[], force = false): Operation =>
  (sys) =>
    format(sys, regions, { force });
const prepared =
  (regions: readonly RegionAddress[], bytes: Buffer): Operation =>
  (sys) =>
    prepare(sys, regions, bytes, { newEpoch: false });

/** OLD with other bytes in some pages. */
function but(pages: readonly number[], name: string): Buffer {
  const bytes = Buffer.from(OLD);
  for (const page of pages) contentOf(`${name} ${page}`, PAGE).copy(bytes, page * PAGE);
  return bytes;
}

/**
 * Generations that bring OLD page by page, with others between that are free by now. The ring comes round.
 */
function aged(regions: readonly RegionAddress[]): Operation[] {
  return [
    formatted(regions),
    updated(regions, but([0, 1, 2, 3, 4], "first")),
    updated(regions, but([1, 2, 3, 4], "second")),
    updated(regions, but([2, 3, 4], "third")),
    updated(regions, but([3, 4], "fourth")),
    updated(regions, BEFORE),
    updated(regions, OLD),
  ];
}

/** The disk has taken the superblock with the shadow, and then says that it cannot make it durable. */
function secondTimeOf(durable: "flush" | "write", disk: string): DiskFaults {
  let times = 0;
  return ({ kind, path }) =>
    kind === durable && path === disk && ++times === 2 ? { kind: "fail-after" } : undefined;
}

function scenariosFor(count: number, block: number, through: boolean): Scenario[] {
  const regions = addresses(count, PAGES);
  const source = addresses(count + 1, PAGES).slice(count);
  const both = addresses(count + 1, PAGES);
  const synced: Operation = (sys) => sync(sys, both, source, { force: false });
  const common = { count, block, through, contents: [OLD, NEW], before: aged(regions) };
  return [
    {
      ...common,
      name: "prepare",
      operation: prepared(regions, NEW),
      states: ["clean", "preparing"],
      past: [{ txid: 6, bytes: BEFORE }],
    },
    {
      ...common,
      name: "prepare of something larger",
      operation: prepared(regions, NEXT),
      states: ["clean", "preparing"],
      contents: [OLD, NEXT],
    },
    {
      ...common,
      name: "prepare that fails and undoes itself",
      operation: prepared(regions, NEW),
      faults: secondTimeOf(through ? "write" : "flush", `d${count - 1}`),
      states: ["clean", "preparing"],
      past: [{ txid: 6, bytes: BEFORE }],
    },
    {
      ...common,
      name: "commit",
      before: [...aged(regions), prepared(regions, NEW)],
      operation: (sys) => commit(sys, regions),
      states: ["preparing", "committing", "clean"],
    },
    {
      ...common,
      name: "abort",
      before: [...aged(regions), prepared(regions, NEW)],
      operation: (sys) => abort(sys, regions),
      states: ["preparing", "clean"],
    },
    {
      ...common,
      name: "a whole update, with the power cut anywhere in it",
      operation: updated(regions, NEW),
      states: ["clean", "preparing", "committing", "out-of-sync"],
    },
    {
      ...common,
      name: "format",
      before: [],
      operation: formatted(regions),
      states: ["unformatted", "out-of-sync", "clean"],
      contents: [EMPTY],
    },
    {
      ...common,
      name: "format --force",
      operation: formatted(regions, true),
      states: ["clean", "out-of-sync"],
      contents: [OLD, EMPTY],
    },
    {
      ...common,
      name: "format --force where the next page of the ring is in use",
      before: [...aged(regions), updated(regions, OLD)],
      operation: formatted(regions, true),
      states: ["clean", "out-of-sync"],
      contents: [OLD, EMPTY],
    },
    {
      ...common,
      name: "sync of regions that a commit has not reached",
      extra: 1,
      before: [...aged(both), prepared(both, NEW), (sys) => commit(sys, source)],
      operation: synced,
      states: ["committing", "clean"],
      contents: [NEW],
    },
    {
      ...common,
      name: "sync of regions that have something prepared which was given up elsewhere",
      extra: 1,
      before: [...aged(both), prepared(both, NEW), (sys) => abort(sys, source), updated(source, NEXT, true)],
      operation: synced,
      states: ["out-of-sync", "clean"],
      contents: [NEXT],
    },
    {
      ...common,
      name: "sync of regions that missed an update",
      extra: 1,
      before: [...aged(both), updated(source, NEW, true)],
      operation: synced,
      states: ["out-of-sync", "clean"],
      contents: [NEW],
    },
    {
      ...common,
      name: "sync of blank regions",
      extra: 1,
      before: aged(source),
      operation: synced,
      states: ["out-of-sync", "clean"],
      contents: [OLD],
    },
  ];
}

/** A state to be looked at, and what is known of how it came about. */
interface Reached {
  readonly images: Images;
  readonly from: string;
  readonly states: readonly Kind[];
  /** Content that was decided on: no later state may go back on it. */
  readonly decided: Buffer | null;
  /** The side of a split brain that was chosen. */
  readonly kept: string | null;
}

/** Follows every state from the first to the last. @returns how many there were */
async function explore(t: Test, scenario: Scenario): Promise<{ combinations: number; distinct: number }> {
  const { count, extra = 0, block = 512, through = false } = scenario;
  const regions = addresses(count + extra, PAGES);
  const known = new Set<string>();
  const queue: Reached[] = [];
  let combinations = 0;
  const enqueue = async (run: Operation, reached: Reached, faults?: DiskFaults) => {
    const { from, kept, decided } = reached;
    const { after, logs, error } = await runOn(reached.images, run, {
      logicalBlockSize: block,
      through,
      ...(faults && { faults }),
    });
    if (error && !faults) throw new Error(`${from}: ${error}`, { cause: error });
    const crashes = await crashesOfSet(reached.images, logs, block);
    combinations += crashes.combinations;
    for (const [name, images] of [...crashes.distinct, [`end of ${from}`, after] as const]) {
      const key = [kept, decided && sha256(decided).toString("hex"), name].join(" ");
      if (!known.has(key)) queue.push({ ...reached, images });
      known.add(key);
    }
  };
  const images = await imagesBefore(scenario);
  const start = { images, from: scenario.name, states: scenario.states, decided: null, kept: null };
  await enqueue(scenario.operation, start, scenario.faults);
  for (let next = queue.shift(); next; next = queue.shift()) {
    const found = await status(regionSys(disksWith(next.images, block)), regions);
    const content = await check(t, scenario, next, found);
    const decided = found.state === "committing" ? content : next.decided;
    const steps = stepsOf(found, regions).filter(({ keeps }) => !keeps || !next.kept || keeps === next.kept);
    for (const { verb, name, run, keeps } of steps) {
      const from = `${next.from}, ${name}`;
      const states = found.state === "out-of-sync" ? [...STATES[verb], "out-of-sync" as const] : STATES[verb];
      await enqueue(run, {
        images: next.images,
        from,
        states,
        decided,
        kept: keeps ?? next.kept,
      });
    }
  }
  return { combinations, distinct: known.size };
}

async function imagesBefore({ count, extra = 0, block = 512, before }: Scenario): Promise<Images> {
  let images: Images = Array.from({ length: count + extra }, () => Buffer.alloc(PAGES * PAGE));
  for (const step of before) {
    const { after, error } = await runOn(images, step, { logicalBlockSize: block });
    if (error) throw error;
    images = after;
  }
  return images;
}

/** What must hold in every state. @returns what a read gives */
async function check(
  t: Test,
  scenario: Scenario,
  reached: Reached,
  found: ReplicateStatus,
): Promise<Buffer | null> {
  const { count, extra = 0, block = 512, contents, past = [] } = scenario;
  const regions = addresses(count + extra, PAGES);
  const sys = regionSys(disksWith(reached.images, block));
  const fail = (what: unknown) => void t.fail(`${reached.from}: ${found.state} (${found.advice}): ${what}`);
  if (!reached.states.includes(found.state)) fail("may not be");
  if (found.state === "out-of-sync" || found.state === "unformatted") {
    const code = codeOf(await read(sys, regions, undefined).catch((error) => error));
    if (code !== "OUT_OF_SYNC") fail(`a read says ${code}`);
    const verified = codeOf(await verify(sys, regions).catch((error) => error));
    if (found.state === "out-of-sync" && verified !== "OUT_OF_SYNC") fail(`verify says ${verified}`);
    return null;
  }
  const bytes = await read(sys, regions, undefined);
  if (!contents.some((each) => bytes.equals(each))) fail("neither old nor new");
  if (reached.decided && !reached.decided.equals(bytes)) fail("takes back what was decided");
  for (const old of past)
    if (!(await read(sys, regions, old.txid)).equals(old.bytes)) fail(`transaction ${old.txid} is damaged`);
  if ((await verify(sys, regions)).regions.some(({ damaged }) => damaged)) fail("pages are damaged");
  if (sys.warnings.some((warning) => /hash/.test(warning))) fail(sys.warnings);
  if (found.state !== "clean") return bytes;
  await updated(regions, NEXT)(sys);
  if (!(await read(sys, regions, undefined)).equals(NEXT)) fail("cannot be updated");
  return bytes;
}

// How long it takes is no matter: it must end, and it does.
t.setTimeout(0);

const totals = { combinations: 0, distinct: 0 };
for (const [count, block, through] of [
  [1, 512, false],
  [2, 512, false],
  [3, 512, false],
  [1, 4096, false],
  [2, 4096, false],
  [2, 512, true],
] as const) {
  t.test(`${count} regions on blocks of ${block}${through ? ", written through" : ""}`, async (t) => {
    for (const scenario of scenariosFor(count, block, through)) {
      const { combinations, distinct } = await explore(t, scenario);
      totals.combinations += combinations;
      totals.distinct += distinct;
      t.ok(distinct > 1, `${scenario.name}: ${combinations} crash states, ${distinct} of them differ`);
    }
  });
}

t.test("states that are taken for one behave as one", async (t) => {
  let compared = 0;
  for (const [count, block] of [
    [1, 512],
    [2, 4096],
  ] as const) {
    for (const scenario of scenariosFor(count, block, false)) {
      const images = await imagesBefore(scenario);
      const regions = addresses(images.length, PAGES);
      const { logs } = await runOn(images, scenario.operation, { logicalBlockSize: block });
      const seen = new Map<string, string>();
      for await (const [name, crashed] of everyCrashOfSet(images, logs, block)) {
        const sys = regionSys(disksWith(crashed, block));
        const { state, advice } = await status(sys, regions);
        const content = await read(sys, regions, undefined).catch((error) => Buffer.from(codeOf(error)));
        const behaviour = `${state}: ${advice}: ${sha256(content).toString("hex")}`;
        if ((seen.get(name) ?? behaviour) !== behaviour)
          t.fail(`${scenario.name}: ${seen.get(name)} and ${behaviour}`);
        seen.set(name, behaviour);
        compared += 1;
      }
    }
  }
  t.ok(compared > 1000, `${compared} states, none of them merged`);
});

t.teardown(() => {
  t.comment(
    `states ${totals.combinations} after power cuts, ${totals.distinct} that differ in what can be ` +
      "reached, each checked and recovered",
  );
});
