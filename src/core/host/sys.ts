import type { Config } from "../../schema/index.ts";
import type { Caller } from "../port/caller.ts";
import type { Sys } from "../port/sys.ts";
import type { Toolbox } from "../port/toolbox.ts";
import { withSimDm } from "../sim/with-sim-dm.ts";
import { hostDisks } from "./disk/disks.ts";
import { hostLocks } from "./lock/locks.ts";
import { withSyncLock } from "./lock/sync-lock.ts";
import { hostChance } from "./process/chance.ts";
import { hostClock } from "./process/clock.ts";
import { hostEnding } from "./process/ending.ts";
import { hostFiles } from "./process/files.ts";
import { filesInTime } from "./process/files-in-time.ts";
import { hostProcesses } from "./process/processes.ts";
import { programFiles } from "./process/program-files.ts";
import { hostTerminal } from "./process/terminal.ts";
import { hostTrace, traceAnswers } from "./process/trace.ts";
import { hostScanner } from "./scan/scanner.ts";

export interface SysOptions {
  readonly config: Config;
  /** Where the config was read. */
  readonly configFile?: string | undefined;
  readonly verbose: boolean;
  readonly now: string | undefined;
  readonly seed: string | undefined;
  /** The command only shows what it would do. */
  readonly dryRun: boolean;
  readonly caller: () => Caller;
  readonly toolbox: (sys: () => Sys) => Toolbox;
}

/** How long one I/O may take when the config does not say it. */
const DEADLINE_MS = 30_000;

/**
 * The real world, when the trace's directory answers. @throws DvmError DEADLINE, BAD_INPUT, IO when it cannot
 * be used
 */
export async function openHostSys(options: SysOptions): Promise<Sys> {
  const { trace, deadlineMs = DEADLINE_MS } = options.config.common ?? {};
  if (trace !== undefined) await traceAnswers(trace, deadlineMs);
  return hostSys(options);
}

/** The real world. */
export function hostSys({
  config,
  configFile,
  verbose,
  now,
  seed,
  dryRun,
  caller,
  toolbox,
}: SysOptions): Sys {
  const { trace: directory, deadlineMs = DEADLINE_MS } = config.common ?? {};
  const { backend, state } = config.dm ?? {};
  const isSimulated = backend === "sim";
  const terminal = hostTerminal(verbose);
  const files = filesInTime(hostFiles, deadlineMs);
  const sys: Sys = {
    config,
    ownFiles: [
      ...(configFile === undefined ? [] : [{ path: configFile, what: "the config that is in use" }]),
      ...(state === undefined ? [] : [{ path: state, what: "the state of the simulated device-mapper" }]),
      ...programFiles().map((path) => ({ path, what: "the program that runs" })),
    ],
    disks: hostDisks({ deadlineMs }),
    files,
    clock: hostClock(now),
    chance: hostChance(seed),
    terminal,
    locks: hostLocks(config.common?.lockDir, { warn: terminal.warn }),
    processes: hostProcesses,
    scanner: isSimulated && state !== undefined ? withSimDm(hostScanner, state) : hostScanner,
    toolbox: toolbox(() => sys),
    caller,
    trace: hostTrace({ directory, files, warn: terminal.warn }),
    ending: hostEnding,
    openSockets: async () => (await import("./socket/sockets.ts")).hostSockets,
    async openDm() {
      if (isSimulated) {
        const { openSimDm } = await import("../sim/dm-file.ts");
        const { signalsHeld } = await import("./memory/lock.ts");
        const machine = { dryRun, exclusively: withSyncLock, memory: signalsHeld };
        return openSimDm(state, sys.disks, machine);
      }
      const { openHostDm } = await import("./dm/open-dm.ts");
      return openHostDm(sys);
    },
    openBoot: async () => (await import("./boot/boot.ts")).hostBoot(config.boot?.noteDir),
    openInstalled: async () => (await import("./process/installed.ts")).hostInstalled,
  };
  return sys;
}
