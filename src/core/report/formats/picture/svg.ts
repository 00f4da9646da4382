import type { Row } from "../../column.ts";
import type { TreeLine } from "../draw-tree.ts";
import { lvNode } from "../tree.ts";
import { colourOf } from "./colour.ts";
import { type Drawing, drawDevices, WIDTH } from "./devices.ts";
import { heading } from "./heading.ts";
import { element, escaped } from "./markup.ts";
import type { Shown } from "./shown.ts";
import { style } from "./style.ts";
import { fitting } from "./text.ts";

const MARGIN = 16;
const HEAD = 36;
const LINE = 18;
const BASELINE = 13;
const SWATCH = 12;
const INDENT = 22;
const FILL = 100;

/** One drawing: bars of the devices, and what each LV is made of. */
export function formatSvg(shown: Shown): string {
  const devices = drawDevices(shown);
  const stacks = drawStacks(shown);
  const height = 2 * MARGIN + HEAD + devices.height + stacks.height;
  const at = (y: number, markup: string) => element("g", { transform: `translate(${MARGIN} ${y})` }, markup);
  const { title, words, isWell } = heading(shown);
  const rest = element("tspan", { class: isWell ? "soft" : "bad", dx: 12 }, escaped(words));
  return `${svgElement(
    WIDTH + 2 * MARGIN,
    height,
    title,
    element("style", {}, style),
    element("rect", { class: "paper", width: "100%", height: "100%" }),
    at(MARGIN, element("text", { y: BASELINE }, element("tspan", { class: "title" }, escaped(title)), rest)),
    at(MARGIN + HEAD, devices.markup),
    at(MARGIN + HEAD + devices.height, stacks.markup),
  )}\n`;
}

/** The element itself, which is a document by itself or stands in a page. */
export const svgElement = (
  width: number,
  height: number,
  label: string,
  ...content: readonly string[]
): string =>
  element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "aria-label": label,
    },
    ...content,
  );

function drawStacks({ facts, stacks }: Shown): Drawing {
  let height = 0;
  const drawn = stacks.map((row, place) => {
    const lines = linesOf(lvNode(row, facts), 0);
    const markup = lines.map((line, at) => drawLine(line, at * LINE));
    const swatch = element("rect", { fill: colourOf(place), width: SWATCH, height: SWATCH, y: 2 });
    const y = height;
    height += lines.length * LINE;
    const id = { "data-lv": String(row["name"]), transform: `translate(0 ${y})` };
    return element("g", id, swatch, ...markup, drawFill(row));
  });
  return { markup: drawn.join(""), height };
}

interface Line {
  readonly text: string;
  readonly depth: number;
}

const linesOf = ({ text, children }: TreeLine, depth: number): Line[] => [
  { text, depth },
  ...children.flatMap((child) => linesOf(child, depth + 1)),
];

function drawLine({ text, depth }: Line, y: number): string {
  const x = INDENT * (depth + 1);
  const shownText = escaped(fitting(text, WIDTH - x - (depth === 0 ? FILL : 0)));
  const place = { class: depth === 0 ? "lv" : "soft", x, y: y + BASELINE };
  return element("text", place, element("title", {}, escaped(text)), shownText);
}

/** How full a pool, a store or a cache is. */
function drawFill(row: Row): string {
  const fill = row["fill"];
  if (typeof fill !== "number") return "";
  const place = { x: WIDTH - FILL, y: 2, height: SWATCH };
  return element(
    "g",
    { "data-fill": fill },
    element("title", {}, escaped(`${fill} % full`)),
    element("rect", { class: "free", ...place, width: FILL }),
    element("rect", { class: "soft", ...place, width: Math.min(FILL, fill) }),
  );
}
