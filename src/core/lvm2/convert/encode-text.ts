import { assert } from "../../base/assert.ts";
import type { TextVg } from "../model.ts";
import { readVg } from "../read-vg.ts";
import { printItems } from "../text/print.ts";
import type { TextSection } from "../text/section.ts";

/**
 * The bytes of a text, with the NUL that ends it.
 * @returns them, and the VG that reading them gives
 */
export function encodeText(file: TextSection): { readonly bytes: Buffer; readonly vg: TextVg } {
  // A text begins with the VG's name.
  const printed = printItems(file).trimStart();
  const bytes = Buffer.from(`${printed}\0`);
  const vg = readVg(bytes, "the text that was made");
  assert(printItems(vg.file).trimStart() === printed, "a text reads back as it was made");
  return { bytes, vg };
}
