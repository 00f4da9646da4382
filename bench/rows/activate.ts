import { kernelAvailable } from "../../test/lib/kernel.ts";
import { bootUml } from "../../test/lib/uml.ts";
import { envFor, makeDisks, resultsOf, script } from "../lib/activation.ts";
import { executable } from "../lib/dvm.ts";
import type { Row } from "../lib/row.ts";

const MEMORY_MB = 3000;

/** On User-Mode Linux: a real kernel, in which system calls are slow and removals do not wait for one another. */
export const activate = (name: string, lvs: number): Row => ({
  name,
  work: `${lvs.toLocaleString("en")} linear LVs activated on a real kernel, against \`vgchange -ay\`; deactivated, against \`-an\``,
  reach: "≤ 0.7 ×",
  lacks() {
    const available = kernelAvailable();
    return available.ok ? undefined : available.reason;
  },
  async run({ directory }) {
    const disks = makeDisks(directory, lvs);
    const { status, output } = await bootUml({
      disks,
      script,
      env: { DVM: executable, ...envFor(lvs) },
      memMb: MEMORY_MB,
    });
    if (status !== 0) throw new Error(output);
    return resultsOf(output, { up: 0.7, down: 0.7 });
  },
});
