import { type Discovery, type Metadata, parseDocument } from "../../schema/index.ts";
import type { Sys } from "../port/sys.ts";

/** What every command for people begins with: the VG's devices, as their labels tell it. */
export interface Where {
  readonly vg: string;
  /** Look at these instead of what the config or sysfs says. */
  readonly devices: readonly string[];
}

/** From then on people are told of its devices by their paths. @throws DvmError NOT_FOUND, DUPLICATE */
export async function findVg(sys: Sys, { vg, devices }: Where): Promise<Discovery> {
  const call = { applet: "discover", verb: "find", operands: { vg }, options: { devices } } as const;
  const discovery = await sys.toolbox.call(call);
  sys.terminal.wording.about(discovery.vg.name, discovery.devices);
  return discovery;
}

/** The VG's metadata, as far as the devices that are there agree on it. @throws DvmError as tm read */
export async function readMetadata(sys: Sys, discovery: Discovery): Promise<Metadata> {
  const bytes = await sys.toolbox.call({
    applet: "tm",
    verb: "read",
    options: { partial: true },
    stdin: discovery,
  });
  return parseDocument("metadata", bytes, `of ${discovery.vg.name}`);
}

/** Holds a lock (a VG's id names one) while `work` runs; tools called in it share it. */
export async function withLock<T>(
  sys: Sys,
  name: string,
  mode: "shared" | "exclusive",
  work: () => Promise<T>,
): Promise<T> {
  const lock = await sys.locks.acquire(name, mode, sys.config.tm?.lockTimeoutMs ?? 10_000);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}
