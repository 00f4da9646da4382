import { DvmError } from "../base/error.ts";
import type { Sectors } from "../base/units.ts";
import { type ChangeContext, change } from "../volume/change.ts";
import { putLegs, putStates, runsOfLeg, withNewLegs } from "../volume/legs.ts";
import { isToBeRebuilt, type Lv, legsOf, type NumberedLeg, type Segment } from "../volume/model.ts";
import { newLegs, newMeta } from "../volume/new-legs.ts";
import { type AllocationBounds, placementOptions, readPlace } from "../volume/placement.ts";
import { kindOf, namesWith } from "../volume/types/index.ts";
import { mirrorIn } from "../volume/types/raid.ts";
import { MAX_LEGS, readRegionSize, regionSizeOption } from "../volume/types/raid-new.ts";
import { refuseInWork } from "../volume/work.ts";
import type { Workspace } from "../volume/workspace.ts";

export const mirror = change({
  name: "mirror",
  summary: "Keep more or fewer copies of an LV",
  description:
    "New copies are marked for rebuilding, and are read only once they are complete; --synced then " +
    "says so. Copies that are not current go first; --pv names the PVs that get the new ones, or " +
    "lose theirs.",
  examples: ["--name root --mirrors 1", "--name home --mirrors 2 --pv spare", "--name home --mirrors 0"],
  options: {
    name: { summary: "The LV's name or id", required: true },
    mirrors: { summary: "Keep N extra copies; 0 for none", type: "count", placeholder: "N" },
    synced: { summary: "The copies that were being rebuilt are complete", type: "flag" },
    ...placementOptions,
    "region-size": regionSizeOption,
  },
  groups: [{ give: "one", of: ["mirrors", "synced"] }],
  apply(workspace, { name, mirrors, synced: _, "region-size": regionSize, ...where }, { tell }) {
    const lv = workspace.lv(name);
    refuseInWork(lv);
    if (mirrors === undefined) return markSynced(workspace, lv, tell);
    if (legsOf(lv).length > 0 && !mirrorIn(lv)) throw onlyPlain(lv, lv.segments[0]);
    const count = mirrors + 1;
    const now = Math.max(1, legsOf(lv).length);
    if (count > MAX_LEGS) throw new DvmError("USAGE", `--mirrors is at most ${MAX_LEGS - 1}`);
    if (count === now) return tell(`LV ${lv.name} has ${mirrors} extra copies already`);
    if (regionSize !== undefined && now > 1)
      throw new DvmError("USAGE", "--region-size is only for an LV that has no copies yet");
    if (count > now)
      add(workspace, lv, count - now, readPlace(workspace, lv, where), readRegionSize(regionSize));
    else drop(workspace, lv, now - count, where.pv);
  },
});

function add(
  workspace: Workspace,
  lv: Lv,
  count: number,
  place: AllocationBounds,
  regionSize: Sectors,
): void {
  const raid1 = mirrorIn(lv);
  const plain = namesWith("plain");
  const other = raid1 ? undefined : lv.segments.find(({ type }) => !plain.includes(type));
  if (other) throw onlyPlain(lv, other);
  const image = raid1?.legs[0]?.image ?? lv.segments;
  const legs = [...legsOf(lv)];
  const added = newLegs(workspace, lv, { count, like: image }, place, raid1 ? legs : [{ image, meta: [] }]);
  if (!raid1) {
    const meta = newMeta(workspace, lv, image, place, added);
    legs.push({ state: "current", number: 0, image, meta });
  }
  putLegs(workspace, lv, withNewLegs(lv, legs, added), raid1?.regionSize ?? regionSize);
}

const onlyPlain = ({ name }: Lv, segment: Segment | undefined): DvmError =>
  new DvmError(
    "UNSUPPORTED",
    `LV ${name} is ${segment && kindOf(segment)}: ` +
      `only ${namesWith("plain").join(" and ")} LVs can have copies`,
  );

function drop(workspace: Workspace, lv: Lv, count: number, words: readonly string[]): void {
  const legs = legsOf(lv);
  const named = new Set(workspace.pvsOf(words).map(({ id }) => id));
  const candidates = words.length > 0 ? legs.filter((leg) => isOn(leg, named)) : legs;
  if (candidates.length < count)
    throw new DvmError(
      "NOT_FOUND",
      `LV ${lv.name} has ${candidates.length} copies on the PVs named, not ${count}`,
    );
  const byWorth = [...candidates].reverse().sort((a, b) => WORTH[a.state] - WORTH[b.state]);
  const gone = new Set(byWorth.slice(0, count));
  const kept = legs.filter((leg) => !gone.has(leg));
  putLegs(workspace, lv, kept, mirrorIn(lv)?.regionSize ?? 0);
}

/** The least goes first. */
const WORTH = { stale: 0, rebuild: 1, recovering: 2, current: 3 } as const;

const isOn = (leg: NumberedLeg, pvs: ReadonlySet<string>): boolean =>
  runsOfLeg(leg).some(({ pv }) => pvs.has(pv));

function markSynced(workspace: Workspace, lv: Lv, tell: ChangeContext["tell"]): void {
  const legs = legsOf(lv);
  if (!legs.some(isToBeRebuilt)) {
    tell(`LV ${lv.name} has no copy that is being rebuilt`);
    return;
  }
  const synced = legs.map((leg) => (isToBeRebuilt(leg) ? { ...leg, state: "current" as const } : leg));
  putStates(workspace, lv, synced);
}
