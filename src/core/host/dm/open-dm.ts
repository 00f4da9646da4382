import type { Dm } from "../../port/dm.ts";
import type { Sys } from "../../port/sys.ts";
import { hostMemoryLock, signalsHeld } from "../memory/lock.ts";
import { touchLittle } from "../process/v8-engine.ts";
import { udevRuns } from "../udev/events.ts";
import { openKernelDm } from "./kernel.ts";

const DEADLINE_MS = 30_000;

/** This machine's device-mapper, as the config wants it. @throws DvmError KERNEL */
export function openHostDm({ config, terminal, chance }: Pick<Sys, "config" | "terminal" | "chance">): Dm {
  touchLittle(100);
  const warn = (message: string): void => terminal.warn(message);
  return openKernelDm({
    warn,
    udev: config.dm?.udev ?? udevRuns(),
    deadlineMs: config.common?.deadlineMs ?? DEADLINE_MS,
    random: () => chance.bytes(2).readUInt16LE(),
    memory: config.dm?.lockMemory === false ? signalsHeld : hostMemoryLock({ warn }),
  });
}
