import { DvmError } from "../base/error.ts";
import { isPowerOfTwo, sectorsToBytes } from "../base/units.ts";
import { refuseBlockChange } from "../volume/blocks.ts";
import { change } from "../volume/change.ts";
import { mixedBlocksOption } from "../volume/placement.ts";

export const pvBlocks = change({
  name: "pv-blocks",
  summary: "Take down that PVs have other logical blocks than before",
  description:
    "For a disk whose content was copied to one with other sectors. The LVs on it get other blocks, " +
    "and what was made for the old ones, a file system or a partition table, may be of no use with them.",
  examples: ["--pv spare --block-size 4k", "--pv spare --pv old --block-size 4k"],
  options: {
    pv: { summary: "The PV's id, or a tag of several", required: true, many: true, names: "pv" },
    "block-size": {
      summary: "Its logical block size now",
      type: "size",
      required: true,
      placeholder: "SIZE",
    },
    "allow-mixed-blocks": mixedBlocksOption,
  },
  apply(workspace, { pv: words, "block-size": size, "allow-mixed-blocks": mixed }) {
    const blockBytes = sectorsToBytes(size);
    if (!isPowerOfTwo(blockBytes) || blockBytes > 65536 || workspace.vg.extentSize % size !== 0)
      throw new DvmError(
        "USAGE",
        `--block-size must be a power of two from 512b to 64k that an extent is made of`,
      );
    const before = new Map(workspace.pvs.entries());
    const pvs = workspace.pvsOf(words).filter((pv) => pv.blockBytes !== blockBytes);
    for (const pv of pvs) workspace.putPv({ ...pv, blockBytes });
    for (const lv of pvs.flatMap((pv) => workspace.usersOf(pv)))
      refuseBlockChange({ lv, pvs: workspace.pvs, was: { lv, pvs: before } }, mixed);
  },
});
