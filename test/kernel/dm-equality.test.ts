import t from "tap";
import { emptyDisks } from "../lib/empty-disks.ts";
import { guestBundle } from "../lib/guest-bundle.ts";
import { requireKernel } from "../lib/kernel.ts";
import { bootUml } from "../lib/uml.ts";

const PROGRAMS = 2000;
/** Sparse: room for each program to begin on sectors that nobody has written to. */
const DISK_BYTES = 32 * 2 ** 30;

t.test("the simulator does what a real kernel does, program by program", { timeout: 900_000 }, async (t) => {
  if (!requireKernel(t)) return;
  const directory = t.testdir({});
  const disks = emptyDisks(directory, DISK_BYTES, "a", "b");
  const program = await guestBundle(new URL("./dm-equality-guest.ts", import.meta.url), directory);
  const count = process.env["DVM_PROGRAMS"] ?? String(PROGRAMS);
  const { output, console } = await bootUml({
    disks,
    script: 'node "$PROGRAM" $COUNT $SEED $FIRST $DISK0 $DISK1',
    env: {
      PROGRAM: program,
      COUNT: count,
      SEED: process.env["DVM_SEED"] ?? "20240607",
      FIRST: process.env["DVM_FIRST"] ?? "0",
    },
  });
  const lines = output.split("\n").filter((line) => line !== "");
  t.strictSame(lines, [`done ${count}`], "they agree about every program", { console });
  t.comment(`states ${count} programs on the simulator and on a real kernel`);
});
