import t from "tap";
import { emptyDisks } from "../lib/empty-disks.ts";
import { guestBundle } from "../lib/guest-bundle.ts";
import { requireKernel } from "../lib/kernel.ts";
import { bootUml } from "../lib/uml.ts";

const PAIRS = 500;
const DISK_BYTES = 64 * 2 ** 20;

t.test("plans do on a real kernel what they do on the simulator", { timeout: 900_000 }, async (t) => {
  if (!requireKernel(t)) return;
  const directory = t.testdir({});
  const disks = emptyDisks(directory, DISK_BYTES, "a", "b", "c", "d");
  const program = await guestBundle(new URL("./dm-pairs-guest.ts", import.meta.url), directory);
  const { output, console } = await bootUml({
    timeoutMs: 800_000,
    disks,
    script: 'node "$PROGRAM" $PAIRS $SEED $DISK0 $DISK1 $DISK2 $DISK3',
    env: { PROGRAM: program, PAIRS: String(PAIRS), SEED: process.env["DVM_SEED"] ?? "20240607" },
  });
  const lines = output.split("\n").filter((line) => line !== "");
  t.strictSame(lines, [`done ${PAIRS}`], "no pair went wrong", { console });
  t.comment(`states ${PAIRS} pairs on a real kernel`);
});
