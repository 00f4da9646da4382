/** Random VGs, by a kernel and without one by turns: see random-vgs-guest.ts. */
import t from "tap";
import { emptyDisks } from "../lib/empty-disks.ts";
import { guestBundle } from "../lib/guest-bundle.ts";
import { requireKernel } from "../lib/kernel.ts";
import { DISKS, sectorsFor } from "../lib/random-vgs.ts";
import { bootUml } from "../lib/uml.ts";

const VGS = 200;

t.test(`${VGS} random VGs`, async (t) => {
  if (!requireKernel(t)) return;
  const directory = t.testdir({});
  const program = await guestBundle(new URL("./random-vgs-guest.ts", import.meta.url), directory);
  const names = Array.from({ length: DISKS }, (_, index) => `disk${index}`);
  const { output, console, status } = await bootUml({
    disks: emptyDisks(directory, sectorsFor(VGS) * 512, ...names),
    script: `
      echo 1000000 >/proc/sys/dev/raid/speed_limit_min
      node "$PROGRAM" ${VGS} ${names.map((_, index) => `$DISK${index}`).join(" ")}`,
    env: { PROGRAM: program },
    memMb: 1200,
  });
  t.equal(status, 0, "the guest's program", { output: output.slice(-3000), console: console.slice(-2000) });
  const lines = output.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []));
  const vgs = lines.filter(({ vg }) => vg !== undefined);
  t.equal(vgs.length, VGS, "all of them");
  for (const { vg, wrong, kinds } of vgs) t.same(wrong, [], vg, { kinds });
  const done = lines.at(-1);
  t.comment(JSON.stringify(done));
  t.match(done?.planted, [/the kernel finds \d+ sectors that differ/], "and what differs is found");
  for (const kind of ["raid0", "raid1", "raid4", "raid5", "raid6", "raid10", "convert"])
    t.ok(vgs.filter(({ kinds }) => kinds.includes(kind)).length > 2, kind);
});
