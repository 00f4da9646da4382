/** Neighbours are as far apart as can be, however many there are. */
const STEP_DEGREES = 137.508;
const SATURATION = 0.55;
const LIGHTNESS = 0.7;
const SEXTANT = 60;

/** The colour of the LV that stands at a place of the list, on which dark letters can be read. */
export function colourOf(place: number): string {
  const hue = (place * STEP_DEGREES) % 360;
  const chroma = (1 - Math.abs(2 * LIGHTNESS - 1)) * SATURATION;
  const second = chroma * (1 - Math.abs(((hue / SEXTANT) % 2) - 1));
  const least = LIGHTNESS - chroma / 2;
  const [red = 0, green = 0, blue = 0] =
    [
      [chroma, second, 0],
      [second, chroma, 0],
      [0, chroma, second],
      [0, second, chroma],
      [second, 0, chroma],
      [chroma, 0, second],
    ][Math.floor(hue / SEXTANT)] ?? [];
  return `#${[red, green, blue].map((part) => byte(part + least)).join("")}`;
}

/** Of LVs that were not selected. */
export const OTHER_COLOUR = "#b4bac2";

const byte = (part: number): string =>
  Math.round(part * 255)
    .toString(16)
    .padStart(2, "0");
