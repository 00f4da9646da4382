/** Says in words how regions differ and what to do about it. Pure. */
import { DvmError } from "../../base/error.ts";
import { isAncestor } from "../disk/epochs.ts";
import type { RegionView, Seen } from "./region-view.ts";
import { isUsable, type SetState, setStateOf, type Usable } from "./set-state.ts";

/** How a region stands to the newest state of the set. */
export type Relation = "current" | "stale" | "diverged" | "unformatted" | "unusable";

export interface Standing {
  /** The state that every other usable one is an ancestor of; null when there is none: a split brain. */
  readonly newest: Seen | null;
  readonly relations: readonly Relation[];
  readonly advice: string;
}

export function standingOf(views: readonly RegionView[], state: SetState): Standing {
  const newest = newestOf(views, state);
  const relations = views.map((view) => relationOf(view, newest));
  return { newest, relations, advice: adviceFor(views, state, newest) };
}

/** A clean, preparing or committing set has one content; else the one that all others are ancestors of. */
function newestOf(views: readonly RegionView[], state: SetState): Seen | null {
  if ("content" in state) return state.content;
  const distinct = new Map(views.filter(isUsable).map(({ active }) => [active.id, active]));
  const all = [...distinct.values()];
  return (
    all.find((one) =>
      all.every((other) => other.id === one.id || isAncestor(other.root.state, one.root.state)),
    ) ?? null
  );
}

function relationOf(view: RegionView, newest: Seen | null): Relation {
  if (!isUsable(view)) return view.failure ? "unusable" : "unformatted";
  if (!newest) return "diverged";
  if (view.active.id === newest.id) return "current";
  return isAncestor(view.active.root.state, newest.root.state) ? "stale" : "diverged";
}

function adviceFor(views: readonly RegionView[], state: SetState, newest: Seen | null): string {
  if (state.kind === "unformatted") return "format";
  if (state.kind === "clean") return "nothing to do";
  if (state.kind === "preparing") return state.complete ? "commit or abort" : "abort";
  if (state.kind === "committing") return "commit";
  if (!views.some(isUsable)) return adviceForNone(views);
  if (!newest) return "split brain: choose the regions to keep and sync the others from them with --force";
  return adviceForSome(views, newest);
}

/**
 * No region can be used. Whatever is on a device that does not answer may be all that there is, so nothing is
 * advised then that could take its place.
 */
function adviceForNone(views: readonly RegionView[]): string {
  const those = (which: (failure: DvmError) => boolean) =>
    views.filter(({ failure }) => failure !== null && which(failure));
  const away = those(({ code }) => code !== "CORRUPT" && code !== "UNSUPPORTED");
  if (away.length > 0) {
    const unread = those(({ code }) => code === "IO");
    return (
      `bring back the devices of regions ${namesOf(away)}, then look again` +
      (unread.length > 0 ? `; where only the superblock cannot be read, ${toRebuild(unread)}` : "")
    );
  }
  const foreign = those(({ code }) => code === "UNSUPPORTED");
  if (foreign.length > 0)
    return `look at regions ${namesOf(foreign)} with the region file and the dvm that they were made with`;
  return `${toRebuild(views)}; if none of these finds a state, format with --force`;
}

const toRebuild = (views: readonly RegionView[]): string =>
  views
    .slice(0, MANY)
    .map(({ place }) => `rebuild --region ${place.index}`)
    .join(", or ");

/** Some regions agree on the newest state, or nearly; the others are to follow them. */
function adviceForSome(views: readonly RegionView[], newest: Seen): string {
  const agrees = (view: Usable) =>
    view.active.id === newest.id || (view.shadow !== null && view.shadow.id === newest.id);
  const core = views.filter((view): view is Usable => isUsable(view) && agrees(view));
  const others = views.filter((view) => !core.some(({ place }) => place === view.place));
  const away = others.filter(({ failure }) => failure !== null && isAway(failure));
  const names = namesOf(core);
  const coreState = setStateOf(core);
  if (coreState.kind === "out-of-sync") {
    const strange = core.filter(({ superblock, shadow }) => superblock.shadow && shadow?.id !== newest.id);
    return `abort on each of regions ${namesOf(strange)} alone, then look again`;
  }
  const steps = [
    away.length > 0 && `bring back the devices of regions ${namesOf(away)}`,
    endOf(coreState) !== "" && `${endOf(coreState)} on regions ${names} alone`,
    `sync regions ${namesOf(others)} from regions ${names}`,
  ];
  return steps.filter((step) => step !== false).join(", then ");
}

/**
 * How regions that are not all of the set end a transaction. When all of them have it, one that is away may
 * have committed it already: to commit is never wrong then, to abort could be.
 */
function endOf(state: SetState): string {
  if (state.kind === "committing") return "commit";
  return state.kind === "preparing" ? (state.complete ? "commit" : "abort") : "";
}

const namesOf = (views: readonly RegionView[]): string => listOf(views.map(({ place }) => place.index));

/** The device itself does not answer, is none, or ends before the region does. */
const isAway = ({ code, status }: DvmError): boolean =>
  code === "NOT_FOUND" || code === "DEADLINE" || status === 2;

/** More ways than this are not told. */
const MANY = 8;

/** What one region has, in a few words. */
export function describe(view: RegionView): string {
  if (view.failure) return view.failure.message;
  if (!isUsable(view)) return "is not formatted";
  const { txid } = view.active.root.state;
  const shadow = view.shadow
    ? `, prepared ${view.shadow.root.state.txid} (${short(view.shadow)})`
    : view.superblock.shadow
      ? ", prepared something that is lost"
      : "";
  return `has transaction ${txid} (${short(view.active)})${shadow}`;
}

/**
 * The refusal of an operation that the state of the set does not allow; says which regions differ and how.
 */
export function outOfSync(views: readonly RegionView[], state: SetState): DvmError {
  if (state.kind === "unformatted")
    return new DvmError("OUT_OF_SYNC", "the regions are not formatted: format them first");
  const groups = new Map<string, number[]>();
  for (const view of views) {
    const words = describe(view);
    groups.set(words, [...(groups.get(words) ?? []), view.place.index]);
  }
  const parts = [...groups].slice(0, 8).map(([words, regions]) => regionsSay(regions, words));
  if (groups.size > parts.length) parts.push(`and ${groups.size - parts.length} other differences`);
  const { advice } = standingOf(views, state);
  return new DvmError("OUT_OF_SYNC", `the regions are out of sync: ${parts.join("; ")}. Advice: ${advice}`, {
    details: { advice },
  });
}

const short = ({ id }: Seen): string => id.slice(0, 8);

const regionsSay = (indices: readonly number[], words: string): string =>
  indices.length === 1
    ? `region ${indices[0]} ${words}`
    : `regions ${listOf(indices)} ${words.replace(/^has /, "have ").replace(/^is /, "are ")}`;

/** Ascending numbers as people write them: 0-3, 7. */
export function listOf(indices: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const index of indices) {
    const last = ranges.at(-1);
    if (last && last[1] + 1 === index) last[1] = index;
    else ranges.push([index, index]);
  }
  const parts = ranges.slice(0, 16).map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
  return [...parts, ...(ranges.length > 16 ? ["…"] : [])].join(", ");
}
