import type { Row } from "../../column.ts";
import { columnsOf } from "../../columns.ts";
import type { TreeLine } from "../draw-tree.ts";
import { lvNode } from "../tree.ts";
import { valueText } from "../value-text.ts";
import { colourOf } from "./colour.ts";
import { drawDevices, WIDTH } from "./devices.ts";
import { heading } from "./heading.ts";
import { element, escaped } from "./markup.ts";
import type { Shown } from "./shown.ts";
import { pageStyle, style } from "./style.ts";
import { svgElement } from "./svg.ts";

/** Columns of the table, by the name that the report has. */
const COLUMNS = ["type", "size", "state", "sync", "availability", "fill"] as const;

/** A page that needs nothing besides: bars of the devices, and a table of LVs, whose stacks fold out. */
export function formatHtml(shown: Shown): string {
  const { title, words, isWell } = heading(shown);
  const devices = drawDevices(shown);
  const head = [
    `<meta charset="utf-8"><meta name="viewport" content="width=device-width">`,
    element("title", {}, escaped(title)),
    element("style", {}, style, pageStyle),
  ];
  const body = [
    element("h1", {}, escaped(title)),
    element("p", isWell ? {} : { class: "bad" }, escaped(words)),
    element("h2", {}, "Devices"),
    svgElement(WIDTH, devices.height, "extents of each device", devices.markup),
    ...(shown.stacks.length > 0 ? [element("h2", {}, "LVs"), tableOf(shown)] : []),
  ];
  const page = element("html", { lang: "en" }, element("head", {}, ...head), element("body", {}, ...body));
  return `<!doctype html>\n${page}\n`;
}

function tableOf(shown: Shown): string {
  const heads = ["LV", ...COLUMNS, "stack"].map((name) => element("th", {}, name));
  const rows = shown.stacks.map((row, place) => rowOf(shown, row, place));
  return element(
    "table",
    {},
    element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, ...rows),
  );
}

function rowOf({ facts }: Shown, row: Row, place: number): string {
  const name = String(row["name"]);
  const swatch = element("span", { class: "swatch", style: `background:${colourOf(place)}` }, "");
  const cells = COLUMNS.map((column) => cellOf(row, column));
  const { children } = lvNode(row, facts);
  const stack = element("details", {}, element("summary", {}, String(children.length)), listOf(children));
  return element(
    "tr",
    { "data-lv": name },
    element("td", {}, swatch, escaped(name)),
    ...cells,
    element("td", {}, children.length > 0 ? stack : ""),
  );
}

function cellOf(row: Row, name: (typeof COLUMNS)[number]): string {
  const value = row[name] ?? null;
  const kind = columnsOf.lv.find((column) => column.name === name)?.kind ?? "text";
  const isBad = name === "availability" && value !== "complete" && value !== null;
  const look = isBad ? { class: "bad" } : kind === "text" ? {} : { class: "number" };
  return element("td", look, escaped(valueText(value, { kind })));
}

const listOf = (lines: readonly TreeLine[]): string =>
  lines.length === 0
    ? ""
    : element(
        "ul",
        {},
        ...lines.map(({ text, children }) => element("li", {}, escaped(text), listOf(children))),
      );
