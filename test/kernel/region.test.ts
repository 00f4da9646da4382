/**
 * Regions on a real kernel: disks that fail or hang in the middle of updates, and machines that lose power.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { hostDisks } from "../../src/core/host/disk/disks.ts";
import { read } from "../../src/core/replicate/read.ts";
import { status } from "../../src/core/replicate/status.ts";
import { emptyDisks } from "../lib/empty-disks.ts";
import { guestBundle } from "../lib/guest-bundle.ts";
import { requireKernel } from "../lib/kernel.ts";
import { orNightly } from "../lib/nightly.ts";
import { numberIn } from "../lib/numbered-content.ts";
import { random } from "../lib/random.ts";
import { regionSys } from "../lib/region-world.ts";
import { bootUml, DM_MODULES, startUml } from "../lib/uml.ts";

t.setTimeout(0);

const guest = new URL("./region-guest.ts", import.meta.url);
const SECTORS = 1024;
/** Machines that run at the same time, each with disks of its own, and how often each loses its power. */
const MACHINES = 2;
const POWER_CUTS = orNightly(8, 25);
/** A cut falls after one of so many writes and flushes, about those of three updates. */
const STEPS = 90;

const disksIn = (directory: string): string[] => emptyDisks(directory, SECTORS * 512, "a", "b", "c");

t.test("disks that fail and hang", async (t) => {
  if (!requireKernel(t)) return;
  const directory = t.testdir({});
  const disks = disksIn(directory);
  const program = await guestBundle(guest, directory);
  const script = 'node "$PROGRAM" faults $DISK0 $DISK1 $DISK2';
  const { output, console } = await bootUml({
    disks,
    script,
    // Without the driver beside which no write is taken for durable by itself.
    modules: DM_MODULES.filter((name) => name !== "dm-writecache"),
    env: { PROGRAM: program, DM_DISABLE_UDEV: "1" },
  });
  const lines = output.split("\n").filter((line) => /^(not )?ok /.test(line));
  for (const line of lines)
    t.ok(line.startsWith("ok "), line.replace(/^(not )?ok /, ""), { output, console });
  t.ok(lines.includes("ok it came to its end"), "all was tried", { output: output.slice(-4000) });
});

interface Cut {
  readonly state: string;
  /** The number of the last update of which the machine said that it was committed. */
  readonly last: number;
  /** What the next one has to find when it has ended what was interrupted. */
  readonly next: number;
}

/** Lets a machine update, pulls the plug after so many steps, and looks at the disks. */
async function pullThePlug(
  t: Test,
  disks: readonly string[],
  program: string,
  before: Cut,
  steps: number,
): Promise<Cut> {
  const script = 'node "$PROGRAM" loop $DISK0 $DISK1 $DISK2';
  const uml = startUml({ disks, script, modules: [], memMb: 256, env: { PROGRAM: program } });
  let taken = 0;
  uml.onLine((line) => {
    if (/^(write|flush)$/.test(line) && ++taken === steps) void uml.kill();
  });
  const { output, console, reason } = await uml.wait();
  if (reason !== "killed" || taken < steps) throw new Error(`${reason}\n${output}\n${console}`);
  const mended = Number(/^mended (\d+)$/m.exec(output)?.[1]);
  t.equal(mended, before.next, `after a cut that left ${before.state}, ${before.last} being committed`);
  const last = [...output.matchAll(/^(?:mended|committed) (\d+)$/gm)].map(([, n]) => Number(n)).at(-1) ?? 0;

  const sys = regionSys(hostDisks({ deadlineMs: 30_000 }));
  const regions = disks.map((path) => ({ path, offset: 0, length: SECTORS }));
  const found = await status(sys, regions);
  t.ok(["clean", "preparing", "committing"].includes(found.state), `the set is ${found.state}`, found);
  const content = numberIn(await read(sys, regions, undefined));
  // What it said last may be lost with it, what it wrote is not: so a later one is right as well.
  t.ok(content >= last, `${content} is ${last}, said to be committed, or a later one`);
  return { state: found.state, last, next: content };
}

t.test("machines that lose power", async (t) => {
  if (!requireKernel(t)) return;
  const directory = t.testdir({});
  const program = await guestBundle(guest, directory);
  const states = new Map<string, number>();
  let updates = 0;
  const machine = async (name: string) => {
    const home = join(directory, name);
    mkdirSync(home);
    const disks = disksIn(home);
    const draw = random(name);
    let cut: Cut = { state: "nothing", last: 0, next: 0 };
    for (let n = 0; n < POWER_CUTS; n++) {
      cut = await pullThePlug(t, disks, program, cut, 1 + Math.floor(draw() * STEPS));
      states.set(cut.state, (states.get(cut.state) ?? 0) + 1);
    }
    updates += cut.last;
  };
  await Promise.all(Array.from({ length: MACHINES }, (_, n) => machine(`plug ${n}`)));
  const found = [...states].map(([state, count]) => `${count} ${state}`).join(", ");
  t.ok((states.get("clean") ?? 0) < MACHINES * POWER_CUTS, `cuts fall into updates: ${found}`);
  t.comment(`states ${MACHINES * POWER_CUTS} power cuts, ${updates} updates: ${found}`);
});
