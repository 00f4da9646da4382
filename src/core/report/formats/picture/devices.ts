import type { Pv } from "../../../../schema/index.ts";
import { formatSize } from "../../../base/units.ts";
import { legWord } from "../../condition.ts";
import { deviceName, type Use, usedExtents } from "../../facts.ts";
import { pvState } from "../../rows/pv.ts";
import { extentRange, useName } from "../use-words.ts";
import { colourOf, OTHER_COLOUR } from "./colour.ts";
import { element, escaped } from "./markup.ts";
import type { Shown } from "./shown.ts";
import { fitting, textWidth } from "./text.ts";

/** Of the bar of the largest device, in pixels. */
export const WIDTH = 928;
const BAR = 24;
const BASELINE = 17;
const HEAD = 22;
const GAP = 14;
const MARGIN = 4;

/** Lines that stand for what cannot be used. */
const HATCH =
  `<defs><pattern id="hatch" width="8" height="8" patternUnits="userSpaceOnUse" ` +
  `patternTransform="rotate(45)"><path class="hatch" d="M0 0V8"/></pattern></defs>`;

/** A part of a picture, which begins at its upper left corner. */
export interface Drawing {
  readonly markup: string;
  readonly height: number;
}

/** A bar for each device, as long as that is large: what uses its extents, is free, is not there. */
export function drawDevices(shown: Shown): Drawing {
  const { facts, pvs, lvs } = shown;
  const largest = Math.max(1, ...pvs.map(({ extents }) => extents));
  const colours = new Map(lvs.map((row, place) => [String(row["id"]), colourOf(place)]));
  const bars = pvs.map((pv, at) => {
    const y = at * (HEAD + BAR + GAP);
    const width = Math.max(1, (pv.extents / largest) * WIDTH);
    const runs = (facts.uses.get(pv.id) ?? []).map((use) => drawRun(shown, use, width / pv.extents, colours));
    const free = element("rect", { class: "free", width: pixels(width), height: BAR });
    const bar = element(
      "g",
      { transform: `translate(0 ${HEAD})` },
      free,
      ...runs,
      overGone(shown, pv, width),
    );
    return element("g", { "data-pv": pv.id, transform: `translate(0 ${y})` }, heading(shown, pv), bar);
  });
  return { markup: `${HATCH}${bars.join("")}`, height: pvs.length * (HEAD + BAR + GAP) };
}

function heading({ facts }: Shown, pv: Pv): string {
  const { extentSize } = facts.metadata.vg;
  const state = pvState(facts, pv.id);
  const free = pv.extents - usedExtents(facts, pv.id);
  const name = deviceName(facts, pv.id);
  const words = `: ${formatSize(pv.extents * extentSize)}, ${formatSize(free * extentSize)} free`;
  const isWell = state === null || state === "present";
  const room = WIDTH - textWidth(words) - (isWell ? 0 : textWidth(`, ${state}`));
  return element(
    "text",
    { y: BASELINE - MARGIN },
    element("title", {}, escaped(name)),
    escaped(fitting(name, room) + words),
    isWell ? "" : element("tspan", { class: "bad" }, escaped(`, ${state}`)),
  );
}

/** Where the device is not there, or not all of it. */
function overGone({ facts }: Shown, { id }: Pv, width: number): string {
  const state = pvState(facts, id);
  if (state === null || state === "present" || state === "read-only") return "";
  const place = { width: pixels(width), height: BAR };
  return (
    element("rect", { ...place, fill: "url(#hatch)", "fill-opacity": 0.5, "pointer-events": "none" }) +
    element("rect", { class: "gone", ...place, "pointer-events": "none" })
  );
}

function drawRun({ facts }: Shown, use: Use, scale: number, colours: ReadonlyMap<string, string>): string {
  const { lv, area, start, length } = use;
  const x = start * scale;
  const width = length * scale;
  const word = legWord(facts, lv, area.component);
  const place = { x: pixels(x), width: pixels(width), height: BAR };
  const what = [`${useName(use)} ${extentRange(start, length)}`, word]
    .filter((each) => each !== "")
    .join(", ");
  const label = fitting(useName(use), width - 2 * MARGIN);
  return element(
    "g",
    { "data-lv": lv.name },
    element("title", {}, escaped(what)),
    element("rect", { ...place, fill: colours.get(lv.id) ?? OTHER_COLOUR }),
    word === "" ? "" : element("rect", { ...place, fill: "url(#hatch)", "fill-opacity": 0.5 }),
    label === "" ? "" : element("text", { class: "run", x: pixels(x + MARGIN), y: BASELINE }, escaped(label)),
  );
}

const pixels = (value: number): string => String(Number(value.toFixed(2)));
