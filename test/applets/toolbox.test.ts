/** A mutator of ours gets its own options only: what would be ignored is refused. */
import t from "tap";
import { applets } from "../../src/applets/index.ts";
import { inProcessToolbox } from "../../src/applets/toolbox.ts";
import type { Sys } from "../../src/core/port/sys.ts";

const nothing = (): Sys => {
  throw new Error("an option that is refused reached the world");
};

for (const [argv, message] of [
  [["manip", "move", "--help"], /--help changes nothing: manip move --help/],
  [["manip", "remove-lv", "--name", "a", "--seed", "x"], /--seed is the whole command's/],
  [["manip", "remove-lv", "--name", "a", "-v"], /--verbose is the whole command's/],
] as const) {
  t.test(argv.join(" "), async (t) => {
    const { mutate } = inProcessToolbox(applets, nothing);
    await t.rejects(mutate(argv, Buffer.from("{}")), { code: "USAGE", message });
  });
}
