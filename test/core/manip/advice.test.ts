/** Each command of its own that manip names in a message is given in the state that it is named in, and helps. */
import t from "tap";
import type { Metadata } from "../../../src/schema/index.ts";
import { pvId, VolumeWorld } from "../../lib/volume-world.ts";

type Options = Readonly<Record<string, unknown>>;
type Step = readonly [verb: string, options: Options];

interface Row {
  readonly made: readonly Step[];
  /** It is refused, or told of, with a command in the message. */
  readonly step: Step;
  readonly says: RegExp;
  /** Goes once the command has been given; not when that is all. */
  readonly next?: Step;
  readonly pvs?: number;
}

const PV = [pvId(0)];
const LV: Step = ["create-lv", { name: "a", extents: "4", pv: PV }];
const CACHED: Step = ["cache", { name: "a", size: "1M", pv: [pvId(1)] }];
const BACK: Step = ["cache", { name: "a", size: "1M", pv: [pvId(1)], mode: "writeback" }];
const SNAPSHOT: Step = ["snapshot", { name: "s", origin: "a", extents: "1" }];
const FINISH = { name: "s", finish: true };

const ROWS: Readonly<Record<string, Row>> = {
  "what is cached is cached again": {
    made: [LV, CACHED],
    step: CACHED,
    says: /^LV a is cached already: manip uncache --name a ends that$/,
  },
  "a cache ends that nothing flushes": {
    made: [LV, BACK],
    step: ["uncache", { name: "a", finish: true }],
    says: /not being flushed: manip uncache --name a begins that$/,
    next: ["uncache", { name: "a", finish: true }],
  },
  "a cache is given up": {
    made: [LV, BACK],
    step: ["uncache", { name: "a", drop: true, force: true }],
    says: /is given up: manip uncache --name a --drop lets it go$/,
  },
  "a merge ends that has not begun": {
    made: [LV, SNAPSHOT, ["merge", { name: "s", later: true }]],
    step: ["merge", FINISH],
    says: /has not begun: manip merge --name s begins it$/,
    next: ["merge", FINISH],
  },
  "a merge is given up that has begun": {
    made: [LV, SNAPSHOT, ["merge", { name: "s" }]],
    step: ["merge", { name: "s", abort: true }],
    says: /let it end, then manip merge --name s --finish$/,
  },
  "a merge that could overflow another snapshot": {
    made: [LV, SNAPSHOT, ["snapshot", { name: "o", origin: "a", extents: "1" }]],
    step: ["merge", { name: "s" }],
    says: /manip extend-lv --name o --extents \d+ makes that one safe, and --force takes the risk$/,
    next: ["merge", { name: "s" }],
  },
  "one with as many copies as can be becomes another type": {
    made: [["create-lv", { name: "a", extents: "1", mirrors: 9 }]],
    step: ["convert", { name: "a", type: "linear" }],
    says: /more than 10 for a time: manip mirror --name a --mirrors 8 makes them fewer$/,
    next: ["convert", { name: "a", type: "linear" }],
    pvs: 12,
  },
};

for (const [what, { made, step, says, next, pvs = 3 }] of Object.entries(ROWS))
  t.test(what, async (t) => {
    const world = new VolumeWorld({ pvs, extents: 128, content: false });
    const change = (from: Metadata, [verb, options]: Step) => world.manip(verb, options, from);
    const before = made.reduce(change, world.metadata);
    const { message, after } = said(world, before, () => change(before, step));
    t.match(message, says);
    const helped = change(after, commandIn(message));
    t.notSame(helped, after, "it does something");
    if (next) t.doesNotThrow(() => change(helped, next), "and leads out of it");
  });

/** What a refusal says, or what is told; and the metadata after that. */
function said(
  world: VolumeWorld,
  before: Metadata,
  step: () => Metadata,
): { message: string; after: Metadata } {
  try {
    const after = step();
    return { message: world.told.at(-1) ?? "", after };
  } catch (thrown) {
    return { message: (thrown as Error).message, after: before };
  }
}

/** `manip VERB --option VALUE --flag` as a step. */
function commandIn(message: string): Step {
  const [, verb = "", words = ""] =
    /\bmanip ([a-z-]+)((?: --[a-z]+(?: (?!ends|begins|lets)[\w]+)?)+)/.exec(message) ?? [];
  const options = [...words.matchAll(/--([a-z]+)(?: (\w+))?/g)].map(([, name, value]) => [
    name,
    value ?? true,
  ]);
  return [verb, Object.fromEntries(options)];
}
