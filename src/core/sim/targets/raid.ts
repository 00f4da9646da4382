import { raid as target } from "../../dm/targets/raid.ts";
import { keepFailures, keepRun, readSuperblocks, rebuildingIn } from "./raid-superblocks.ts";
import type { SimTarget } from "./target.ts";

/** What becomes of its legs as time passes is in raid-rebuild.ts. */
export const raid: SimTarget = {
  measuresAtLoad: true,
  learn: readSuperblocks,
  resume(line, { state, readLeaf, writeLeaf }, table) {
    if (!readLeaf || !writeLeaf) return line;
    const io = { read: readLeaf, write: writeLeaf, flush: () => {} };
    keepRun(state, line, io);
    if (table.failed) keepFailures(state, table, table.failed, io);
    return line;
  },
  status(line, _around, table) {
    const params = target.decodeParams(line.params);
    const { devices, type } = params;
    const { failed = [] } = table;
    const rebuild = rebuildingIn(table);
    const length = Math.max(...target.areas(params, line).map((area) => area.length));
    const total = type === "raid0" || type === "raid10" ? line.length : length;
    const letter = (leg: number): string => (failed.includes(leg) ? "D" : rebuild.includes(leg) ? "a" : "A");
    const health = devices.map(({ data }, leg) => (data === null ? "-" : letter(leg))).join("");
    const progress = rebuild.length > 0 ? `0/${total} recover` : `${total}/${total} idle`;
    return `${type} ${devices.length} ${health} ${progress} 0 0 -`;
  },
};
