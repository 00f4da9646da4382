/** What boot scripts, systemd units and udev rules call. */
import { DvmError } from "../../core/base/error.ts";
import { verb } from "../applet.ts";

export const boot = verb({
  name: "boot",
  summary: "Bring up what a machine boots from, as far as it is there",
  description:
    "scan looks for every VG, arrive for that of one device that has just come, stop takes down what is " +
    "not in use, modules prints the kernel modules that LVs may need, for who makes an initramfs. Else " +
    "nothing is printed when all is well, and a line for each problem otherwise, once. LVs " +
    "that lack something wait for the grace time and then come up by the policy; docs/boot.md says how, " +
    "and what the kernel's command line may say. A call never waits for a device.",
  examples: ["dvm boot scan", "dvm boot arrive /dev/sdb", "dvm boot stop"],
  operands: {
    what: {
      summary: "scan, arrive, stop or modules",
      required: true,
      choices: ["scan", "arrive", "stop", "modules"],
    },
    device: { summary: "With arrive: the device that has come" },
  },
  options: {
    for: { summary: "With scan: fail (4) when this device is not there then", placeholder: "DEVICE" },
    grace: { summary: "Seconds from the last arrival (default 30)", placeholder: "S" },
    degraded: { summary: "The grace time is over", type: "flag" },
  },
  output: "text",
  run: async (sys, { operands: { what, device }, options: { for: wanted, grace, degraded } }) => {
    if ((what === "arrive") !== (device !== undefined))
      throw new DvmError("USAGE", what === "arrive" ? "arrive needs a DEVICE" : `${what} takes no DEVICE`);
    if (what === "stop") {
      const { stopAll } = await import("../../core/dvm/boot/stop.ts");
      return await stopAll(sys);
    }
    if (what === "modules") {
      const { kernelModules } = await import("../../core/dm/modules.ts");
      return `${kernelModules().join("\n")}\n`;
    }
    const { scanForBoot } = await import("../../core/dvm/boot/scan.ts");
    return await scanForBoot(sys, { arrived: device, wanted, grace, degraded });
  },
});
