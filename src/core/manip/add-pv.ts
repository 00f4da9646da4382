import type { DiscoveredDevice, Pv } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { checkName, isId } from "../base/name.ts";
import { formatSize, isPowerOfTwo, type Sectors, sectorsToBytes } from "../base/units.ts";
import { mixedBlocks } from "../volume/blocks.ts";
import { change } from "../volume/change.ts";
import type { Workspace } from "../volume/workspace.ts";

export const addPv = change({
  name: "add-pv",
  summary: "Add PVs: one by its id and size, or every device of a discovery document that is none yet",
  examples: [
    "--discovery where.json",
    "--discovery where.json --tag fast",
    "--id 5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a --size 100G",
  ],
  options: {
    id: { summary: "The device's id", requires: ["size"] },
    size: { summary: "Size of its data area", type: "size", requires: ["id"], placeholder: "SIZE" },
    "block-size": {
      summary: "Its logical block size, when it is named by --id (default 512b)",
      type: "size",
      requires: ["id"],
      placeholder: "SIZE",
    },
    discovery: { summary: "Add its devices", document: "discovery", placeholder: "FILE" },
    tag: { summary: "Tag of the new PVs", many: true },
  },
  groups: [{ give: "one", of: ["id", "discovery"] }],
  apply(workspace, { id, size, "block-size": blockSize, discovery, tag }, { tell }) {
    const wasMixed = workspace.hasMixedBlocks;
    for (const each of tag) checkName("tag", each);
    const tags = [...new Set(tag)];
    if (discovery) {
      const { vg } = workspace;
      if (discovery.vg.id !== vg.id)
        throw new DvmError(
          "BAD_INPUT",
          `the discovery document is of VG ${discovery.vg.name}, not ${vg.name}`,
        );
      for (const device of discovery.devices) if (!workspace.pvs.has(device.id)) add(workspace, device, tags);
    } else if (id !== undefined && size !== undefined) {
      if (!isId(id)) throw new DvmError("USAGE", `--id "${id}" is no id of 32 hex digits`);
      if (workspace.pvs.has(id)) throw new DvmError("EXISTS", `VG ${workspace.vg.name} already has PV ${id}`);
      add(workspace, { id, dataLength: size, blockBytes: sectorsToBytes(blockSize ?? 1) }, tags);
    }
    if (workspace.hasMixedBlocks && !wasMixed) tell(mixedBlocks(workspace.vg.name, workspace.pvs.values()));
  },
});

type NewPv = Pick<DiscoveredDevice, "id" | "dataLength" | "blockBytes"> & { readonly path?: string };

/**
 * A device as a PV.
 * @throws DvmError TOO_SMALL when its data area has no whole extent, BLOCK_SIZE when an extent is not made of
 *   its blocks
 */
export function pvOf({ id, path = id, dataLength, blockBytes }: NewPv, extentSize: Sectors): Pv {
  if (!isPowerOfTwo(blockBytes) || sectorsToBytes(extentSize) % blockBytes !== 0)
    throw new DvmError(
      "BLOCK_SIZE",
      `device ${path} has blocks of ${blockBytes} bytes, of which extents of ${formatSize(extentSize)} ` +
        "are not made",
    );
  const extents = Math.floor(dataLength / extentSize);
  if (extents === 0)
    throw new DvmError(
      "TOO_SMALL",
      `device ${path} has ${formatSize(dataLength)} for data, less than an extent of ` +
        formatSize(extentSize),
    );
  return { id, extents, blockBytes, tags: [], allocatable: true };
}

function add(workspace: Workspace, device: NewPv, tags: readonly string[]): void {
  workspace.putPv({ ...pvOf(device, workspace.vg.extentSize), tags: [...tags] });
}
