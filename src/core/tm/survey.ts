import type { Discovery, TmMember, TmVerify } from "../../schema/index.ts";
import { DvmError, type ErrorCode } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { type Agreed, classify, type Divergent, type Held } from "./classify.ts";
import type { Envelope } from "./envelope.ts";
import { labelsAreBehind, labelsOf, PENDING } from "./labels.ts";
import type { SetStatus, StateId } from "./regions.ts";

/** What the regions of a VG say, held against the devices that were found. */
export interface View {
  readonly state: SetStatus["state"] | "empty";
  readonly txid: number | null;
  /** The active one; undefined when the regions do not agree on one or nothing was written yet. */
  readonly envelope: Envelope | undefined;
  /** The discovery document without the devices that are no members. */
  readonly discovery: Discovery;
  readonly members: readonly TmMember[];
  readonly strangers: readonly Stranger[];
  /** What keeps the VG from being changed, gravest first. */
  readonly problems: readonly Problem[];
  /** Of regions that are out of sync: who holds what. */
  readonly held: readonly Held[];
}

/** A device that was found and is no member. */
export interface Stranger {
  readonly id: string;
  /**
   * - pending: a transaction that was to add or remove it was interrupted
   * - left: it was removed while it was away; its label is out of date
   * - gone: it has no label of this VG any more, so the discovery document is out of date
   * - odd: its label is as new as the VG's
   */
  readonly kind: "pending" | "left" | "gone" | "odd";
}

export interface Problem {
  readonly kind: keyof typeof codeOf;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Gravest first: in this order they are reported. */
const codeOf = {
  /** The regions do not agree on a content. */
  "out-of-sync": "OUT_OF_SYNC",
  /** Nothing was written yet. */
  empty: "INCOMPLETE",
  /** Those that are here have none, and others were not found. */
  away: "INCOMPLETE",
  /** They hold another VG. */
  foreign: "STALE",
  /** Members were not found. */
  missing: "INCOMPLETE",
  /** Devices that nobody can say anything about are said to be members. */
  strangers: "STALE",
  /** The labels know a later membership. */
  "labels-ahead": "STALE",
  /** Devices are half added or half removed. */
  unfinished: "ALREADY_PREPARED",
  /** Devices were found that have left meanwhile. */
  outdated: "STALE",
  /** The labels know an earlier name or membership. */
  "labels-behind": "STALE",
} as const satisfies Readonly<Record<string, ErrorCode>>;

/** Nothing that keeps anybody from reading: the metadata is known all the same. */
export const isHarmless = ({ kind }: Problem): boolean =>
  kind === "unfinished" || kind === "outdated" || kind === "labels-behind";

/** Reads the state of the regions and, when they agree, the envelope. @throws DvmError as replicate does */
export async function survey(sys: Sys, discovery: Discovery): Promise<View> {
  const classified = await classify(sys, discovery);
  if (classified.kind === "divergent") return divergent(discovery, classified);
  const { envelope } = classified;
  if (!envelope) return empty(discovery, classified);
  const { state, active } = classified.set;
  const pathOf = new Map(discovery.devices.map(({ id, path }) => [id, path]));
  const members = envelope.members.map((id) => ({
    id,
    path: pathOf.get(id) ?? null,
    present: pathOf.has(id),
  }));
  const strangers = await strangersIn(sys, discovery, envelope);
  return {
    state,
    txid: active?.txid ?? null,
    envelope,
    discovery: classified.discovery,
    members,
    strangers,
    problems: problemsOf(discovery, { envelope, active }, members, strangers),
    held: [],
  };
}

const everyDevice = ({ devices }: Discovery): readonly TmMember[] =>
  devices.map(({ id, path }) => ({ id, path, present: true }));

function divergent(discovery: Discovery, { held, set }: Divergent): View {
  const problem: Problem = {
    kind: "out-of-sync",
    message: outOfSync(discovery, held, set),
    details: { states: held.map(({ txid, contentHash, devices }) => ({ txid, contentHash, devices })) },
  };
  return {
    state: "out-of-sync",
    txid: null,
    envelope: undefined,
    discovery,
    members: everyDevice(discovery),
    strangers: [],
    problems: [problem],
    held,
  };
}

/** Says who holds what, and what to do about it. */
function outOfSync({ vg, regions, devices }: Discovery, held: readonly Held[], set: SetStatus): string {
  const nameOf = new Map(devices.map(({ id, path }) => [path, `${path} (${id})`]));
  const of = (paths: readonly string[]) => [...new Set(paths)].map((path) => nameOf.get(path)).join(", ");
  const parts = held.map(
    (state) => `transaction ${shortly(state)} on ${of(state.regions.map(({ path }) => path))}`,
  );
  const without = regions.filter((_, index) => !set.regions[index]?.active).map(({ path }) => path);
  if (without.length > 0) parts.push(`nothing that can be read on ${of(without)}`);
  if (held.length === 0)
    return `${parts.join("; ")}, and no other device of VG ${vg.name} is there: plug in one that can be read`;
  const newest = held.find((each) => each.newest);
  const ours = held.filter(({ envelope }) => envelope);
  const advice = newest
    ? `To bring the others up to the newest: ${toResync(idsBehind({ regions, devices }, newest))}`
    : "They were changed apart from each other. To choose one state: " +
      `${toChoose(ours.length > 0 ? ours : held)}`;
  return `the regions of VG ${vg.name} are out of sync: ${parts.join("; ")}. ${advice}`;
}

/** Devices with a region that does not have this state. */
function idsBehind({ regions, devices }: Pick<Discovery, "regions" | "devices">, newest: Held): string[] {
  const behind = new Set(
    regions.filter((region) => !newest.regions.includes(region)).map(({ path }) => path),
  );
  return devices.filter(({ path }) => behind.has(path)).map(({ id }) => id);
}

/** What to type, with names for ids where they are found. */
const toWipe = ([first = "", ...others]: readonly string[], { name }: { readonly name: string }): string =>
  [`dvm discover rm ${name} ${first}`, ...others.map((id) => `--with ${id}`)].join(" ");

/** What to type. */
const toResync = (ids: readonly string[]): string =>
  ["tm recover", ...ids.map((id) => `--resync ${id}`)].join(" ");

/** What can be done with strangers. */
const toDecide = (odd: readonly string[], vg: { readonly name: string }, isIncomplete: boolean): string =>
  isIncomplete
    ? `${toWipe(odd, vg)} wipes their labels, ${toResync(odd)} makes members of them once nothing is ` +
      "missing any more"
    : `${toResync(odd)} makes members of them, ${toWipe(odd, vg)} wipes their labels`;

const toChoose = (states: readonly StateId[]): string =>
  states.map((state) => `tm recover --choose ${shortly(state)}`).join(", or ");

/** How people name a state: its transaction and the beginning of its hash. */
export const shortly = ({ txid, contentHash }: { txid: number; contentHash: string }): string =>
  `${txid}:${contentHash.slice(0, 8)}`;

/** What is here may have been overwritten, and the rest have it: nothing is to be begun anew then. */
function empty(discovery: Discovery, { set }: Agreed): View {
  const { vg, devices, missing } = discovery;
  const here = devices.map(({ path }) => path).join(", ");
  const problem: Problem =
    missing.count > 0
      ? {
          kind: "away",
          message:
            `VG ${vg.name}: there is no metadata on ${here}, and ${missing.count} of its devices ` +
            `${missing.count === 1 ? "is" : "are"} missing: plug in what is missing`,
        }
      : {
          kind: "empty",
          message:
            `VG ${vg.name} has no metadata yet: run tm init, or dvm remove-vg ${vg.name} to begin ` + "anew",
        };
  return {
    state: set.state === "clean" ? "empty" : set.state,
    txid: null,
    envelope: undefined,
    discovery,
    members: everyDevice(discovery),
    strangers: [],
    problems: [problem],
    held: [],
  };
}

async function strangersIn(sys: Sys, discovery: Discovery, envelope: Envelope): Promise<Stranger[]> {
  const known = new Set(envelope.members);
  const ids = discovery.devices.map(({ id }) => id).filter((id) => !known.has(id));
  if (ids.length === 0) return [];
  const labels = await labelsOf(sys, discovery);
  return ids.map((id) => {
    const label = labels.get(id)?.says;
    if (!label) return { id, kind: "gone" };
    if (label.members === PENDING) return { id, kind: "pending" };
    return { id, kind: label.generation < envelope.generation ? "left" : "odd" };
  });
}

function problemsOf(
  discovery: Discovery,
  { envelope, active }: { readonly envelope: Envelope; readonly active: StateId | null },
  members: readonly TmMember[],
  strangers: readonly Stranger[],
): readonly Problem[] {
  const { vg } = discovery;
  const missing = members.filter(({ present }) => !present).map(({ id }) => id);
  const labels =
    `labels of VG ${vg.name} are of generation ${vg.generation}, its metadata of ` + `${envelope.generation}`;
  const behind = labelsAreBehind(discovery, envelope);
  const isAhead = vg.generation > envelope.generation;
  const [odd, pending, gone] = (["odd", "pending", "gone"] as const).map((kind) =>
    strangers.filter((stranger) => stranger.kind === kind).map(({ id }) => id),
  ) as [string[], string[], string[]];
  const found: readonly (Problem | false)[] = [
    envelope.vgId !== vg.id && {
      kind: "foreign",
      message:
        `the regions hold VG ${envelope.vgId}, not ${vg.name} (${vg.id}): run discover find ` +
        `again, and if that says the same, dvm remove-vg ${vg.name} --force frees the devices ` +
        "whose metadata is lost",
    },
    missing.length > 0 && {
      kind: "missing",
      message:
        `VG ${envelope.name} misses ${missing.length} of its ${members.length} devices: ` +
        `${missing.join(", ")}: plug ${missing.length === 1 ? "it" : "them"} in, or ` +
        `${isAhead && odd.length > 0 ? `decide on ${odd.join(", ")} first, then ` : ""}dvm recover ` +
        `${envelope.name} --without missing goes on without`,
      details: { missing },
    },
    odd.length > 0 && {
      kind: "strangers",
      message:
        `no members of VG ${envelope.name}, though their labels say so: ${odd.join(", ")}: ` +
        `${toDecide(odd, vg, missing.length > 0)}`,
      details: { strangers: odd },
    },
    isAhead && {
      kind: "labels-ahead",
      message:
        `${labels}: devices with newer metadata are missing: plug them in, or to give up what ` +
        `only they know: ${toChoose(active ? [active] : [])}`,
    },
    pending.length > 0 && {
      kind: "unfinished",
      message: `adding or removing was interrupted for ${pending.join(", ")}: run tm recover first`,
      details: { strangers: pending },
    },
    gone.length > 0 && {
      kind: "outdated",
      message: `not of VG ${envelope.name} any more: ${gone.join(", ")}: run discover find again`,
      details: { strangers: gone },
    },
    behind && {
      kind: "labels-behind",
      message: `${labels}: run discover find again, and if that does not help, run tm recover`,
    },
  ];
  return found.filter((problem) => problem !== false);
}

/** Fails with the gravest problem. @param output the result document to give all the same */
export function requireNoProblem({ problems: [problem] }: Pick<View, "problems">, output?: TmVerify): void {
  if (!problem) return;
  const { kind, message, details = {} } = problem;
  throw new DvmError(codeOf[kind], message, { details, output });
}

/** Fails with the gravest problem but those excused. */
export function requireNone(view: Pick<View, "problems">, isExcused: (problem: Problem) => boolean): void {
  requireNoProblem({ problems: view.problems.filter((problem) => !isExcused(problem)) });
}

/** Tells of devices that were removed while they were away: they are not used. */
export function warnStrangers(sys: Sys, { strangers, envelope, discovery }: View): void {
  const left = strangers.filter(({ kind }) => kind === "left").map(({ id }) => id);
  if (left.length === 0) return;
  sys.terminal.warn(
    `not used, for VG ${envelope?.name} has gone on without: ${left.join(", ")}: ${toResync(left)} ` +
      `takes them back, ${toWipe(left, discovery.vg)} wipes their labels`,
    "not-used",
  );
}
