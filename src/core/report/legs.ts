/**
 * How the legs of an LV do, one by one: what the metadata says, unless the kernel or a missing device
 * contradicts it.
 */
import type { DmDevice, Leg, Legs, Lv } from "../../schema/index.ts";
import { isErrorLine } from "../dm/targets/error.ts";
import { type MemberHealth, raidHealthOf } from "../dm/targets/raid-health.ts";
import { raidMembers } from "../dm/targets/raid-members.ts";
import { arraysOf, type Component, components, isWholeLeg } from "../volume/model.ts";
import type { Run } from "../volume/runs.ts";
import type { LvProblem } from "./problems.ts";

/**
 * current, rebuild, recovering, stale: as the metadata has it, and nothing contradicts it; syncing: alive,
 * and not in sync; failed, absent: the kernel leaves it out; behind: it is not live, and its superblock says
 * that it has missed writes; missing: its devices were not found; unknown: the kernel's status, or the
 * superblock, cannot be read, or nobody asked the kernel.
 */
export type LegState =
  | "current"
  | "rebuild"
  | "recovering"
  | "stale"
  | "syncing"
  | "failed"
  | "absent"
  | "behind"
  | "missing"
  | "unknown";

export interface LegCondition {
  /** In the names of its components. */
  readonly number: number;
  readonly state: LegState;
  /** The LV's data can be read from it. */
  readonly readable: boolean;
  readonly problem?: LvProblem;
}

/**
 * @param live the LV's dm devices by component, as rimage_0, and "" for the LV itself; empty when it is not
 *   live; undefined when the kernel was not asked
 * @param isHere whether a place can be used
 * @param onDisk what the superblocks say of its legs, when it is not live
 */
export function legConditions(
  lv: Lv,
  live: ReadonlyMap<string, DmDevice> | undefined,
  isHere: (run: Run) => boolean,
  onDisk: Legs["lvs"][number] | undefined,
): readonly LegCondition[] {
  const arrays = arraysOf(lv);
  if (arrays.length === 0) return NONE;
  const all = components(lv);
  let before = 0;
  return arrays.flatMap(({ layer, legs }) => {
    const healthOf = memberHealth(live, layer, onDisk?.legs.slice(before));
    before += legs.length;
    return legs.map((leg, index): LegCondition => {
      const own = all.filter(({ chain }) => chain.at(-1)?.number === leg.number);
      const here = isWholeLeg(leg, isHere);
      const { problem: found, ...judged } = judgeLeg(leg.state, here, healthOf(own, index));
      const problem = leg.move === "to" ? ofCopy(found) : found;
      // Of a move, move --finish says that the copy is complete.
      const isToBeSaid = problem !== undefined && !(problem === "leg-unmarked" && leg.move !== undefined);
      return { number: leg.number, ...judged, ...(isToBeSaid && { problem }) };
    });
  });
}

const NONE: readonly LegCondition[] = [];

/** Nothing is less well for a copy that there was none of before. */
function ofCopy(problem: LvProblem | undefined): LvProblem | undefined {
  if (problem === "leg-syncing") return "leg-copying";
  return problem === "leg-to-rebuild" ? "leg-to-copy" : problem;
}

/**
 * not live: no kernel says anything, nor do superblocks say anything else; behind: they do; unread: they
 * cannot be read; unasked: they say nothing else, and the kernel might.
 */
type Heard = MemberHealth | "unreadable" | "not live" | "behind" | "unread" | "unasked";

function judgeLeg(state: Leg["state"], here: boolean, heard: Heard): Omit<LegCondition, "number"> {
  if (state === "stale") return { state, readable: false, ...(here && { problem: "leg-stale" }) };
  // The kernel notices only when it sends something there.
  if (!here) return { state: "missing", readable: false };
  switch (heard) {
    case "failed":
      return { state: "failed", readable: false, problem: "leg-failed" };
    case "absent":
      return { state: "absent", readable: false, problem: "leg-absent" };
    case "behind":
      return {
        state: "behind",
        readable: false,
        problem: state === "current" ? "leg-behind" : "leg-to-rebuild",
      };
    case "unread":
      return { state: "unknown", readable: false, problem: "leg-unread" };
    case "unreadable":
      return { state: "unknown", readable: true };
    case "unasked":
      return state === "current" ? { state: "unknown", readable: true } : { state, readable: false };
    case "syncing":
      return state === "current"
        ? { state: "syncing", readable: true, problem: "leg-syncing" }
        : { state, readable: false, problem: "leg-syncing" };
    case "in-sync":
      return { state, readable: true, ...(state !== "current" && { problem: "leg-unmarked" }) };
    case "not live":
      return state === "current"
        ? { state, readable: true }
        : { state, readable: false, problem: "leg-to-rebuild" };
  }
}

/**
 * Gives what the kernel says of a leg, which is found by its image: the table may have others than the
 * metadata.
 */
function memberHealth(
  live: ReadonlyMap<string, DmDevice> | undefined,
  layer: string,
  onDisk: readonly string[] = [],
): (own: readonly Component[], index: number) => Heard {
  const top = live?.get(layer);
  if (!live?.get("")?.table?.length || !top?.table?.length)
    return (_, index) => {
      const says = onDisk[index];
      return says === "behind" || says === "unread" ? says : live ? "not live" : "unasked";
    };
  const members = raidMembers(top);
  const health = raidHealthOf(top);
  if (members?.length !== health?.members.length) return () => "unreadable";
  return (own) => {
    if (own.some(({ layer }) => live.get(layer)?.table?.some(isErrorLine))) return "failed";
    const image = own.flatMap(({ holds, layer }) => (holds === "content" ? (live.get(layer) ?? []) : []))[0];
    const at = image ? members?.indexOf(image.name) : undefined;
    return at === undefined || at < 0 ? "absent" : (health?.members[at] ?? "unreadable");
  };
}
