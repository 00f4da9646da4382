/**
 * Stacks as trees: an LV over its components over devices, a device under its LVs, a dm device over others.
 */
import type { DmDevice, Lv } from "../../../schema/index.ts";
import { defined } from "../../base/assert.ts";
import { printable } from "../../base/printable.ts";
import { formatSize } from "../../base/units.ts";
import { devicesOf, referenceOf } from "../../dm/references.ts";
import { usesOf } from "../../volume/users.ts";
import { type AreaRow, areasOf } from "../areas.ts";
import type { ReportSubject, Row } from "../column.ts";
import { legWord } from "../condition.ts";
import { deviceName, type Facts, isHere } from "../facts.ts";
import { lvRows } from "../rows/lv.ts";
import { drawTree, type TreeLine } from "./draw-tree.ts";
import { extentRange, useName } from "./use-words.ts";
import { valueText } from "./value-text.ts";

/** Draws what the rows are about. Of segments there is no tree: LVs show theirs. */
export const formatTree: Readonly<
  Record<Exclude<ReportSubject, "seg">, (rows: readonly Row[], facts: Facts) => string>
> = {
  vg: (rows, facts) => drawTree(rows.map((row) => vgNode(row, facts))),
  lv: (rows, facts) => drawTree(rows.map((row) => lvNode(row, facts))),
  pv: (rows, facts) => drawTree(rows.map((row) => pvNode(row, facts))),
  dm: (rows, facts) => drawTree(dmNodes(rows, facts)),
};

function vgNode(row: Row, facts: Facts): TreeLine {
  const free = `${size(row["free"])} of ${size(row["size"])} free`;
  const missing = row["missing"] ? `${row["missing"]} missing` : null;
  const words = [`${row["pvs"]} PVs`, free, missing, unlessWell(row["availability"])];
  return {
    text: `${row["name"]}: ${words.filter((word) => word !== null).join(", ")}`,
    children: lvRows(facts).map((each) => lvNode(each, facts)),
  };
}

/** A stack: an LV, what it is made of, and where that lies. */
export function lvNode(row: Row, facts: Facts): TreeLine {
  const lv = defined(facts.lvs.get(String(row["id"])), "LV");
  const sync = typeof row["sync"] === "number" ? `${row["sync"].toFixed(1)} % in sync` : null;
  const words = [row["type"], size(row["size"]), row["state"], sync, unlessWell(row["availability"])];
  return {
    text: `${lv.name}: ${words.filter((word) => word !== null && word !== "").join(", ")}`,
    children: lvChildren(lv, facts),
  };
}

const unlessWell = (availability: Row[string] | undefined): Row[string] =>
  availability === "complete" || availability === undefined ? null : availability;

/** LVs that it is built on, areas on devices directly, and each component with its own. */
function lvChildren(lv: Lv, facts: Facts): TreeLine[] {
  const components = new Map<string, AreaRow[]>();
  for (const area of areasOf(lv)) {
    const known = components.get(area.component);
    if (known) known.push(area);
    else components.set(area.component, [area]);
  }
  const uses = usesOf(lv).map((id) => ({ text: `LV ${facts.lvs.get(id)?.name ?? id}`, children: [] }));
  const own = [...components].flatMap(([component, areas]) => {
    const nodes = areas.flatMap((area) => (area.place || !area.known ? [areaNode(area, facts)] : []));
    if (component === "") return nodes;
    const text = [component, legWord(facts, lv, component)].filter((word) => word !== "").join(", ");
    return [{ text, children: nodes }];
  });
  return [...uses, ...own];
}

function areaNode({ place, stripe, type, length }: AreaRow, facts: Facts): TreeLine {
  if (!place) return { text: `${type}: ${length} extents of a type that is not known here`, children: [] };
  const missing = isHere(facts, place) ? "" : ", missing";
  const lane = stripe === null ? "" : `stripe ${stripe}: `;
  return {
    text:
      `${lane}${printable(deviceName(facts, place.pv))} ` +
      `${extentRange(place.start, place.length)}${missing}`,
    children: [],
  };
}

function pvNode(row: Row, facts: Facts): TreeLine {
  const id = String(row["id"]);
  const state = row["state"] === "present" ? null : row["state"];
  const words = [size(row["size"]), `${size(row["free"])} free`, state];
  return {
    text: `${printable(deviceName(facts, id))}: ${words.filter((word) => word !== null).join(", ")}`,
    children: (facts.uses.get(id) ?? []).map((use) => ({
      text: [
        `${useName(use)} ${extentRange(use.start, use.length)}`,
        legWord(facts, use.lv, use.area.component),
      ]
        .filter((word) => word !== "")
        .join(", "),
      children: [],
    })),
  };
}

/** Roots are the selected devices that no other selected one lies on. */
function dmNodes(rows: readonly Row[], facts: Facts): TreeLine[] {
  const pairs = [...facts.dmOf.values()].flatMap((pairings) => [...pairings.values()]);
  const devices = new Map(
    pairs.flatMap(({ live, desired }) => live ?? desired ?? []).map((d) => [d.name, d]),
  );
  const rowOf = new Map(rows.map((row) => [String(row["name"]), row]));
  const drawn = new Set<string>();
  const node = (device: DmDevice): TreeLine => {
    const text = dmText(device, rowOf.get(device.name));
    const tokens = tokensOf(device);
    // In full only once: a document may lie, and go round in circles.
    if (drawn.has(device.name) && tokens.length > 0) return { text: `${text} (see above)`, children: [] };
    drawn.add(device.name);
    const child = (token: string): TreeLine => {
      const found = devices.get(referenceOf(token) ?? "");
      return found ? node(found) : { text: printable(pathOf(token, facts)), children: [] };
    };
    return { text, children: tokens.map(child) };
  };
  const selected = [...devices.values()].filter(({ name }) => rowOf.has(name));
  const under = new Set(selected.flatMap((device) => below(device, devices)));
  const roots = selected.filter(({ name }) => !under.has(name));
  return (roots.length > 0 ? roots : selected).map(node);
}

/** Names of all devices that one lies on, directly or not. */
function below(device: DmDevice, devices: ReadonlyMap<string, DmDevice>): string[] {
  const found = new Set<string>();
  const queue = [device];
  for (const each of queue) {
    for (const name of tokensOf(each).map(referenceOf)) {
      const child = name === undefined || found.has(name) ? undefined : devices.get(name);
      if (!child) continue;
      found.add(child.name);
      queue.push(child);
    }
  }
  return [...found];
}

const tokensOf = ({ table }: DmDevice): string[] => [...new Set((table ?? []).flatMap(devicesOf))];

function dmText(device: DmDevice, row: Row | undefined): string {
  const targets = [...new Set((device.table ?? []).map(({ type }) => type))].join("+");
  const table = row?.["table"] === "agrees" ? null : row?.["table"];
  const health = /[^A]/.test(String(row?.["health"] ?? "")) ? row?.["health"] : null;
  return [device.name, [targets, row?.["state"], table, health].filter(Boolean).join(", ")]
    .filter((word) => word !== "")
    .join(": ");
}

/** Devices that are no dm devices stand in live tables as major:minor. */
const pathOf = (token: string, { discovery }: Facts): string =>
  discovery?.devices.find(({ dev }) => dev === token)?.path ?? token;

const size = (value: Row[string] | undefined): string =>
  typeof value === "number" ? formatSize(value) : valueText(value ?? null, { kind: "sectors" });
