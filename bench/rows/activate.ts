import { kernelAvailable } from "../../test/lib/kernel.ts";
import { bootUml } from "../../test/lib/uml.ts";
import { env, makeDisks, resultsOf, script } from "../lib/activation.ts";
import { executable } from "../lib/dvm.ts";
import type { Row } from "../lib/row.ts";

/** On User-Mode Linux: a real kernel, in which system calls are slow and removals do not wait for one another. */
export const activate: Row = {
  name: "activate",
  work: "1,000 linear LVs activated on a real kernel, against `vgchange -ay`; deactivated, against `-an`",
  reach: "≤ 0.7 ×",
  lacks() {
    const available = kernelAvailable();
    return available.ok ? undefined : available.reason;
  },
  async run({ directory }) {
    const disks = makeDisks(directory);
    const { status, output } = await bootUml({
      disks,
      script,
      env: { DVM: executable, ...env },
      memMb: 1500,
    });
    if (status !== 0) throw new Error(output);
    return resultsOf(output, { up: 0.7, down: 0.7 });
  },
};
