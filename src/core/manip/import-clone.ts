import type { Metadata } from "../../schema/index.ts";
import { derivedId } from "../base/derived-id.ts";
import { DvmError } from "../base/error.ts";
import { checkName } from "../base/name.ts";
import type { Parameters, Values } from "../port/parameters.ts";
import { checkLvName, checkMetadata } from "../volume/check.ts";
import { requireKnown } from "../volume/known.ts";
import { renameIds } from "../volume/rename-ids.ts";

const options = {
  discovery: {
    summary: "The labels of the copy: they give its id and name",
    document: "discovery",
    required: true,
    placeholder: "FILE",
  },
} as const satisfies Parameters;

/**
 * Makes the metadata of a VG that of its copy: the VG and its PVs get the ids that discover import-clone
 * gave.
 */
export const importClone = {
  name: "import-clone" as const,
  summary: "Give a copied VG the ids and the name that its labels have been given",
  options,
  /** @throws DvmError UNSUPPORTED, BAD_INPUT, BAD_NAME; NOT_FOUND when a device is not a copy of any PV */
  create(metadata: Metadata, { discovery }: Values<typeof options>): Metadata {
    requireKnown(metadata);
    checkMetadata(metadata, "BAD_INPUT");
    const { id, name } = discovery.vg;
    checkName("VG", name);
    for (const lv of metadata.lvs) checkLvName(name, lv.name);
    const newIds = new Map(metadata.pvs.map((pv) => [pv.id, derivedId(id, pv.id)]));
    const known = new Set(newIds.values());
    const stranger = discovery.devices.find((device) => !known.has(device.id));
    if (stranger)
      throw new DvmError("NOT_FOUND", `${stranger.path} is no copy of a PV of VG ${metadata.vg.name}`);
    const { pvs, lvs, freed, ...rest } = metadata;
    const copy: Metadata = {
      ...rest,
      vg: { ...metadata.vg, id, name },
      pvs: renameIds(pvs, newIds),
      lvs: renameIds(lvs, newIds),
      ...(freed && { freed: renameIds(freed, newIds) }),
    };
    checkMetadata(copy, "BUG");
    return copy;
  },
};
