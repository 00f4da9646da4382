import type { Label, Range } from "../../schema/index.ts";
import { DvmError, type ErrorCode } from "../base/error.ts";
import type { Sectors } from "../base/units.ts";
import { RESERVED_REGION } from "../port/member.ts";
import { REGION_UNIT, RESERVED } from "./layout.ts";

/**
 * Checks what a schema cannot: that regions and data lie inside the device, behind the first MiB, and apart.
 * A region may lie in the end of the first MiB, too, behind the second copy of the label.
 * @param code BAD_REGION for what a person asked for, CORRUPT for what a disk says, BUG for our own
 * @throws DvmError with that code
 */
export function checkLabel({ device, dataStart, dataLength, regions }: Label, code: ErrorCode): void {
  const refuse = (why: string) => new DvmError(code, why);
  for (const region of regions) {
    const name = `region ${region.offset}:${region.length}`;
    if (region.offset % REGION_UNIT !== 0 || region.length % REGION_UNIT !== 0 || region.length === 0)
      throw refuse(`${name}: offset and length must be multiples of ${REGION_UNIT} sectors`);
  }
  const data = { offset: dataStart, length: dataLength };
  const ranges = [
    ...regions.map((range) => ({ name: `region ${range.offset}:${range.length}`, ...range })),
    { name: DATA, ...data },
  ].sort((a, b) => a.offset - b.offset);
  if (dataLength === 0) throw refuse("the data area is empty");
  let end: Sectors = RESERVED_REGION.offset;
  let before = "the label's part of the first MiB";
  for (const range of ranges) {
    if (range.name === DATA && range.offset < RESERVED)
      throw refuse(`${DATA} overlaps the first MiB, which is the label's`);
    if (range.offset < end) throw refuse(`${range.name} overlaps ${before}`);
    end = endOf(range);
    before = range.name;
    if (end > device.size)
      throw refuse(`${range.name} ends at sector ${end}, behind the end of the device at ${device.size}`);
  }
}

const DATA = "the data area";
const endOf = ({ offset, length }: Range): Sectors => offset + length;
