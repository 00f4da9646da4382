/** Regions on a real kernel: disks that fail, hang or vanish in the middle of updates, and machines that lose power. */
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { hostDisks } from "../../src/core/host/disks.ts";
import { read } from "../../src/core/region/read.ts";
import { status } from "../../src/core/region/status.ts";
import { guestBundle } from "../lib/guest-bundle.ts";
import { requireKernel } from "../lib/kernel.ts";
import { random } from "../lib/random.ts";
import { regionSys } from "../lib/region-world.ts";
import { bootUml, startUml } from "../lib/uml.ts";

t.setTimeout(0);

const guest = new URL("./region-guest.ts", import.meta.url);
const SECTORS = 1024;
const POWER_CUTS = 5;

function disksIn(directory: string): string[] {
  return [0, 1, 2].map((n) => {
    const path = join(directory, `disk${n}.img`);
    writeFileSync(path, "");
    truncateSync(path, SECTORS * 512);
    return path;
  });
}

t.test("disks that fail, hang and vanish", async (t) => {
  if (!requireKernel(t)) return;
  const directory = t.testdir({});
  const disks = disksIn(directory);
  const program = await guestBundle(guest, directory);
  const script = 'node "$PROGRAM" faults $DISK0 $DISK1 $DISK2';
  const { output, console } = await bootUml({
    disks,
    script,
    env: { PROGRAM: program, DM_DISABLE_UDEV: "1" },
  });
  const lines = output.split("\n").filter((line) => /^(not )?ok /.test(line));
  for (const line of lines)
    t.ok(line.startsWith("ok "), line.replace(/^(not )?ok /, ""), { output, console });
  const cuts = lines.find((line) => line.startsWith("ok 50 cuts"));
  t.ok(cuts, "it came to its end", { output: output.slice(-4000) });
  t.comment(`states ${cuts?.slice(3)}`);
});

/** Lets a guest update for a while, pulls the plug, and looks at the disks. @returns the last number committed */
async function pullThePlug(
  t: Test,
  disks: readonly string[],
  program: string,
  committed: number,
  draw: () => number,
): Promise<number> {
  const script = 'node "$PROGRAM" loop $DISK0 $DISK1 $DISK2';
  const uml = startUml({ disks, script, env: { PROGRAM: program } });
  const mended = Number((await uml.line(/^mended \d+/)).split(" ")[1]);
  t.ok(mended >= committed, `what was committed is there after ${committed}: ${mended}`);
  await uml.line(/^committed \d+/);
  await new Promise((resolve) => setTimeout(resolve, draw() * 300));
  const { output } = await uml.kill();
  const last = Math.max(...[...output.matchAll(/^committed (\d+)$/gm)].map(([, n]) => Number(n)));
  const sys = regionSys(hostDisks({ deadlineMs: 30_000 }));
  const regions = disks.map((path) => ({ path, offset: 0, length: SECTORS }));
  const found = await status(sys, regions);
  t.ok(["clean", "preparing", "committing"].includes(found.state), `the set is ${found.state}`, found);
  const content = (await read(sys, regions, undefined)).toString("latin1");
  const n = Number(/#(\d+)$/.exec(content)?.[1]);
  t.ok(n >= last && n <= last + 1, `${n} is what was said to be committed, ${last}, or the next`);
  return last;
}

t.test("machines that lose power", async (t) => {
  if (!requireKernel(t)) return;
  const directory = t.testdir({});
  const disks = disksIn(directory);
  const program = await guestBundle(guest, directory);
  const draw = random("plug");
  let committed = 0;
  for (let cut = 0; cut < POWER_CUTS; cut++)
    committed = await pullThePlug(t, disks, program, committed, draw);
  t.comment(`states ${POWER_CUTS} power cuts, ${committed} updates`);
});
