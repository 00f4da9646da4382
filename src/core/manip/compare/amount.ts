/** How long an LV shall be, by a document, and whether it is. */
import type { DesiredLv } from "../../../schema/index.ts";
import { DvmError } from "../../base/error.ts";
import { type Extents, parseSize, roundDown, roundUp, type Sectors } from "../../base/units.ts";
import { type Amount, readAmount } from "../../volume/amount.ts";

/** As options of create-lv and extend-lv. */
export type AmountWords = { readonly size: string } | { readonly extents: string };

/** @returns undefined when the document does not say. @throws DvmError BAD_INPUT */
export function amountWords({ name, size, extents }: DesiredLv): AmountWords | undefined {
  if (size !== undefined && extents !== undefined)
    throw new DvmError("BAD_INPUT", `LV ${name}: size or extents, not both`);
  if (size !== undefined) return { size: typeof size === "number" ? `${size}s` : size };
  return extents === undefined ? undefined : { extents: String(extents) };
}

export type LengthVerdict =
  | { readonly is: "as-wanted" }
  | { readonly is: "shorter" | "longer"; readonly wanted: Extents };

/**
 * Sizes agree when they differ by an extent at most, or by what whole rows of stripes make of them; a share
 * of the VG when it has been reached, and one of what is free whenever the LV is there.
 * @param row extents that the LV grows by at least
 * @param total all extents of the VG
 * @throws DvmError USAGE
 */
export function compareLength(
  words: AmountWords,
  length: Extents,
  {
    extentSize,
    row,
    total,
  }: { readonly extentSize: Sectors; readonly row: Extents; readonly total: Extents },
): LengthVerdict {
  const amount: Amount = readAmount(words, extentSize);
  if (amount.sign !== "") throw new DvmError("USAGE", "a size that is wanted has no sign");
  if ("percent" in amount) {
    if (amount.of === "FREE") return { is: "as-wanted" };
    const share = roundDown(Math.floor((total * amount.percent) / 100), row);
    return length >= share ? { is: "as-wanted" } : { is: "shorter", wanted: share };
  }
  const wanted = roundUp(amount.extents, row);
  const exact = "size" in words ? parseSize(words.size) : amount.extents * extentSize;
  if (length === wanted || Math.abs(length * extentSize - exact) <= extentSize) return { is: "as-wanted" };
  return { is: length < wanted ? "shorter" : "longer", wanted };
}
