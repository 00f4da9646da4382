/**
 * Legs that a kernel has begun to rebuild. A table that says `rebuild` has it begin again, from nothing, and
 * the kernel refuses such a leg beside one that is new. So, as soon as the leg's own superblock tells how far
 * it has come, the next transaction calls it `recovering`: then no table says that word any more.
 */
import { type Discovery, type Lv, type Metadata, notPlain } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { asLive } from "../volume/as-live.ts";
import { checkMetadata } from "../volume/check.ts";
import { arraysOf, legsOf, type NumberedLeg, runsIn, withLegs } from "../volume/model.ts";
import type { ChangedLv } from "./changed.ts";
import { readLegs, unreadLegs } from "./evidence.ts";
import { liveLvs } from "./live.ts";
import { lookAtDm, namesOf } from "./look.ts";
import { byDev, placesOf } from "./places.ts";
import { arrayDeviceOf, type Evidence } from "./prove.ts";

export interface ObserveRequest {
  readonly old: Metadata;
  readonly next: Metadata;
  readonly discovery: Discovery;
}

/**
 * @returns `next` with legs called recovering that both states have rebuilt, and that a kernel has begun
 *   with; the same object when there are none
 * @throws DvmError KERNEL; BAD_INPUT
 */
export async function observe(sys: Sys, { old: given, next, discovery }: ObserveRequest): Promise<Metadata> {
  const { byId } = checkMetadata(given, "BAD_INPUT");
  const waiting = notPlain(next.lvs).flatMap((lv) => {
    const was = byId.get(lv.id);
    return was && rebuiltIn(was).length > 0 && rebuiltIn(lv).length > 0 ? [{ lv, was }] : [];
  });
  if (waiting.length === 0) return next;
  const { state } = await lookAtDm(sys, given.vg);
  const old = asLive(given, state, discovery);
  const places = placesOf(old, discovery, byDev(namesOf(state))).of;
  const evidence = { disks: sys.disks, live: liveLvs(state, old), places };
  const seen = new Map<Lv, Lv>();
  for (const { lv, was } of waiting) {
    const begun = await begunLegs(old, was, evidence);
    const isSame = (leg: NumberedLeg) =>
      leg.state === "rebuild" &&
      begun.some((each) => each.number === leg.number && metaAt(each) === metaAt(leg));
    seen.set(
      lv,
      withLegs(lv, (leg) => (isSame(leg) ? { ...leg, state: "recovering" } : leg)),
    );
  }
  const lvs = next.lvs.map((lv) => seen.get(lv) ?? lv);
  return lvs.every((lv, index) => lv === next.lvs[index]) ? next : { ...next, lvs };
}

/**
 * What calls a leg recovering without that being so would have it believed that it holds what it does not.
 * @throws DvmError WOULD_LOSE_DATA
 */
export async function refuseNotBegun(
  old: Metadata,
  changed: readonly ChangedLv[],
  evidence: Evidence,
): Promise<void> {
  for (const { lv, was } of changed) {
    const before = new Map(was ? legsOf(was).map((leg) => [leg.number, leg]) : []);
    const come = legsOf(lv).filter((leg) => {
      const then = before.get(leg.number);
      return leg.state === "recovering" && !(then?.state === "recovering" && metaAt(then) === metaAt(leg));
    });
    if (come.length === 0) continue;
    const begun = was ? await begunLegs(old, was, evidence) : [];
    const wrong = come.find(
      (leg) => !begun.some((each) => each.number === leg.number && metaAt(each) === metaAt(leg)),
    );
    if (wrong)
      throw new DvmError(
        "WOULD_LOSE_DATA",
        `leg ${wrong.number} of LV ${lv.name} cannot be recovering: no kernel is rebuilding it`,
        { details: { lv: lv.name, leg: wrong.number } },
      );
  }
}

const rebuiltIn = (lv: Lv): readonly NumberedLeg[] => legsOf(lv).filter(({ state }) => state === "rebuild");

/** Where the leg's superblock is. */
function metaAt({ meta }: NumberedLeg): string {
  const [run] = runsIn(meta);
  return run ? `${run.pv} ${run.start}` : "";
}

/** Legs to be rebuilt of an LV that is live, of which superblock and status agree that it is being done. */
async function begunLegs(
  { vg }: Metadata,
  lv: Lv,
  { disks, live, places }: Evidence,
): Promise<NumberedLeg[]> {
  const there = live.get(lv.id);
  if (!there?.top) return [];
  const begun: NumberedLeg[] = [];
  for (const array of arraysOf(lv)) {
    if (!array.legs.some(({ state }) => state === "rebuild")) continue;
    const proof = array.type.proof(array.segment);
    const device = arrayDeviceOf(vg, lv, array, there);
    const members = device && proof.live(device);
    if (!members) continue;
    const [read = []] = await readLegs(disks, [unreadLegs(vg, array, places)]);
    const legs = read.flatMap((leg) => (leg instanceof DvmError ? [] : [leg]));
    if (legs.length < read.length) continue;
    for (const [index, leg] of array.legs.entries()) {
      const health = members[index];
      if (leg.state !== "rebuild" || (health !== "in-sync" && health !== "syncing")) continue;
      if (proof.hasBegun(legs, index, health === "in-sync")) begun.push(leg);
    }
  }
  return begun;
}
