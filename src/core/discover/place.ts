import type { Label, Range } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import {
  bytesToSectors,
  formatSize,
  PAGE,
  roundDown,
  roundUp,
  type Sectors,
  sectorsToBytes,
} from "../base/units.ts";
import type { Candidate } from "../port/scanner.ts";
import { checkLabel } from "./check-label.ts";
import { MAX_REGIONS, MEBIBYTE, REGION_UNIT, RESERVED } from "./layout.ts";

/** How a device is to be divided. */
export interface LayoutRequest {
  /** Exactly these regions … */
  readonly regions?: readonly Range[];
  /** … or so many, alternating between the head and the tail of the device, each so long. */
  readonly place?: { readonly count: number; readonly length: Sectors };
  /** Exactly this data area, as a lost label had it; else the largest gap, aligned. */
  readonly data?: Range;
}

export type DeviceLayout = Pick<Label, "dataStart" | "dataLength" | "regions">;

/** What a layout depends on. */
export type Geometry = Pick<Candidate, "path" | "size" | "optimalIoSize" | "alignmentOffset"> & {
  /** In bytes. */
  readonly logicalBlockSize: number;
};

/** I/O hints beyond this are taken for the nonsense that some USB bridges report. */
const MAX_OPTIMAL_BYTES = 64 * 2 ** 20;

/**
 * Divides a device into the first MiB, regions and one data area, which is the largest gap that is left.
 * The data starts at a multiple of the optimal I/O size (or of 1 MiB, when that is one) plus the alignment
 * offset, and is whole MiB long.
 * @throws DvmError TOO_SMALL, BAD_REGION with the region and why
 */
export function placeLayout(device: Geometry, request: LayoutRequest): DeviceLayout {
  const size = bytesToSectors(device.size);
  const regions = [...(request.regions ?? placeRegions(device.path, size, request.place))].sort(
    (a, b) => a.offset - b.offset,
  );
  if (regions.length > MAX_REGIONS)
    throw new DvmError("BAD_REGION", `${device.path}: more than ${MAX_REGIONS} regions`);
  const data = request.data ?? largestGap(size, regions, alignmentOf(device));
  if (data.length <= 0) {
    throw new DvmError(
      "TOO_SMALL",
      `${device.path}: ${formatSize(size)} leave no MiB for data beside the first MiB and the regions`,
    );
  }
  if (sectorsToBytes(data.offset) % device.logicalBlockSize !== 0) {
    throw new DvmError(
      "BAD_REGION",
      `${device.path}: data from sector ${data.offset} on does not fit its blocks of ` +
        `${device.logicalBlockSize} bytes`,
    );
  }
  const layout = { dataStart: data.offset, dataLength: data.length, regions };
  try {
    checkLabel({ ...layout, device: { id: "", size }, vg: anyVg }, "BAD_REGION");
  } catch (error) {
    if (error instanceof DvmError) throw new DvmError(error.code, `${device.path}: ${error.message}`);
    throw error;
  }
  return layout;
}

/** The first region follows the first MiB, the second ends the device, the third follows the first, … */
function placeRegions(path: string, size: Sectors, place: LayoutRequest["place"]): Range[] {
  if (!place || place.count === 0) return [];
  const length = roundUp(place.length, REGION_UNIT);
  const step = roundUp(length, MEBIBYTE);
  const head = Math.ceil(place.count / 2);
  const tail = place.count - head;
  if (length === 0 || place.count > MAX_REGIONS) {
    throw new DvmError("BAD_REGION", `${place.count} regions of ${place.length} sectors are not possible`);
  }
  if (RESERVED + place.count * step + MEBIBYTE > size) {
    const regions = `${place.count} ${place.count === 1 ? "region" : "regions"} of ${formatSize(length)}`;
    throw new DvmError("TOO_SMALL", `${path}: ${formatSize(size)} are too small for ${regions} and data`);
  }
  const tailStart = roundDown(size, MEBIBYTE) - tail * step;
  const at = (start: Sectors) => (_: unknown, index: number) => ({ offset: start + index * step, length });
  return [...Array.from({ length: head }, at(RESERVED)), ...Array.from({ length: tail }, at(tailStart))];
}

interface Alignment {
  readonly unit: Sectors;
  readonly offset: Sectors;
}

/** Overlaps need no care here: they leave a gap of negative length, and are refused afterwards. */
function largestGap(size: Sectors, regions: readonly Range[], { unit, offset }: Alignment): Range {
  const starts = [RESERVED, ...regions.map((region) => region.offset + region.length)];
  const ends = [...regions.map((region) => region.offset), size];
  const gaps = starts.map((start, index) => {
    const begin = roundUp(Math.max(start - offset, 0), unit) + offset;
    return { offset: begin, length: roundDown((ends[index] ?? size) - begin, MEBIBYTE) };
  });
  return gaps.reduce((best, gap) => (gap.length > best.length ? gap : best));
}

function alignmentOf({
  optimalIoSize,
  alignmentOffset,
}: Pick<Candidate, "optimalIoSize" | "alignmentOffset">) {
  const sane = optimalIoSize > 0 && optimalIoSize % PAGE === 0 && optimalIoSize <= MAX_OPTIMAL_BYTES;
  const optimal = sane ? bytesToSectors(optimalIoSize) : 1;
  return {
    unit: MEBIBYTE % optimal === 0 ? MEBIBYTE : optimal,
    offset: alignmentOffset % 512 === 0 ? bytesToSectors(alignmentOffset) : 0,
  };
}

const anyVg = { id: "", name: "", generation: 0, members: 0 };
