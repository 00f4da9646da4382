import { DvmError } from "../base/error.ts";
import { type Extents, parseSize, type Sectors } from "../base/units.ts";

/** How much an LV shall have, or get more, or less. */
export type Amount = { readonly sign: "" | "+" | "-" } & (
  | { readonly extents: Extents }
  /** A share of the free extents, or of all extents of the VG. */
  | { readonly percent: number; readonly of: "FREE" | "VG" }
);

const EXTENTS = /^([+-]?)(\d{1,15})(?:%(FREE|VG))?$/i;

/**
 * Reads --size or --extents, of which one is given. Sizes round up to whole extents (what is taken away
 * rounds down: no byte goes that was not given up).
 * @throws DvmError USAGE
 */
export function readAmount(
  { size, extents }: { readonly size?: string | undefined; readonly extents?: string | undefined },
  extentSize: Sectors,
): Amount {
  if (size !== undefined) {
    const sign = signOf(size);
    const exact = parseSize(size.slice(sign.length), "--size") / extentSize;
    return { sign, extents: sign === "-" ? Math.floor(exact) : Math.ceil(exact) };
  }
  const match = EXTENTS.exec(extents ?? "");
  const [, sign, number, of] = match ?? [];
  if (number === undefined)
    throw new DvmError(
      "USAGE",
      `--extents "${extents}" is no number of extents: write 100, 50%FREE or 50%VG`,
    );
  if (of === undefined) return { sign: signOf(sign ?? ""), extents: Number(number) };
  const percent = Number(number);
  if (percent < 1 || percent > 100)
    throw new DvmError("USAGE", `--extents "${extents}": a share is 1 to 100 per cent`);
  return { sign: signOf(sign ?? ""), percent, of: of.toUpperCase() === "VG" ? "VG" : "FREE" };
}

const signOf = (text: string): "" | "+" | "-" =>
  text.startsWith("+") ? "+" : text.startsWith("-") ? "-" : "";
