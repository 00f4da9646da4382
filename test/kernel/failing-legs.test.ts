/**
 * A leg that fails between the programs around a metadata commit, and answers again later, on a real kernel:
 * what was written meanwhile is never read from it.
 */
import t from "tap";
import { emptyDisks } from "../lib/empty-disks.ts";
import { guestBundle } from "../lib/guest-bundle.ts";
import { requireKernel } from "../lib/kernel.ts";
import { bootUml } from "../lib/uml.ts";

/**
 * 1: it stays as it is, and planning again takes account of it. EIO: the leg is out, and the other one was
 * taken away.
 */
const expected: readonly (readonly [
  name: string,
  when: string,
  exits: readonly (number | NumberConstructor)[],
  mib: number,
])[] = [
  ["grows", "known", [0, 0], 6],
  ["grows", "planned", [0, 1], 4],
  ["grows", "prepared", [0, 1], 4],
  ["grows", "aborted", [0, 0], 4],
  ["with parity grows", "known", [0, 0], 6],
  // Of an array that was written to a moment ago the kernel may refuse a second one: dirty and degraded.
  ["with parity grows", "planned", [Number, 1], 4],
  ["with parity grows", "prepared", [0, 1], 4],
  ["with parity grows", "aborted", [0, 0], 4],
  ["shrinks", "known", [0, 0], 4],
  ["shrinks", "prepared", [0, 1], 6],
  ["grows below", "known", [0, 0], 6],
  ["grows below", "prepared", [0, 0], 6],
  ["grows below", "aborted", [0, 8], 4],
];

t.test("a leg that fails around a commit", async (t) => {
  if (!requireKernel(t)) return;
  const directory = t.testdir({});
  const program = await guestBundle(new URL("./failing-legs-guest.ts", import.meta.url), directory);
  const { output, console, status } = await bootUml({
    disks: emptyDisks(directory, 48 * 2 ** 20, "a", "b", "c"),
    modules: ["dm-mod", "raid1", "raid456", "dm-raid"],
    script: 'node "$PROGRAM" $DISK0 $DISK1 $DISK2',
    env: { PROGRAM: program },
  });
  t.equal(status, 0, "the guest's program", { output: output.slice(-3000), console: console.slice(-2000) });
  const lines = output.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []));
  for (const [name, when, exits, mib] of expected) {
    const came = lines.find((line) => line.name === name && line.when === when);
    t.match(came, { exits, size: mib * 2048, found: "b" }, `an array ${name}, ${when}`, { came });
    // A leg that was taken back has been rebuilt, one that was not is not read.
    t.equal(
      came?.alone,
      /^A+$/.test(came?.health ?? "") ? "b" : "EIO",
      `${name}, ${when}: the other leg alone`,
      {
        came,
      },
    );
  }
});
