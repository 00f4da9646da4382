import type { Label, Range } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { exactSize, formatSize, roundDown, roundUp, type Sectors } from "../base/units.ts";
import { checkLabel } from "./check-label.ts";
import { MEBIBYTE } from "./layout.ts";

/**
 * The label of a member whose device has, or shall have, another size. Regions before the data stay; those
 * behind it go to the new end, and the data reaches as far as they leave room. They may not lie on what they
 * are now: their content is copied before the label says so.
 * @param path for messages
 * @throws DvmError TOO_SMALL with the sizes that are possible
 */
export function resizeLayout(path: string, label: Label, size: Sectors): Label {
  const { dataStart, dataLength, device } = label;
  const isTail = ({ offset }: Range) => offset >= dataStart + dataLength;
  const before = label.regions.filter(isTail).sort((a, b) => a.offset - b.offset);
  const tail = size === device.size ? before : atEnd(before, size);
  const moved = tail.filter((region) => !before.some((each) => isSame(region, each)));
  const isOver = moved.some((region) => before.some((each) => overlap(region, each)));
  if (isOver) throw tooNear(path, label, before, size);
  const end = tail[0]?.offset ?? size;
  const data = roundDown(end - dataStart, MEBIBYTE);
  if (data <= 0)
    throw new DvmError("TOO_SMALL", `${path}: ${formatSize(size)} leave no MiB for data beside its regions`);
  const regions = [...label.regions.filter((region) => !isTail(region)), ...tail];
  const resized = { ...label, device: { ...device, size }, dataLength: data, regions };
  checkLabel(resized, "BUG");
  return resized;
}

/** In their order, each on a whole MiB. */
function atEnd(regions: readonly Range[], size: Sectors): Range[] {
  let end: Sectors = size;
  const placed = [...regions].reverse().map(({ length }) => {
    end = roundDown(end, MEBIBYTE) - roundUp(length, MEBIBYTE);
    return { offset: end, length };
  });
  return placed.reverse();
}

function tooNear(
  path: string,
  { dataStart, device }: Label,
  tail: readonly Range[],
  size: Sectors,
): DvmError {
  const length = tail.reduce((sum, region) => sum + roundUp(region.length, MEBIBYTE), 0);
  const end = Math.max(...tail.map((region) => region.offset + region.length));
  const isLonger = size > device.size;
  const limit = isLonger ? roundUp(end, MEBIBYTE) + length : Math.min(...tail.map(({ offset }) => offset));
  const how = isLonger ? "at least" : "at most";
  const isPossible = roundDown(limit, MEBIBYTE) - length >= dataStart + MEBIBYTE;
  const instead = isPossible ? `have ${how} ${exactSize(limit)}, or ` : "";
  return new DvmError(
    "TOO_SMALL",
    `${path}: the regions at its end have no room beside where they are now: it has to ` +
      `${instead}stay as it is`,
    { details: { path, ...(isPossible && { limit }) } },
  );
}

/** Another length is another region, which has to be formatted. */
const isSame = (a: Range, b: Range): boolean => a.offset === b.offset && a.length === b.length;

const overlap = (a: Range, b: Range): boolean =>
  a.offset < b.offset + b.length && b.offset < a.offset + a.length;
