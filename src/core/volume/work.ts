/**
 * An LV in work: one that moves, or becomes another type. It is a raid1 for that time, of what it was (legs
 * marked `from`) and of what it shall be (`to`). dm-raid keeps in its metadata which leg failed and how far
 * the copy has come, so nothing is lost when a device fails or the machine stops in the middle; dm's plain
 * mirror would forget both.
 */
import { DvmError } from "../base/error.ts";
import type { Sectors } from "../base/units.ts";
import { type NewLeg, putLegs, withNewLegs } from "./legs.ts";
import { type Lv, legsOf, type NumberedLeg, ownLegsOf } from "./model.ts";
import { newMeta } from "./new-legs.ts";
import { readPlace } from "./placement.ts";
import { kindOf, namesWith, typeOf } from "./types/index.ts";
import { asImage, mirrorIn } from "./types/raid.ts";
import type { Workspace } from "./workspace.ts";

/** What ends the work, for people. */
export const endOfWork = ({ name, work = "move" }: Pick<Lv, "name" | "work">): string =>
  `manip ${work} --name ${name} --finish first, or with --abort`;

/** @throws DvmError IN_USE for an LV in work, with what ends that */
export function refuseInWork(lv: Lv): void {
  if (lv.work === undefined) return;
  const is = { move: "is being moved", convert: "is becoming another type" }[lv.work];
  throw new DvmError("IN_USE", `LV ${lv.name} ${is}: ${endOfWork(lv)}`);
}

/**
 * What the LV is made of, as legs of a raid1: its own, or all of it as one without metadata yet.
 * @throws DvmError UNSUPPORTED
 */
export function legsBefore(lv: Lv): readonly NumberedLeg[] {
  const other = lv.segments.find((segment) => !typeOf(segment)?.traits.includes("leg"));
  if (other)
    throw new DvmError(
      "UNSUPPORTED",
      `LV ${lv.name} is ${kindOf(other)}: only ${namesWith("leg").join(", ")} LVs move and become others`,
    );
  if (mirrorIn(lv)) return ownLegsOf(lv);
  const { image, number } = asImage(lv.segments);
  const unused = Math.max(-1, ...legsOf(lv).map((leg) => leg.number)) + 1;
  return [{ state: "current", number: number ?? unused, image, meta: [] }];
}

interface Coming {
  readonly leaving: readonly NumberedLeg[];
  readonly added: readonly NewLeg[];
  /** Of an LV that is no raid1 yet. */
  readonly regionSize: Sectors;
}

/** Begins the work. @param leaving of the legs before. @param added what comes in their places */
export function beginWork(
  workspace: Workspace,
  lv: Lv,
  work: NonNullable<Lv["work"]>,
  { leaving, added, regionSize }: Coming,
  mixed: boolean,
): void {
  const marked = legsBefore(lv).map((leg): NumberedLeg => {
    const isLeaving = leaving.some(({ number }) => number === leg.number);
    return isLeaving ? { ...leg, move: "from", meta: metaFor(workspace, lv, leg) } : leg;
  });
  putLegs(workspace, { ...lv, work }, withNewLegs(lv, marked, added, "to"), regionSize, mixed);
}

/** The leg's raid metadata; for an LV that was none, any place will do for that time. */
function metaFor(workspace: Workspace, lv: Lv, { image, meta }: NumberedLeg): NumberedLeg["meta"] {
  if (meta.length > 0) return meta;
  return newMeta(workspace, lv, image, readPlace(workspace, lv, { policy: "anywhere", pv: [] }), []);
}

/** Ends the work. @param gone which legs go. @param mixed the LV's blocks may become what they were */
export function endWork(workspace: Workspace, lv: Lv, gone: "from" | "to", mixed: boolean): void {
  const { work: _, ...rest } = lv;
  const kept = ownLegsOf(lv)
    .filter(({ move }) => move !== gone)
    .map(({ move, ...leg }): NumberedLeg => (move === "to" ? { ...leg, state: arrived(lv, leg) } : leg));
  putLegs(workspace, rest, kept, mirrorIn(lv)?.regionSize ?? 0, mixed);
}

/** Whoever applies the change checks that the copy is complete; one that missed writes cannot be. */
function arrived({ name }: Lv, { state, number }: NumberedLeg): "current" {
  if (state === "stale")
    throw new DvmError("WOULD_LOSE_DATA", `LV ${name}: its new copy (leg ${number}) has missed writes`);
  return "current";
}
