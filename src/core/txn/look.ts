import type { Discovery, TmMember, TmVerify } from "../../schema/index.ts";
import { DvmError, type ErrorCode, toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import type { Envelope } from "./envelope.ts";
import { labelsAreBehind } from "./labels.ts";
import { regionsOf, type SetState } from "./regions.ts";

/** What the regions of a VG say, held against the devices that were found. */
export interface View {
  readonly state: SetState["state"] | "empty";
  readonly txid: number | null;
  /** The active one; undefined when the regions do not agree on one or nothing was written yet. */
  readonly envelope: Envelope | undefined;
  readonly members: readonly TmMember[];
  /** Ids of devices that were found but are no members. */
  readonly strangers: readonly string[];
  /** What keeps the VG from being changed, gravest first. */
  readonly problems: readonly Problem[];
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
  /** They hold another VG. */
  foreign: "STALE",
  /** Members were not found. */
  missing: "INCOMPLETE",
  /** The labels know a later membership. */
  "labels-ahead": "STALE",
  /** What was found is no member. */
  strangers: "STALE",
  /** The labels know an earlier name or membership. */
  "labels-behind": "STALE",
} as const satisfies Readonly<Record<string, ErrorCode>>;

/** Reads the state of the regions and, when they agree, the envelope. @throws DvmError as replicate does */
export async function look(sys: Sys, discovery: Discovery): Promise<View> {
  const regions = regionsOf(sys, discovery);
  const { state, txid } = await regions.state();
  if (state === "out-of-sync") {
    const members = discovery.devices.map(({ id, path }) => ({ id, path, present: true }));
    // What differs where, replicate says best when it refuses.
    const refusal = await regions.read().then(
      () => new DvmError("OUT_OF_SYNC", "its regions differ"),
      (thrown) => toDvmError(thrown),
    );
    const { message, details } = refusal;
    const problems: Problem[] = [{ kind: "out-of-sync", message, details }];
    return { state, txid: null, envelope: undefined, members, strangers: [], problems };
  }
  const envelope = state === "unformatted" ? undefined : await regions.read();
  if (!envelope) return empty(discovery, state);
  const pathOf = new Map(discovery.devices.map(({ id, path }) => [id, path]));
  const members = envelope.members.map((id) => ({
    id,
    path: pathOf.get(id) ?? null,
    present: pathOf.has(id),
  }));
  const known = new Set(envelope.members);
  const strangers = discovery.devices.map(({ id }) => id).filter((id) => !known.has(id));
  const problems = problemsOf(discovery, envelope, members, strangers);
  return { state, txid, envelope, members, strangers, problems };
}

function empty({ vg, devices }: Discovery, state: SetState["state"]): View {
  const problem: Problem = {
    kind: "empty",
    message: `VG ${vg.name} has no metadata yet: run tm init`,
  };
  return {
    state: state === "clean" ? "empty" : state,
    txid: null,
    envelope: undefined,
    members: devices.map(({ id, path }) => ({ id, path, present: true })),
    strangers: [],
    problems: [problem],
  };
}

function problemsOf(
  discovery: Discovery,
  envelope: Envelope,
  members: readonly TmMember[],
  strangers: readonly string[],
): readonly Problem[] {
  const { vg } = discovery;
  const missing = members.filter(({ present }) => !present).map(({ id }) => id);
  const labels = `labels of VG ${vg.name} are of generation ${vg.generation}, its metadata of ${envelope.generation}`;
  const behind = labelsAreBehind(discovery, envelope);
  const found: readonly (Problem | false)[] = [
    envelope.vgId !== vg.id && {
      kind: "foreign",
      message: `the regions hold VG ${envelope.vgId}, not ${vg.name} (${vg.id}): run discover again`,
    },
    missing.length > 0 && {
      kind: "missing",
      message: `VG ${envelope.name} misses ${missing.length} of its ${members.length} devices: ${missing.join(", ")}`,
      details: { missing },
    },
    vg.generation > envelope.generation && {
      kind: "labels-ahead",
      message: `${labels}: devices with newer metadata are missing`,
    },
    strangers.length > 0 && {
      kind: "strangers",
      message: `no members of VG ${envelope.name}, though their labels say so: ${strangers.join(", ")}`,
      details: { strangers },
    },
    behind && {
      kind: "labels-behind",
      message: `${labels}: run discover again, and tm recover if that does not help`,
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
