import type { Config } from "../../schema/index.ts";
import type { Disks } from "./block.ts";
import type { Boot } from "./boot.ts";
import type { Caller } from "./caller.ts";
import type { Chance } from "./chance.ts";
import type { Clock } from "./clock.ts";
import type { Dm } from "./dm.ts";
import type { Endings } from "./ending.ts";
import type { Files } from "./files.ts";
import type { Installed } from "./installed.ts";
import type { Locks } from "./locks.ts";
import type { Processes } from "./processes.ts";
import type { Scanner } from "./scanner.ts";
import type { Sockets } from "./sockets.ts";
import type { Terminal } from "./terminal.ts";
import type { Toolbox } from "./toolbox.ts";
import type { Trace } from "./trace.ts";

/** A file that dvm itself goes by. */
export interface OwnFile {
  readonly path: string;
  /** As it goes on after "is". */
  readonly what: string;
}

/** Everything with a side effect, handed in as one value. Each has a real and a simulated twin. */
export interface Sys {
  readonly config: Config;
  /** Nothing is ever written over these by a command that was told their path. */
  readonly ownFiles: readonly OwnFile[];
  readonly disks: Disks;
  readonly files: Files;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly terminal: Terminal;
  readonly locks: Locks;
  readonly processes: Processes;
  readonly scanner: Scanner;
  readonly toolbox: Toolbox;
  readonly trace: Trace;
  readonly ending: Endings;
  openSockets(): Promise<Sockets>;
  caller(): Caller;
  /**
   * The device-mapper that the config names. Opened on first use. @throws DvmError KERNEL when there is none
   */
  openDm(): Promise<Dm>;
  /** The machine as it boots. */
  openBoot(): Promise<Boot>;
  openInstalled(): Promise<Installed>;
}
