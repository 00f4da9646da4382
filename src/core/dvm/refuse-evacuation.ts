/** What keeps a PV from being left, and what to type then. */
import type { PvRow } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { shellWord } from "../base/shell-word.ts";
import { formatSize } from "../base/units.ts";
import type { Sys } from "../port/sys.ts";
import type { Laid, Leaving, OnPv } from "./on-pv.ts";
import { rowsOf } from "./rows-of.ts";
import type { Where } from "./vg.ts";

/** What an LV may have that is to be moved: its copy is made from the legs that are in sync. */
const HARMLESS: readonly string[] = [
  "leg-stale",
  "leg-unmarked",
  "lv-incomplete",
  "lv-copies-differ",
  "lv-writes-refused",
];

/** @throws DvmError INCOMPLETE, with what to type */
export function refuseUnfit({ metadata: { vg } }: OnPv, { name: pv }: Leaving, lvs: readonly Laid[]): void {
  const again = `then dvm evacuate ${vg.name} ${shellWord(pv)}`;
  const lost = lvs.find(({ availability }) => availability === "unavailable");
  if (lost)
    throw new DvmError(
      "INCOMPLETE",
      `LV ${lost.name} is unavailable, and cannot be copied whole: dvm doctor says what is missing, ${again}`,
      { details: { lv: lost.name, problems: lost.problems } },
    );
  const down = lvs.filter(({ state }) => state === "inactive").map(({ name }) => name);
  if (down.length > 0)
    throw new DvmError(
      "INCOMPLETE",
      `what is down is not copied: dvm activate ${vg.name} ${down.join(" ")}, ${again}`,
      { details: { lvs: down } },
    );
  for (const { name, state, problems } of lvs) {
    const [problem] = problems.filter((each) => !HARMLESS.includes(each));
    if (problem === undefined && state === "active") continue;
    throw new DvmError(
      "INCOMPLETE",
      `LV ${name} is not well (${problem ?? state}), and would not be copied whole: dvm doctor says ` +
        `what helps, ${again}`,
      { details: { lv: name, problems } },
    );
  }
}

/** @throws DvmError INCOMPLETE, with what to type */
export function refuseStuck({ metadata: { vg } }: OnPv, { name: pv }: Leaving, lvs: readonly Laid[]): void {
  if (lvs.length === 0) return;
  const again = `dvm evacuate ${vg.name} ${shellWord(pv)} goes on`;
  const each = lvs.map(({ name, stage, problems }) =>
    stage === "down"
      ? `LV ${name} is down and not copied: dvm activate ${vg.name} ${name}, then ${again}`
      : `LV ${name} is not copied (${problems.join(", ")}): dvm doctor says why; dvm run ${vg.name} -- ` +
        `move --name ${name} --abort gives its move up`,
  );
  throw new DvmError("INCOMPLETE", each.join("; "), { details: { lvs: lvs.map(({ name }) => name) } });
}

/** How much room there is for all of it, and how much is missing. */
export async function roomFor(
  sys: Sys,
  where: Where,
  { id, name, to }: Leaving,
  lvs: readonly Laid[],
): Promise<string> {
  const pvs = await rowsOf<PvRow>(sys, where, "pv", "id,free,allocatable,tags");
  const isNamed = (pv: PvRow) =>
    to.length === 0 || to.some((word) => word === pv.id || pv.tags?.includes(word));
  const free = pvs
    .filter((pv) => pv.id !== id && pv.allocatable && isNamed(pv))
    .reduce((sum, pv) => sum + (pv.free ?? 0), 0);
  const needed = lvs.reduce((sum, { size }) => sum + size, 0);
  const lacking =
    needed > free ? `at least ${formatSize(needed - free)} are missing` : "but not as it is needed";
  return (
    `what lies on ${name} takes ${formatSize(needed)} and raid metadata elsewhere, and ` +
    `${formatSize(free)} are free there; ${lacking}`
  );
}
