/**
 * Legs that take no part: they failed under a live LV, or their devices were away. One whose devices are
 * there is brought up to date where it is, which copies least; one that fails while that is done, whose
 * devices do not answer, or that is away for longer than the grace time gets a new one in its place where the
 * policy says so. Nothing is done again to a leg before the grace time is over, so that a disk that comes
 * and goes does not use up the others.
 */
import type { Metadata } from "../../../schema/index.ts";
import { DvmError } from "../../base/error.ts";
import { isToBeRebuilt, type Lv, legsOf, type NumberedLeg } from "../../volume/model.ts";
import { stoppedOf, type TroubledLeg, takeBackLegs } from "../take-back.ts";
import { updateBatch } from "../update-batch.ts";
import { silentLegs } from "./answers.ts";
import { type Duties, type Duty, type DutyKind, NOTHING, together } from "./duty.ts";
import { legIn, pastOf } from "./past.ts";
import { nameOfLeg, type SeenLeg, type TendView } from "./view.ts";

export const legs: DutyKind = async (view) => {
  const found: Duties[] = [];
  for (const lv of view.metadata.lvs) {
    const out = await outOfUse(view, lv);
    if (out.length > 0) found.push(await judge(view, lv, out));
  }
  return together(found);
};

interface OutLeg {
  readonly leg: NumberedLeg;
  readonly seen: SeenLeg;
  /** failed: the kernel does without it; stale: it has missed writes; away: that, and its devices too. */
  readonly is: "failed" | "stale" | "away";
}

async function outOfUse(view: TendView, lv: Lv): Promise<readonly OutLeg[]> {
  const all = view.legs.get(lv.id) ?? [];
  const numbers = new Map(legsOf(lv).map((leg) => [leg.number, leg]));
  const stopped = await stoppedIn(view, lv, all);
  return all.flatMap((seen): OutLeg[] => {
    const leg = numbers.get(seen.number);
    if (!leg) return [];
    if (seen.problem === "leg-failed" || stopped.has(seen.number)) return [{ leg, seen, is: "failed" }];
    if (leg.state !== "stale") return [];
    return [{ leg, seen, is: seen.problem === "leg-stale" ? "stale" : "away" }];
  });
}

/** The kernel gives up for good when it cannot read what it copies. */
async function stoppedIn(view: TendView, lv: Lv, all: readonly SeenLeg[]): Promise<ReadonlySet<number>> {
  if (!view.rows.get(lv.id)?.problems?.includes("lv-sync-stopped")) return new Set();
  const stopped = await stoppedOf(
    view.sys,
    view.where,
    all.map((leg) => troubled(lv, leg)),
  );
  return new Set(stopped.map(({ number }) => number));
}

const troubled = ({ id, name }: Lv, { number, devices, problem }: SeenLeg): TroubledLeg => ({
  lv: name,
  lvId: id,
  number,
  devices,
  problem: problem ?? "",
});

async function judge(view: TendView, lv: Lv, out: readonly OutLeg[]): Promise<Duties> {
  const { vg } = view.metadata;
  if (view.rows.get(lv.id)?.availability === "unavailable")
    return { due: [], left: [`LV ${lv.name} is unavailable: what is away has to come back`] };
  const past = await pastOf(view);
  const silent = await silentLegs(view, lv);
  const mayReplace = vg.policy?.replace === "free";
  const wasThere = ({ leg }: OutLeg) =>
    past?.[0] !== undefined && legIn(past[0], lv.id, leg.number) !== undefined;
  const isReplaced = (each: OutLeg): boolean => {
    if (!mayReplace || each.leg.move !== undefined || !wasThere(each)) return false;
    if (each.is === "away") return isLong(past, lv, each);
    return each.is === "failed" && (silent.has(each.leg.number) || isToBeRebuilt(each.leg));
  };
  const replaced = out.filter(isReplaced);
  if (replaced.length > 0) return { ...NOTHING, due: [replaceDuty(view, lv, replaced, out)] };
  // What a person has called stale stays so, unless legs are tend's to care for.
  const isBack = (each: OutLeg): boolean =>
    each.is === "failed" || (each.is === "stale" && mayReplace) ? isLong(past, lv, each) : false;
  const back = out.filter((each) => isBack(each) && !silent.has(each.leg.number));
  const left = out.filter((each) => !back.includes(each)).map((each) => leftWord(view, lv, each));
  return { due: back.length > 0 ? [takeBackDuty(view, lv, back, out)] : [], left };
}

/** It is as it was all through the grace time. */
const isLong = (past: readonly Metadata[] | undefined, lv: Lv, { leg }: OutLeg): boolean =>
  past?.every((state) => legIn(state, lv.id, leg.number)?.state === leg.state) ?? false;

const words = (some: readonly OutLeg[]): string => some.map(({ seen }) => nameOfLeg(seen)).join(" and ");

function replaceDuty(view: TendView, lv: Lv, replaced: readonly OutLeg[], out: readonly OutLeg[]): Duty {
  const { id, name } = lv;
  // Of legs that are called current the change would have to prove that they are.
  const others = out.filter((each) => each.is === "failed" && !replaced.includes(each));
  const leg = others.map((each) => `${id}/${each.leg.number}`);
  const stale = leg.length > 0 ? [{ verb: "leg-state", leg, state: "stale" } as const] : [];
  return {
    duty: "replace",
    lv: { id, name },
    legs: replaced.map((each) => each.leg.number),
    text: `LV ${name}: new legs come in the places of ${words(replaced)}`,
    perform: (sys) => {
      const pv = soundPvs(view, lv.name);
      const repairs = replaced.map(
        (each) => ({ verb: "repair", name: id, leg: each.leg.number, pv }) as const,
      );
      return updateBatch(sys, view.discovery, [...stale, ...repairs]);
    },
  };
}

/** PVs on which no leg of any LV has failed: no new one is placed on the others. @throws DvmError NO_SPACE */
function soundPvs({ metadata: { vg, pvs }, legs }: TendView, lv: string): readonly string[] {
  const seen = [...legs.values()].flat();
  const bad = new Set(seen.filter(({ problem }) => problem === "leg-failed").flatMap((leg) => leg.pvs));
  const sound = pvs.filter(({ id, allocatable }) => allocatable && !bad.has(id)).map(({ id }) => id);
  if (sound.length > 0) return sound;
  throw new DvmError("NO_SPACE", `LV ${lv}: on every PV of VG ${vg.name} a leg has failed`);
}

function takeBackDuty({ where }: TendView, lv: Lv, back: readonly OutLeg[], out: readonly OutLeg[]): Duty {
  const legsOfKind = (some: readonly OutLeg[]) => some.map(({ seen }) => troubled(lv, seen));
  return {
    duty: "take-back",
    lv: { id: lv.id, name: lv.name },
    legs: back.map(({ leg }) => leg.number),
    text: `LV ${lv.name}: ${words(back)}: brought up to date`,
    perform: (sys) =>
      takeBackLegs(sys, where, {
        unmarked: [],
        failed: legsOfKind(out.filter(({ is }) => is === "failed")),
        back: legsOfKind(back),
      }),
  };
}

function leftWord({ metadata: { vg } }: TendView, lv: Lv, { leg, seen, is }: OutLeg): string {
  const what = `LV ${lv.name}: ${nameOfLeg(seen)}`;
  const replaces = `dvm repair ${vg.name}/${lv.name} --leg ${leg.number} puts a new one in its place`;
  if (is === "stale")
    return (
      `${what} is stale: dvm leg-state ${vg.name} --leg ${lv.name}/${leg.number} ` +
      "--state rebuild ends that"
    );
  if (vg.policy?.replace === "free")
    return `${what} has ${is === "failed" ? "failed" : "gone"}: what it does is waited for`;
  return `${what} ${is === "failed" ? "has failed" : "is away"}: ${replaces}`;
}
