/** A small VG of LVM2 on a machine in memory: made by dvm, and given to LVM2. */
import type { Machine } from "./machine.ts";
import { createLv, machineWithVg } from "./vg.ts";

export const adopt = (machine: Machine, vg = "vg"): Promise<unknown> =>
  machine.call({ applet: "dvm", verb: "adopt", operands: { vg }, options: { devices: [...machine.paths] } });
export const release = (machine: Machine, vg = "vg"): Promise<unknown> =>
  machine.call({
    applet: "dvm",
    verb: "release",
    operands: { vg },
    options: { devices: [...machine.paths] },
  });

/** Three disks of 6 MiB; LVs a, over two of them, and m, a raid1. It is dvm's. */
export async function vgToGive(): Promise<Machine> {
  const machine = await machineWithVg();
  await createLv(machine, "m", "1M", "--type", "raid1", "--mirrors", "1", "--inactive");
  await createLv(machine, "a", "3M", "--inactive");
  machine.restart();
  return machine;
}

/** The same once it is LVM2's. */
export async function vgToTake(): Promise<Machine> {
  const machine = await vgToGive();
  await release(machine);
  machine.restart();
  return machine;
}
