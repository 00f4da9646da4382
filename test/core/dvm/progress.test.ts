/** What is told of work under way comes to its end: a line on a terminal is left open otherwise. */
import t from "tap";
import { Machine } from "../../lib/machine.ts";
import { mustType } from "../../lib/typed.ts";

t.test("an LV is written and read", async (t) => {
  const machine = new Machine();
  machine.disk("/dev/sdb", 64 << 20);
  await mustType(machine, "dvm init vg /dev/sdb --region-size 1M");
  await mustType(machine, "dvm create-lv vg/l --size 4M --inactive");
  machine.files.set("content", Buffer.alloc(3 << 20, "x"));
  for (const [line, what, size] of [
    ["dvm import vg/l content", "importing vg/l (MiB)", 3],
    ["dvm export vg/l copy", "exporting vg/l (MiB)", 4],
  ] as const) {
    machine.progress.length = 0;
    await mustType(machine, line);
    const told = machine.progress.filter(([each]) => each === what);
    t.strictSame(
      told.map(([, done, total]) => [done, total]),
      Array.from({ length: size }, (_, n) => [n + 1, size]),
      line,
    );
  }
});
