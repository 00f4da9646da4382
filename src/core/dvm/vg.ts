import { type Discovery, type Metadata, parseDocument } from "../../schema/index.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";

/** What every command for people begins with: the VG's devices, as their labels tell it. */
export interface Where {
  readonly vg: string;
  /** Look at these instead of what the config or sysfs says. */
  readonly devices: readonly string[];
}

/**
 * A VG that dvm may change. From then on people are told of its devices by their paths.
 * @throws DvmError NOT_FOUND, DUPLICATE; UNSUPPORTED for one of LVM2
 */
export async function findVg(sys: Sys, where: Where): Promise<Discovery> {
  const discovery = await findAnyVg(sys, where);
  if (discovery.vg.foreign)
    throw new DvmError(
      "UNSUPPORTED",
      `VG ${discovery.vg.name} is LVM2's: dvm reads it and brings it up, and changes nothing of it; ` +
        "LVM2's own commands do, or dvm adopt makes it dvm's",
    );
  if (discovery.vg.converting)
    throw new DvmError(
      "STALE",
      `VG ${discovery.vg.name} changes hands: dvm adopt ${discovery.vg.name} finishes that`,
    );
  return discovery;
}

/** One of LVM2 too. @throws DvmError NOT_FOUND, DUPLICATE, as lvm2 find */
export async function findAnyVg(sys: Sys, where: Where): Promise<Discovery> {
  const own = await findOwn(sys, where).catch((thrown: unknown) => toDvmError(thrown));
  const { foreign } = own instanceof DvmError ? own.details : own;
  const found = (await findForeign(sys, where.vg, own, (foreign ?? []) as readonly string[])) ?? own;
  if (found instanceof DvmError) throw found;
  sys.terminal.wording.call(found.vg.id, where.vg);
  sys.terminal.wording.about(found.vg, found.devices);
  return found;
}

const findOwn = (sys: Sys, { vg, devices }: Where): Promise<Discovery> =>
  sys.toolbox.call({ applet: "discover", verb: "find", operands: { vg }, options: { devices } });

/** @returns undefined when it is no VG of LVM2 that is meant */
async function findForeign(
  sys: Sys,
  vg: string,
  own: Discovery | DvmError,
  devices: readonly string[],
): Promise<Discovery | undefined> {
  const isMissing = own instanceof DvmError && (own.code === "NOT_FOUND" || own.code === "IO");
  if (devices.length === 0 || (own instanceof DvmError && !isMissing)) return undefined;
  const call = { applet: "lvm2", verb: "find", operands: { vg }, options: { devices } } as const;
  const found = await sys.toolbox.call(call).catch((thrown: unknown) => toDvmError(thrown));
  if (!(found instanceof DvmError)) {
    if (own instanceof DvmError || own.vg.id === found.vg.id) return found;
    const ids = [own.vg.id, found.vg.id];
    const message = `a VG of dvm and one of LVM2 are named ${vg}: name one by its id: ${ids.join(", ")}`;
    throw new DvmError("DUPLICATE", message, { details: { name: vg, ids } });
  }
  // What cannot be read may well be what is meant, unless that was found.
  if (own instanceof DvmError && found.code !== "NOT_FOUND") throw found;
  return undefined;
}

/**
 * The VG's metadata, as far as the devices that are there agree on it; under its own lock where that is
 * another volume manager's.
 * @throws DvmError as tm read, lvm2 read
 */
export async function readMetadata(sys: Sys, discovery: Discovery): Promise<Metadata> {
  const { vg, devices } = discovery;
  const call = { applet: "lvm2", verb: "read", operands: { vg: vg.id } } as const;
  const options = { devices: devices.map(({ path }) => path) };
  const bytes = vg.foreign
    ? await withForeignLock(sys, discovery, "shared", () => sys.toolbox.call({ ...call, options }))
    : await sys.toolbox.call({ applet: "tm", verb: "read", options: { partial: true }, stdin: discovery });
  return parseDocument("metadata", bytes, `of ${vg.name}`);
}

/**
 * Holds a VG's lock, for changes unless it is said otherwise, while `work` runs, and that of another volume
 * manager besides, under which its devices are looked for once more; tools called in it share them.
 */
export async function withVgLock<T>(
  sys: Sys,
  found: Discovery,
  work: (discovery: Discovery) => Promise<T>,
  mode: "shared" | "exclusive" = "exclusive",
): Promise<T> {
  const { id, foreign } = found.vg;
  return withLock(sys, id, mode, () =>
    withForeignLock(sys, found, mode, async () => {
      if (!foreign) return work(found);
      const devices = found.devices.map(({ path }) => path);
      return work(
        await sys.toolbox.call({ applet: "lvm2", verb: "find", operands: { vg: id }, options: { devices } }),
      );
    }),
  );
}

/** Holds another volume manager's lock of its VG, where there is one, while `work` runs. */
export async function withForeignLock<T>(
  sys: Sys,
  { vg: { lock: path } }: Discovery,
  mode: "shared" | "exclusive",
  work: () => Promise<T>,
): Promise<T> {
  if (path === undefined) return work();
  const lock = await sys.locks.acquireFile(path, mode, sys.config.tm?.lockTimeoutMs ?? 10_000);
  try {
    return await work();
  } finally {
    await lock.release();
  }
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
