/** Which VGs a document means, and what the paths in it lead to. */
import type { Desired, DesiredVg, Discovery } from "../../../schema/index.ts";
import { DvmError, toDvmError } from "../../base/error.ts";
import type { Sys } from "../../port/sys.ts";
import { pvNamer } from "../pv-ids.ts";
import { findVg, readMetadata } from "../vg.ts";

/** An entry of the document, with paths of members as discover has them, and the VG as it was found. */
export interface Resolved {
  readonly entry: DesiredVg;
  /** undefined: there is no such VG. */
  readonly discovery: Discovery | undefined;
  /** Paths of devices that are no members. */
  readonly strangers: readonly string[];
}

/**
 * @throws DvmError NOT_FOUND for a VG that is named by an id and is not there, or a device that is not; else
 *   as discover find
 */
export async function resolveVg(sys: Sys, entry: DesiredVg, devices: readonly string[]): Promise<Resolved> {
  const discovery = await findVg(sys, { vg: entry.id ?? entry.name, devices }).catch((thrown: unknown) => {
    const { code, details } = toDvmError(thrown);
    if (code !== "NOT_FOUND" || entry.id !== undefined || details["unread"] !== undefined) throw thrown;
    return undefined;
  });
  const listed = entry.devices ?? [];
  if (!discovery) {
    if (listed.length === 0)
      throw new DvmError(
        "NOT_FOUND",
        `there is no VG ${entry.name}, and the document has no devices to make it of`,
      );
    return { entry, discovery, strangers: listed.map(({ path }) => path) };
  }
  const idOf = pvNamer(sys, discovery);
  const pathOf = new Map(discovery.devices.map(({ id, path }) => [id, path]));
  const named = async (word: string) => pathOf.get(await idOf(word)) ?? word;
  const found = await Promise.all(listed.map(async (each) => ({ ...each, path: await named(each.path) })));
  const known = new Set(pathOf.values());
  const lvs = await Promise.all(
    (entry.lvs ?? []).map(async (lv) => (lv.pvs ? { ...lv, pvs: await Promise.all(lv.pvs.map(named)) } : lv)),
  );
  return {
    entry: { ...entry, ...(entry.devices && { devices: found }), ...(entry.lvs && { lvs }) },
    discovery,
    strangers: found.map(({ path }) => path).filter((path) => !known.has(path)),
  };
}

/** @throws DvmError BAD_INPUT when a VG stands twice, or two names of devices lead to one device */
export async function refuseTwice(sys: Sys, { vgs }: Desired): Promise<void> {
  const seen = new Map<string, string>();
  const refuse = (key: string, what: string) => {
    const before = seen.get(key);
    if (before !== undefined)
      throw new DvmError(
        "BAD_INPUT",
        before === what ? `${what} stands twice in the document` : `${before} and ${what} are one device`,
      );
    seen.set(key, what);
  };
  for (const { name, id } of vgs) {
    refuse(`name ${name}`, `VG ${name}`);
    if (id !== undefined) refuse(`id ${id}`, `VG ${id}`);
  }
  for (const { path } of vgs.flatMap(({ devices = [] }) => devices))
    refuse(`device ${await sys.disks.identity(path).catch(() => path)}`, path);
}

/**
 * Nothing is added while something is missing: what is away might be what the new device is taken for.
 * @throws DvmError INCOMPLETE
 */
export async function refuseMissing(sys: Sys, all: readonly Resolved[]): Promise<void> {
  if (!all.some(({ strangers }) => strangers.length > 0)) return;
  for (const { discovery } of all) {
    if (!discovery) continue;
    const { vg, missing, devices } = discovery;
    const there = new Set(devices.map(({ id }) => id));
    const away =
      missing.count > 0 || (await readMetadata(sys, discovery)).pvs.some(({ id }) => !there.has(id));
    if (away)
      throw new DvmError("INCOMPLETE", `no device is added to any VG while VG ${vg.name} misses some`);
  }
}
