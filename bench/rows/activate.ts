import { kernelAvailable } from "../../test/lib/kernel.ts";
import { bootUml } from "../../test/lib/uml.ts";
import {
  type Activation,
  envFor,
  makeDisks,
  resultsOf,
  script,
  UDEVD,
  udevdLacks,
} from "../lib/activation.ts";
import { executable } from "../lib/dvm.ts";
import type { Row } from "../lib/row.ts";

const MEMORY_MB = 3000;
const DEADLINE_MS = 30 * 60_000;

/**
 * On User-Mode Linux: a real kernel, in which system calls are slow and removals do not wait for one another.
 */
export const activate = (name: string, activation: Activation): Row => ({
  name,
  work:
    `${activation.lvs.toLocaleString("en")} linear LVs activated on a real ` +
    `kernel${activation.udevd ? " with systemd-udevd" : ""}, against \`vgchange -ay\`; deactivated, ` +
    `against \`-an\``,
  reach: "≤ 0.7 ×",
  lacks() {
    const available = kernelAvailable();
    return available.ok ? udevdLacks(activation) : available.reason;
  },
  async run({ directory }) {
    const { status, output } = await bootUml({
      disks: makeDisks(directory, activation.lvs),
      script,
      env: envFor(activation, { dvm: executable, udevd: UDEVD }),
      memMb: MEMORY_MB,
      timeoutMs: DEADLINE_MS,
    });
    if (status !== 0) throw new Error(output);
    return resultsOf(output, { up: 0.7, down: 0.7 });
  },
});
