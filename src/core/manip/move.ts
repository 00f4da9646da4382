/**
 * A move is a raid1 for a while: the leg that moves and its copy, which is rebuilt. dm-raid keeps in its
 * metadata which leg failed and how far the copy has come, so nothing is lost when a device fails or the
 * machine stops in the middle. dm's plain mirror would forget both.
 */
import { defined } from "../base/assert.ts";
import { DvmError } from "../base/error.ts";
import type { Values } from "../port/parameters.ts";
import { type ChangeContext, change } from "../volume/change.ts";
import { isMoving, putLegs, refuseWhileMoving, runsOfLeg, withNewLegs } from "../volume/legs.ts";
import { type Lv, legsOf, type NumberedLeg } from "../volume/model.ts";
import { newLegs, newMeta } from "../volume/new-legs.ts";
import { mixedBlocksOption, placementOptions, readPlace } from "../volume/placement.ts";
import { kindOf, namesWith } from "../volume/types/index.ts";
import { MOVES_BY, mirrorIn } from "../volume/types/raid.ts";
import { MAX_LEGS, readRegionSize, regionSizeOption } from "../volume/types/raid-new.ts";
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
    if (!isMoving(lv)) return tell(`LV ${lv.name} is not being moved`);
    end(workspace, lv, finish ? "from" : "to", how["allow-mixed-blocks"]);
  },
});

type How = Pick<Values<typeof options>, "to" | "policy" | "region-size" | "allow-mixed-blocks">;

function start(workspace: Workspace, lv: Lv, from: string, how: How, tell: ChangeContext["tell"]): void {
  refuseWhileMoving(lv);
  const left = new Set(workspace.pvsOf([from]).map(({ id }) => id));
  const mixed = how["allow-mixed-blocks"];
  const words = { policy: how.policy, pv: how.to, "allow-mixed-blocks": mixed };
  const place = readPlace(workspace, lv, words);
  const onto = { ...place, pvs: place.pvs.filter(({ pv }) => !left.has(pv)) };
  const raid1 = mirrorIn(lv);
  const fixed = raid1 ? undefined : lv.segments.find(({ type }) => !namesWith("on-pvs").includes(type));
  if (fixed)
    throw new DvmError(
      "UNSUPPORTED",
      `LV ${lv.name} is ${kindOf(fixed)}: what moves is ${namesWith("on-pvs").join(" or ")}, or legs of a ` +
        `${MOVES_BY}`,
    );
  if (raid1 && how["region-size"] !== undefined)
    throw new DvmError("USAGE", "--region-size is only for an LV that has no copies");
  const legs: readonly NumberedLeg[] = raid1
    ? legsOf(lv)
    : [{ state: "current", number: 0, image: lv.segments, meta: [] }];
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
  const marked = legs.map(
    (leg): NumberedLeg =>
      leaving.includes(leg) ? { ...leg, move: "from", meta: metaFor(workspace, lv, leg) } : leg,
  );
  putLegs(
    workspace,
    lv,
    withNewLegs(marked, added, "to"),
    raid1?.regionSize ?? readRegionSize(how["region-size"]),
    mixed,
  );
}

/** The leg's raid metadata; for an LV that was none, any place will do for the time of the move. */
function metaFor(workspace: Workspace, lv: Lv, { image, meta }: NumberedLeg): NumberedLeg["meta"] {
  if (meta.length > 0) return meta;
  return newMeta(workspace, lv, image, readPlace(workspace, lv, { policy: "anywhere", pv: [] }), []);
}

/** Ends a move. @param gone which end of it goes. @param mixed the LV's blocks may become what they were */
function end(workspace: Workspace, lv: Lv, gone: "from" | "to", mixed: boolean): void {
  const regionSize = defined(mirrorIn(lv)?.regionSize, "the region size of an LV that is being moved");
  const kept = legsOf(lv)
    .filter(({ move }) => move !== gone)
    .map(({ move, ...leg }): NumberedLeg => (move === "to" ? { ...leg, state: arrived(lv, leg) } : leg));
  putLegs(workspace, lv, kept, regionSize, mixed);
}

/** Whoever applies the change checks that the copy is complete; one that missed writes cannot be. */
function arrived({ name }: Lv, { state, number }: NumberedLeg): "current" {
  if (state === "stale")
    throw new DvmError("WOULD_LOSE_DATA", `LV ${name}: its new copy (leg ${number}) has missed writes`);
  return "current";
}
