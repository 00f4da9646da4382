/**
 * Whether a VG may change hands while LVs of it are live: they have to be just what the new owner would make
 * of its metadata, and nothing that the machine itself stands on.
 */
import type { Discovery, DmDevice, Metadata, Settled } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { someNames } from "../base/some-names.ts";
import type { Candidate } from "../port/scanner.ts";
import type { Sys } from "../port/sys.ts";

/**
 * @param live devices of the VG
 * @param metadata dvm's, as it is or will be
 * @throws DvmError IN_USE for what the machine stands on, TABLES_DIFFER for what is otherwise than it says
 */
export async function refuseUnfitLive(
  sys: Sys,
  {
    live,
    metadata,
    discovery,
  }: {
    readonly live: readonly DmDevice[];
    readonly metadata: Metadata;
    readonly discovery: Discovery;
  },
): Promise<void> {
  const { name } = metadata.vg;
  for (const device of live) {
    const use = await systemUseOf(sys, device);
    if (use !== undefined)
      throw new DvmError(
        "IN_USE",
        `VG ${name}: ${device.name} ${use}, and the machine may need who has the VG to start again: ` +
          `put what starts it in order for the new owner, and run this from a rescue system`,
        { details: { device: device.name } },
      );
  }
  const options = { metadata, discovery, "dry-run": true } as const;
  const { summary }: Settled = await sys.toolbox.call({ applet: "volactivate", verb: "settle", options });
  if (summary.length > 0)
    throw new DvmError(
      "TABLES_DIFFER",
      `VG ${name} is live otherwise than its metadata says (to be done: ${someNames(summary)}): ` +
        `run dvm deactivate ${name}`,
      { details: { toBeDone: summary.slice(0, 100) } },
    );
}

/** Where the machine itself is mounted. What boot loaders and initramfs find stands in them by its owner. */
const SYSTEM = /^\/(?:$|boot(?:\/|$)|usr$|etc$|var$|sysroot$)|^\[SWAP\]$/;

/** @returns as it goes on after the device's name; undefined: nothing of the machine stands on it */
async function systemUseOf({ scanner }: Sys, { name }: DmDevice): Promise<string | undefined> {
  const [found] = await scanner.look([`/dev/mapper/${name}`]).catch(() => []);
  if (!found) return undefined;
  if (found.holders.length === 0) return usedBySystem(found);
  // As a LUKS volume on it, whatever stands on that.
  const all = await scanner.scan([]);
  const above = new Set<Candidate>([found]);
  for (const each of above)
    for (const holder of each.holders)
      for (const other of all)
        if (other.path.endsWith(`/${holder.name}`) || (holder.dmUuid && holder.dmUuid === other.dmUuid))
          above.add(other);
  for (const each of above) {
    const use = usedBySystem(each);
    if (use !== undefined) return use;
  }
  return undefined;
}

function usedBySystem({ mountedOn }: Candidate): string | undefined {
  if (mountedOn === undefined || !SYSTEM.test(mountedOn)) return undefined;
  return mountedOn === "[SWAP]" ? "is swap, from which it may resume" : `is mounted on ${mountedOn}`;
}
