import type { Discovery, DmState, Metadata, Settled } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { SECTORS_PER_PAGE } from "../base/units.ts";
import { parseDmName } from "../dm/name.ts";
import { parseDmUuid } from "../dm/uuid.ts";
import type { Sys } from "../port/sys.ts";
import { VERSION } from "../volume/known.ts";
import { withLock } from "./vg.ts";

/**
 * Takes down what is live of a VG of which no label was found: its disks are lost, or were overwritten. Its
 * dm devices say whose they are, and to take them down nothing else need be known.
 * @param vg name or id
 * @returns undefined when nothing is live of such a VG
 * @throws DvmError DUPLICATE when several have that name; as volactivate settle
 */
export async function deactivateUnlabelled(
  sys: Sys,
  vg: string,
  dryRun: boolean,
): Promise<Settled | undefined> {
  const { devices } = (await sys.toolbox.call({ applet: "dmexec", verb: "state" })) as DmState;
  const ids = new Set(
    devices.flatMap(({ name, uuid }) => {
      const owner = parseDmUuid(uuid);
      const isMeant = owner?.owner === "DVM" && (owner.vg === vg || parseDmName(name)?.vg === vg);
      return isMeant ? [owner.vg] : [];
    }),
  );
  const [id, ...others] = ids;
  if (id === undefined) return undefined;
  if (others.length > 0)
    throw new DvmError(
      "DUPLICATE",
      `LVs of ${ids.size} VGs named ${vg} are live: name one by its id: ${[...ids].sort().join(", ")}`,
    );
  return withLock(sys, id, "exclusive", async () => {
    const options = { ...withoutLvs(id, vg), deactivate: true, "dry-run": dryRun };
    return (await sys.toolbox.call({ applet: "volactivate", verb: "settle", options })) as Settled;
  });
}

/** All that is live of a VG without LVs is left over, and goes. */
function withoutLvs(id: string, name: string): { metadata: Metadata; discovery: Discovery } {
  return {
    metadata: {
      format: "dvm-metadata",
      version: VERSION,
      vg: { id, name, extentSize: SECTORS_PER_PAGE, tags: [] },
      pvs: [],
      lvs: [],
    },
    discovery: {
      vg: { id, name, generation: 0 },
      devices: [],
      regions: [],
      missing: { count: 0 },
      duplicates: [],
    },
  };
}
