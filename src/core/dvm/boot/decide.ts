/**
 * What is done with a VG's LVs while the machine boots: what is there, the policy and the clock in, a
 * decision out. Nothing here has a side effect, and the same view gives the same decision.
 *
 * - An LV that is whole comes up at once.
 * - One that lacks nothing but stale legs comes up at once without them: a transaction has decided on that,
 *   and waiting would bring back nothing that may be read.
 * - One that lacks other legs waits for the grace time, counted from the arrival of the last device and at
 *   most three times as long from the first. Then it comes up writable, by a transaction that marks what is
 *   missing stale, or read-only as it is, or not at all.
 *   The grace time does not begin while what is missing may only wait for its password, and without a word
 *   from anybody nothing is marked then.
 * - Without a word from anybody it is writable only when more of the devices that carry metadata are there
 *   than are missing: two halves of a VG that boot apart never both have that. An absent device counts as one
 *   that carries metadata, since nobody can ask it.
 */
import type { DegradedPolicy } from "./kernel-line.ts";
import type { LvNeed } from "./need.ts";

/** No longer than so many times the grace time, whatever still arrives. */
const LONGEST = 3;

export interface BootLv extends LvNeed {
  readonly id: string;
  readonly name: string;
  /** As what boot has brought it up before; what was taken down since stays down. */
  readonly up: "writable" | "readonly" | undefined;
  /** Now is the time to bring it up without what it lacks, once the grace time is over. */
  readonly mayDegrade: boolean;
}

export interface BootView {
  readonly lvs: readonly BootLv[];
  /** All in milliseconds since the kernel started. */
  readonly nowMs: number;
  readonly firstArrivalMs: number;
  readonly lastArrivalMs: number;
  readonly graceMs: number;
  /** Somebody has said that the grace time is over. */
  readonly isOver: boolean;
  /** What somebody has decided; undefined: nobody has. */
  readonly policy: DegradedPolicy | undefined;
  /** Metadata may be changed at all. */
  readonly mayChange: boolean;
  /** What is missing may only wait for its password. */
  readonly isUnlocking: boolean;
  /** More devices that carry metadata are there than are missing. */
  readonly hasMajority: boolean;
}

/** An LV that stays down, and why. */
export interface LeftDown {
  readonly lv: BootLv;
  readonly why: "lost" | "never";
}

/** LVs by what becomes of them. Those of which nothing is said stay as they are. */
export interface BootDecision {
  readonly whole: readonly BootLv[];
  /** Without their stale legs. */
  readonly degraded: readonly BootLv[];
  /** After a transaction that marks what is missing stale. */
  readonly goWithout: readonly BootLv[];
  readonly readOnly: readonly BootLv[];
  readonly left: readonly LeftDown[];
  /** When to look again, in milliseconds since the kernel started; undefined when nothing waits. */
  readonly dueMs: number | undefined;
}

export function decideBoot(view: BootView): BootDecision {
  const { lvs, nowMs, firstArrivalMs, lastArrivalMs, graceMs } = view;
  const startMs = view.isUnlocking ? nowMs : lastArrivalMs;
  const endMs = Math.min(startMs + graceMs, firstArrivalMs + LONGEST * graceMs);
  const isOver = view.isOver || nowMs >= endMs;
  const fates = lvs.map((lv) => ({ lv, fate: fateOf(lv, view, isOver) }));
  const of = (fate: Fate) => fates.filter((each) => each.fate === fate).map(({ lv }) => lv);
  return {
    whole: of("whole"),
    degraded: of("degraded"),
    goWithout: of("go-without"),
    readOnly: of("readonly"),
    left: [
      ...of("lost").map((lv) => ({ lv, why: "lost" as const })),
      ...of("never").map((lv) => ({ lv, why: "never" as const })),
    ],
    dueMs: fates.some(({ fate }) => fate === "waits") ? endMs : undefined,
  };
}

type Fate = "whole" | "degraded" | "go-without" | "readonly" | "lost" | "never" | "waits" | "as-it-is";

function fateOf(
  lv: BootLv,
  { policy, mayChange, hasMajority, isUnlocking }: BootView,
  isOver: boolean,
): Fate {
  if (lv.up === "writable") return "as-it-is";
  if (lv.need === "whole") return "whole";
  // To write to it somebody has to take it down first.
  if (lv.up === "readonly") return "as-it-is";
  if (lv.need === "stale")
    return policy === "never" ? "never" : policy === "readonly" ? "readonly" : "degraded";
  if (!isOver) return "waits";
  if (!lv.mayDegrade) return "as-it-is";
  if (lv.need === "lost") return "lost";
  if (policy === "never") return "never";
  const isWritable = policy === "writable" || (policy === undefined && hasMajority && !isUnlocking);
  return isWritable && mayChange ? "go-without" : "readonly";
}
