import type { Range } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { parseSize, type Sectors } from "../base/units.ts";

/**
 * Parses `<offset>:<length>`, each a size with a unit or a bare number of sectors: `1M:16M`, `2048:32768`.
 * @throws DvmError USAGE
 */
export function parseRange(text: string, what: string): Range {
  const [offset, length, ...rest] = text.split(":");
  if (offset === undefined || length === undefined || rest.length > 0)
    throw new DvmError("USAGE", `${what} "${text}" is no range: write OFFSET:LENGTH, as in 1M:16M`);
  return { offset: sectors(offset, what), length: sectors(length, what) };
}

const sectors = (text: string, what: string): Sectors =>
  parseSize(/^\d+$/.test(text) ? `${text}s` : text, what);
