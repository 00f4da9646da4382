import t from "tap";
import { type Came, expectedOf, programCases } from "../contract/programs.ts";
import { emptyDisks } from "../lib/empty-disks.ts";
import { guestBundle } from "../lib/guest-bundle.ts";
import { requireKernel } from "../lib/kernel.ts";
import { bootUml } from "../lib/uml.ts";

t.test("programs on a real kernel", async (t) => {
  if (!requireKernel(t)) return;
  const directory = t.testdir({});
  const program = await guestBundle(new URL("./programs-guest.ts", import.meta.url), directory);
  const { output, console, status } = await bootUml({
    disks: emptyDisks(directory, 16 * 2 ** 20, "disk"),
    modules: ["dm-mod", "dm-zero", "dm-snapshot", "dm-flakey"],
    script: 'node "$PROGRAM" $DISK0',
    env: { PROGRAM: program },
  });
  t.equal(status, 0, "the guest's program", { output: output.slice(-3000), console: console.slice(-2000) });
  const lines = output.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []));
  for (const each of programCases) {
    for (const how of ["ready", "plain"]) {
      const came: Partial<Came> =
        lines.find((line) => line.name === each.name && line.how === how)?.came ?? {};
      const { exit, trace, suspensions, values, state, reason, locked, majorFaults } = came;
      t.strictSame({ exit, trace, suspensions, values, state }, expectedOf(each), `${each.name}, ${how}`, {
        came,
      });
      if (each.reason) t.match(reason, each.reason, "the kernel's reason");
      if (how === "plain") continue;
      t.equal(
        locked === true,
        each.suspensions !== undefined,
        "locked where something is suspended, only there",
      );
      t.equal(majorFaults ?? 0, 0, "major faults");
    }
  }
  const long = lines.find((line) => line.name === "long answers");
  t.match(long, { listed: 150, lines: 3000, status: 3000 }, "answers of any length");
  t.match(long?.one, [{ start: 2999 * 8, type: "error" }], "one line of them");
  t.match(
    lines.find((line) => line.name === "raw"),
    { table: [{ length: 8192, type: "flakey", params: /^\d+:\d+ 8 3600 0/ }], deps: 1 },
    "a target that we know nothing about",
  );
  const merge = lines.find((line) => line.name === "merge");
  t.match(merge, { refused: /^info o: EBUSY \(it is open once/ }, "not while its origin is open");
  t.same(merge?.before.sort(), ["cow", "o", "real", "s"], "which leaves everything as it is");
  t.match(merge, { exits: [0, 0, 0, 0, 0, 0], merged: true, same: true }, "a live snapshot is merged back");
  t.same(merge?.names.sort(), ["cow", "o", "real"], "and gone");
  t.match(
    lines.find((line) => line.name === "merge ended"),
    { left: 0 },
  );
  for (const how of ["ready", "plain"]) {
    const inside = lines.find((line) => line.name === "long answers inside" && line.how === how);
    t.match(
      inside,
      {
        lines: 3000,
        suspended: false,
        failed: [{ op: "message", errno: "ENOBUFS", reason: /it was done, but/ }],
      },
      `${how}: room for what the program loads itself; a message has only so much`,
      { inside },
    );
    t.equal(inside?.failed?.length, 1);
  }
});
