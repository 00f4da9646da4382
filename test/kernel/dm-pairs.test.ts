import t from "tap";
import { emptyDisks } from "../lib/empty-disks.ts";
import { guestBundle } from "../lib/guest-bundle.ts";
import { requireKernel } from "../lib/kernel.ts";
import { bootUml } from "../lib/uml.ts";

const PAIRS = 500;
/** Changes of arrays and pools. */
const SCENES = 150;
const DISK_BYTES = 64 * 2 ** 20;

t.test("plans do on a real kernel what they do on the simulator", { timeout: 900_000 }, async (t) => {
  if (!requireKernel(t)) return;
  const pairs = process.env["DVM_PAIRS"] ?? String(PAIRS);
  const scenes = process.env["DVM_SCENES"] ?? String(SCENES);
  const directory = t.testdir({});
  const disks = emptyDisks(directory, DISK_BYTES, "a", "b", "c", "d");
  const program = await guestBundle(new URL("./dm-pairs-guest.ts", import.meta.url), directory);
  const { output, console } = await bootUml({
    disks,
    script: 'node "$PROGRAM" $PAIRS $SCENES $SEED $DISK0 $DISK1 $DISK2 $DISK3',
    env: {
      PROGRAM: program,
      PAIRS: pairs,
      SCENES: scenes,
      SEED: process.env["DVM_SEED"] ?? "20240607",
    },
  });
  const lines = output.split("\n").filter((line) => line !== "");
  t.strictSame(lines, [`done ${pairs} ${scenes}`], "none went wrong", { console });
  t.comment(`states ${pairs} pairs, and ${scenes} changes of arrays and pools on a real kernel`);
});
