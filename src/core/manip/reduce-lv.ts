import type { Lv, Segment } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { type Extents, roundUp, type Sectors } from "../base/units.ts";
import { readAmount } from "../volume/amount.ts";
import { change } from "../volume/change.ts";
import { refuseWhileMoving } from "../volume/legs.ts";
import { lengthOf } from "../volume/model.ts";
import { amountOptions, mixedBlocksOption } from "../volume/placement.ts";
import { truncated } from "../volume/segments.ts";
import { raid1Of } from "../volume/shape.ts";

export const reduceLv = change({
  name: "reduce-lv",
  summary: "Make an LV shorter: what is at its end is lost",
  description: "With - the amount is taken away, without it is the new size.",
  options: {
    name: { summary: "The LV's name or id", required: true },
    ...amountOptions,
    "allow-mixed-blocks": {
      ...mixedBlocksOption,
      summary: "Let the LV, which must not be in use, get other blocks: those of the PVs that are left",
    },
  },
  apply(workspace, options, { tell }) {
    const { extentSize } = workspace.vg;
    const lv = workspace.lv(options.name);
    refuseWhileMoving(lv);
    const amount = readAmount(options, extentSize);
    if ("percent" in amount || amount.sign === "+")
      throw new DvmError("USAGE", "reduce-lv needs the new size, or -SIZE to take away");
    const length = lengthOf(lv);
    const wanted = amount.sign === "-" ? length - amount.extents : amount.extents;
    if (wanted <= 0) {
      const code = amount.sign === "-" ? "TOO_SMALL" : "USAGE";
      throw new DvmError(code, `LV ${lv.name} would be empty: use remove-lv`);
    }
    const kept = wholeRows(lv, wanted);
    if (kept === length) return tell(`LV ${lv.name} has ${length} extents already`);
    if (kept > length)
      throw new DvmError(
        "TOO_SMALL",
        `LV ${lv.name} has ${length} extents, fewer than ${wanted}: extend-lv makes it longer`,
      );
    const shorter = { ...lv, segments: shortened(lv.segments, kept, extentSize) };
    workspace.putLv(shorter, options["allow-mixed-blocks"]);
  },
});

/** The length rounded up to a whole row of stripes of the segment that it cuts. */
function wholeRows({ segments }: Lv, wanted: Extents): Extents {
  const cut = segments.find(({ start, length }) => start < wanted && wanted < start + length);
  if (cut?.type !== "striped") return wanted;
  return cut.start + roundUp(wanted - cut.start, cut.areas.length);
}

function shortened(segments: readonly Segment[], length: Extents, extentSize: Sectors): Segment[] {
  const [first] = segments;
  if (first?.type !== "raid1") return truncated(segments, length);
  const legs = first.legs.map((leg) => ({ ...leg, image: truncated(leg.image, length) }));
  return [raid1Of(legs, first.regionSize, extentSize)];
}
