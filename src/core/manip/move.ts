import { DvmError } from "../base/error.ts";
import type { Values } from "../port/parameters.ts";
import { type ChangeContext, change } from "../volume/change.ts";
import { runsOfLeg } from "../volume/legs.ts";
import type { Lv } from "../volume/model.ts";
import { newLegs } from "../volume/new-legs.ts";
import { mixedBlocksOption, placementOptions, readPlace } from "../volume/placement.ts";
import { mirrorIn } from "../volume/types/raid.ts";
import { MAX_LEGS, readRegionSize, regionSizeOption } from "../volume/types/raid-new.ts";
import { beginWork, endWork, legsBefore, refuseInWork } from "../volume/work.ts";
import type { Workspace } from "../volume/workspace.ts";

const options = {
  name: { summary: "The LV's name or id", required: true },
  from: { summary: "The PV to leave, by id or tag", placeholder: "PV", names: "pv" },
  to: { summary: "Move to this PV, by id or tag; else to any", many: true, placeholder: "PV", names: "pv" },
  policy: placementOptions.policy,
  "region-size": regionSizeOption,
  "allow-mixed-blocks": mixedBlocksOption,
  finish: { summary: "End the move: the old copy goes", type: "flag" },
  abort: { summary: "Give the move up: the new copy goes", type: "flag" },
} as const;

export const move = change({
  name: "move",
  summary: "Move an LV, or its copies, from a PV to others",
  description:
    "The whole LV is copied, or of a raid1 the whole leg, even if only a part lies on the PV. It stays " +
    "in use; --finish ends the move once the copy is complete.",
  examples: ["--name root --from fast", "--name root --from fast --to slow", "--name root --finish"],
  options,
  groups: [{ give: "one", of: ["from", "finish", "abort"] }],
  apply(workspace, { finish, abort: _, ...how }, { tell }) {
    const lv = workspace.lv(how.name);
    if (how.from !== undefined) return start(workspace, lv, how.from, how, tell);
    if (lv.work !== "move") return tell(`LV ${lv.name} is not being moved`);
    endWork(workspace, lv, finish ? "from" : "to", how["allow-mixed-blocks"]);
  },
});

type How = Pick<Values<typeof options>, "to" | "policy" | "region-size" | "allow-mixed-blocks">;

function start(workspace: Workspace, lv: Lv, from: string, how: How, tell: ChangeContext["tell"]): void {
  refuseInWork(lv);
  const left = new Set(workspace.pvsOf([from]).map(({ id }) => id));
  const mixed = how["allow-mixed-blocks"];
  const words = { policy: how.policy, pv: how.to, "allow-mixed-blocks": mixed };
  const place = readPlace(workspace, lv, words);
  const onto = { ...place, pvs: place.pvs.filter(({ pv }) => !left.has(pv)) };
  const raid1 = mirrorIn(lv);
  if (raid1 && how["region-size"] !== undefined)
    throw new DvmError("USAGE", "--region-size is only for an LV that has no copies");
  const legs = legsBefore(lv);
  const leaving = legs.filter((leg) => runsOfLeg(leg).some(({ pv }) => left.has(pv)));
  const [first] = leaving;
  if (!first) {
    tell(`LV ${lv.name} has nothing on PV ${from}`);
    return;
  }
  if (legs.length + leaving.length > MAX_LEGS)
    throw new DvmError("TOO_LARGE", `LV ${lv.name} has no room for ${leaving.length} legs more`);
  const staying = legs.filter((leg) => !leaving.includes(leg));
  const added = newLegs(workspace, lv, { count: leaving.length, like: first.image }, onto, staying);
  const regionSize = raid1?.regionSize ?? readRegionSize(how["region-size"]);
  beginWork(workspace, lv, "move", { leaving, added, regionSize }, mixed);
}
