/** One line for people per device that changes. */
import { formatSize } from "../../base/units.ts";
import { type Device, nameOf } from "../compare/device.ts";
import { lengthOf } from "../compare/same-table.ts";
import { type Decision, isTouched } from "../decide/decision.ts";
import type { PlannedChange } from "./change.ts";

/** @returns lines as `create vg-lv (10 GiB)`, children before parents, then what is removed */
export function summarize({ order: { prepare, going }, heals }: PlannedChange): string[] {
  const touched = prepare.filter((decision) => isTouched(decision) && !decision.device.going);
  const others = new Set([...touched.map(({ device }) => device.uuid), ...going.map(({ uuid }) => uuid)]);
  const resumed = heals.filter(({ uuid }) => !others.has(uuid));
  return [
    ...resumed.map(({ name }) => `resume ${name}, found suspended`),
    ...touched.map(describe),
    ...going.map((device) => `remove ${nameOf(device)}${isOpen(device) ? " (open)" : ""}`),
  ];
}

/** By somebody besides dm devices. */
const isOpen = ({ current, holdingTables }: Device): boolean => (current?.openCount ?? 0) > holdingTables;

function describe({ device, desired, finding, foundSuspended, quiesce, thins, clear }: Decision): string {
  const size = lengthOf(desired.table);
  const was = lengthOf(device.current?.table ?? []);
  const from = device.current?.name;
  const renamed = from !== undefined && from !== desired.name ? ` (was ${from})` : "";
  const who = `${desired.name}${renamed}`;
  if (finding === "absent") return `create ${who} (${formatSize(size)})`;
  if (finding === "empty") return `activate ${who} (${formatSize(size)}), found without a table`;
  if (finding === "differs" && size !== was)
    return `${size > was ? "extend" : "reduce"} ${who} from ${formatSize(was)} to ${formatSize(size)}`;
  if (finding === "differs") return `change the table of ${who}`;
  if (foundSuspended) return `resume ${who}, found suspended`;
  if (quiesce) return `suspend ${who} for a moment`;
  if (thins && !renamed && !clear) return `tell ${who} of its thin devices`;
  return renamed ? `rename ${from} to ${desired.name}` : `clear the loaded table of ${who}`;
}
