import { executable, node } from "../lib/dvm.ts";
import { run, sideBySide } from "../lib/measure.ts";
import type { Row } from "../lib/row.ts";
import { shownTimes } from "../lib/shown.ts";

export const start: Row = {
  name: "start",
  work: "start: `dvm-linux-x64 --version` against `node -e 0` of the same Node",
  reach: "≤ 1.3 ×",
  async run() {
    const times = await sideBySide({
      rounds: 41,
      dvm: () => run([executable, "--version"]),
      peer: () => run([node, "-e", "0"]),
    });
    return [shownTimes("", times, 1.3)];
  },
};
