import type { Discovery, Metadata } from "../../schema/index.ts";
import { assert } from "../base/assert.ts";
import { DvmError } from "../base/error.ts";
import { checkName, isId } from "../base/name.ts";
import { parseSize, type Sectors } from "../base/units.ts";
import type { Parameters, Values } from "../port/parameters.ts";
import { mixedBlocks } from "../volume/blocks.ts";
import type { ChangeContext } from "../volume/change.ts";
import { checkMetadata } from "../volume/check.ts";
import { nextRevision } from "../volume/freed.ts";
import { pvOf } from "./add-pv.ts";

const options = {
  discovery: {
    summary: "The VG's labels: they give its id and name, and each device becomes a PV",
    document: "discovery",
    placeholder: "FILE",
  },
  name: { summary: "The VG's name, instead of --discovery" },
  id: { summary: "The VG's id (default: a new one)" },
  "extent-size": { summary: "Size of an extent (default 4M)", type: "size", placeholder: "SIZE" },
  tag: { summary: "Tag of the VG", many: true },
} as const satisfies Parameters;

const DEFAULT_EXTENT_SIZE = parseSize("4M");
const MAX_EXTENT_SIZE = 2 ** 32;

/** Makes the metadata of a VG without LVs. */
export const createVg = {
  name: "create-vg" as const,
  summary: "Make the metadata of a new VG",
  options,
  groups: [{ give: "some", of: ["discovery", "name"] }] as const,
  /**
   * @throws DvmError USAGE, BAD_NAME, TOO_SMALL for a device without a whole extent, INCOMPLETE, DUPLICATE
   */
  create(
    {
      discovery,
      name = discovery?.vg.name,
      id = discovery?.vg.id,
      "extent-size": extentSize = DEFAULT_EXTENT_SIZE,
      tag,
    }: Values<typeof options>,
    { chance, tell }: ChangeContext,
  ): Metadata {
    assert(name !== undefined, "a VG without a name");
    checkName("VG", name);
    if (id !== undefined && !isId(id)) throw new DvmError("USAGE", `--id "${id}" is no id of 32 hex digits`);
    checkExtentSize(extentSize);
    if (discovery) refuseIncomplete(discovery);
    for (const each of tag) checkName("tag", each);
    const metadata: Metadata = {
      format: "dvm-metadata",
      version: 1,
      vg: { id: id ?? chance.id(), name, extentSize, tags: [...new Set(tag)] },
      pvs: (discovery?.devices ?? []).map((device) => pvOf(device, extentSize)),
      lvs: [],
      revision: nextRevision(0, chance),
      freed: [],
    };
    checkMetadata(metadata, "BUG");
    if (metadata.pvs.some(({ blockBytes }) => blockBytes !== metadata.pvs[0]?.blockBytes))
      tell(mixedBlocks(name, metadata.pvs));
    return metadata;
  },
};

function checkExtentSize(extentSize: Sectors): void {
  if (extentSize < 8 || extentSize % 8 !== 0 || extentSize > MAX_EXTENT_SIZE)
    throw new DvmError("USAGE", `--extent-size of ${extentSize} sectors is no multiple of 4k of at most 2T`);
}

function refuseIncomplete({ vg, missing, duplicates }: Discovery): void {
  if (missing.count > 0)
    throw new DvmError("INCOMPLETE", `VG ${vg.name}: ${missing.count} of its devices were not found`);
  const [duplicate] = duplicates;
  if (duplicate)
    throw new DvmError("DUPLICATE", `device ${duplicate.id} is there twice: ${duplicate.paths.join(", ")}`);
}
