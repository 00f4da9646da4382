/** One line for people per device that changes. */
import { formatSize } from "../../base/units.ts";
import { type Device, nameOf } from "../compare/device.ts";
import { lengthOf } from "../compare/same-table.ts";
import { isTouched, type Work } from "../decide/decide.ts";
import type { Layout } from "../layout.ts";

/** @returns lines as `create vg-lv (10 GiB)`, children before parents, then what is removed */
export function summarize({ works, removals, heals }: Layout): string[] {
  const touched = works.filter((work) => isTouched(work) && !work.device.going);
  const others = new Set([...touched.map(({ device }) => device.uuid), ...removals.map(({ uuid }) => uuid)]);
  const resumed = heals.filter(({ uuid }) => !others.has(uuid));
  return [
    ...resumed.map(({ name }) => `resume ${name}, found suspended`),
    ...touched.map(describe),
    ...removals.map((device) => `remove ${nameOf(device)}${isOpen(device) ? " (open)" : ""}`),
  ];
}

/** By somebody besides dm devices. */
const isOpen = ({ current, holdingTables }: Device): boolean => (current?.openCount ?? 0) > holdingTables;

function describe(work: Work): string {
  const { device, desired, kind } = work;
  const size = lengthOf(desired.table);
  const was = lengthOf(device.current?.table ?? []);
  const from = device.current?.name;
  const renamed = from !== undefined && from !== desired.name ? ` (was ${from})` : "";
  const who = `${desired.name}${renamed}`;
  if (kind === "create") return `create ${who} (${formatSize(size)})`;
  if (kind === "fill") return `activate ${who} (${formatSize(size)}), found without a table`;
  if (kind === "change" && size !== was)
    return `${size > was ? "extend" : "reduce"} ${who} from ${formatSize(was)} to ${formatSize(size)}`;
  if (kind === "change") return `change the table of ${who}`;
  if (work.suspended) return `resume ${who}, found suspended`;
  if (work.quiesce) return `suspend ${who} for a moment`;
  return renamed ? `rename ${from} to ${desired.name}` : `clear the loaded table of ${who}`;
}
