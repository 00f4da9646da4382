import {
  type Activation,
  envFor,
  makeDisks,
  RULES,
  resultsOf,
  script,
  UDEVD,
  udevdLacks,
} from "../lib/activation.ts";
import { executable } from "../lib/dvm.ts";
import { bootQemu, qemuLacks } from "../lib/qemu.ts";
import type { Row } from "../lib/row.ts";

/** Two processors, so that each removal waits until the other one has passed a quiescent state. */
const PROCESSORS = 2;

/** On a distribution's kernel in an emulated machine. */
export const activateQemu = (name: string, activation: Activation): Row => ({
  name,
  work:
    `${activation.lvs.toLocaleString("en")} of them in QEMU without ` +
    `KVM${activation.udevd ? " with systemd-udevd" : ""}, on two processors, where a removal waits for a ` +
    "grace period",
  reach: "≤ 0.7 × up, ≤ 0.15 × down",
  lacks: () => qemuLacks() ?? udevdLacks(activation),
  async run({ directory }) {
    const output = await bootQemu({
      disks: makeDisks(directory, activation.lvs),
      script,
      programs: [executable, "/usr/sbin/lvm", "/usr/sbin/dmsetup"].concat(
        activation.udevd ? [UDEVD, "/usr/bin/udevadm"] : [],
      ),
      files: activation.udevd ? ["/usr/lib/udev/rules.d", RULES, "/etc/passwd", "/etc/group"] : [],
      env: envFor(activation, { dvm: "/usr/bin/dvm-linux-x64", udevd: "/usr/bin/systemd-udevd" }),
      processors: PROCESSORS,
      directory,
    });
    return resultsOf(output, { up: 0.7, down: 0.15 });
  },
});
