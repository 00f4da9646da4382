import { envFor, makeDisks, resultsOf, script } from "../lib/activation.ts";
import { executable } from "../lib/dvm.ts";
import { bootQemu, qemuLacks } from "../lib/qemu.ts";
import type { Row } from "../lib/row.ts";

/** Two processors, so that each removal waits until the other one has passed a quiescent state. */
const PROCESSORS = 2;
const LVS = 1000;

/** On a distribution's kernel in an emulated machine. */
export const activateQemu: Row = {
  name: "activate-qemu",
  work: "1,000 of them in QEMU without KVM, on two processors, where a removal waits for a grace period",
  reach: "≤ 0.7 × up, ≤ 0.15 × down",
  lacks: qemuLacks,
  async run({ directory }) {
    const output = await bootQemu({
      disks: makeDisks(directory, LVS),
      script,
      programs: [executable, "/usr/sbin/lvm", "/usr/sbin/dmsetup"],
      env: { DVM: "/usr/bin/dvm-linux-x64", ...envFor(LVS) },
      processors: PROCESSORS,
      directory,
    });
    return resultsOf(output, { up: 0.7, down: 0.15 });
  },
};
