/** What is left half way says that tm recover is to be run, and that leads out of it. */
import t from "tap";
import { createLv, lvNames, machineWithVg, recover } from "../../lib/vg.ts";

/** Each says when steps of the machine begin to fail; from then on all of that kind do. */
const rows: readonly (readonly [
  what: string,
  message: RegExp,
  fails: () => (step: string) => boolean,
  isMade: boolean,
])[] = [
  [
    "devices are not made after the commit",
    /the metadata is committed as transaction \d+, but then: .*; run (tm \w+)$/,
    () => (step) => step.startsWith("dm resume"),
    true,
  ],
  [
    "what was prepared cannot be undone",
    /; then undoing failed too: .*; run (tm \w+)$/,
    () => {
      let hasFailed = false;
      return (step) => {
        hasFailed ||= step.startsWith("dm create") || step.startsWith("dm load");
        return hasFailed;
      };
    },
    false,
  ],
  [
    "a region is not reached by the commit",
    /the commit did not reach every region: .*; run (tm \w+)$/,
    () => {
      let isLoaded = false;
      return (step) => {
        isLoaded ||= step.startsWith("dm load");
        return isLoaded && step.startsWith("write /dev/b");
      };
    },
    true,
  ],
];

for (const [what, message, fails, isMade] of rows)
  t.test(what, async (t) => {
    const machine = await machineWithVg();
    machine.failing = fails();
    const failure: unknown = await createLv(machine, "x").catch((thrown: unknown) => thrown);
    const [, named] = message.exec(failure instanceof Error ? failure.message : "") ?? [];
    t.equal(named, "tm recover", String(failure));
    machine.restart();
    await recover(machine);
    t.same(await lvNames(machine), isMade ? ["x"] : []);
    await createLv(machine, "y");
  });
