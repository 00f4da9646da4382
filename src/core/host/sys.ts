import type { Config } from "../../schema/index.ts";
import type { Sys } from "../port/sys.ts";
import type { Toolbox } from "../port/toolbox.ts";
import { hostChance } from "./chance.ts";
import { hostClock } from "./clock.ts";
import { hostDisks } from "./disks.ts";
import { hostFiles } from "./files.ts";
import { hostLocks } from "./locks.ts";
import { hostProcesses } from "./processes.ts";
import { hostScanner } from "./scanner.ts";
import { withSyncLock } from "./sync-lock.ts";
import { hostTerminal } from "./terminal.ts";
import { hostTrace } from "./trace.ts";

export interface SysOptions {
  readonly config: Config;
  readonly verbose: boolean;
  readonly now: string | undefined;
  readonly seed: string | undefined;
  /** The command only shows what it would do. */
  readonly dryRun: boolean;
  readonly toolbox: (sys: () => Sys) => Toolbox;
}

/** The real world. */
export function hostSys({ config, verbose, now, seed, dryRun, toolbox }: SysOptions): Sys {
  const { trace: directory, deadlineMs = 30_000 } = config.common ?? {};
  const terminal = hostTerminal(verbose);
  const sys: Sys = {
    config,
    disks: hostDisks({ deadlineMs }),
    files: hostFiles,
    clock: hostClock(now),
    chance: hostChance(seed),
    terminal,
    locks: hostLocks(config.common?.lockDir, { warn: terminal.warn }),
    processes: hostProcesses,
    scanner: hostScanner,
    toolbox: toolbox(() => sys),
    trace: hostTrace({ directory, deadlineMs, warn: terminal.warn }),
    async openDm() {
      if (config.dm?.backend === "sim") {
        const { openSimDm } = await import("../sim/dm-file.ts");
        const { signalsHeld } = await import("./memory-lock.ts");
        const machine = { dryRun, exclusively: withSyncLock, memory: signalsHeld };
        return openSimDm(config.dm.state, sys.disks, machine);
      }
      const { openHostDm } = await import("./open-dm.ts");
      return openHostDm(sys);
    },
  };
  return sys;
}
