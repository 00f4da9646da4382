import stringWidth from "string-width";
import { printable } from "../../../base/printable.ts";

/** Letters of one width, so that it is known without a browser what fits. */
const LETTER = 7.9;
/** Fewer say nothing. */
const FEWEST = 3;

/** In pixels, somewhat more than it takes. */
export const textWidth = (text: string): number => stringWidth(printable(text)) * LETTER;

/** As much of the beginning as there is room for, in pixels; "" when that is next to nothing. */
export function fitting(text: string, room: number): string {
  if (textWidth(text) <= room) return text;
  let cut = [...printable(text)].slice(0, Math.max(0, Math.floor(room / LETTER)));
  while (cut.length > 0 && textWidth(`${cut.join("")}…`) > room) cut = cut.slice(0, -1);
  return cut.length < FEWEST ? "" : `${cut.join("")}…`;
}
