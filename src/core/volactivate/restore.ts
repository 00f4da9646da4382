/**
 * What an earlier state would do to the LVs that there are, and whether those that come back hold what they
 * had. Pure: metadata in, metadata out.
 */
import { isDeepStrictEqual } from "node:util";
import type { Lv, Metadata, Segment } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import { DvmError } from "../base/error.ts";
import type { Chance } from "../port/chance.ts";
import { checkMetadata } from "../volume/check.ts";
import { account } from "../volume/freed.ts";
import { requireKnown } from "../volume/known.ts";
import { arraysOf, isServed, legsOf, lengthOf, type NumberedLeg, withLegs } from "../volume/model.ts";
import { type Copy, copiesOf, firstUnlike } from "../volume/roles.ts";
import { outside, type Run } from "../volume/runs.ts";
import { kindOf, typeOf } from "../volume/types/index.ts";

export interface RestoreRequest {
  readonly old: Metadata;
  readonly earlier: Metadata;
  /** What may be lost: `shrink:VG/LV` and `remove:VG/LV`, by name or id. */
  readonly allow: readonly string[];
}

/**
 * The earlier state as the next one. Legs that cannot be believed come back to be rebuilt.
 * @throws DvmError WOULD_LOSE_DATA naming every LV that would be removed or get shorter without being allowed
 *   to, or could not have its bytes back; USAGE for a word that allows nothing; BAD_INPUT, UNSUPPORTED
 */
export function restore({ old, earlier, allow }: RestoreRequest, chance: Chance): Metadata {
  requireKnown(old);
  requireKnown(earlier);
  if (old.vg.id !== earlier.vg.id)
    throw new DvmError(
      "BAD_INPUT",
      `that is metadata of VG ${earlier.vg.name} (${earlier.vg.id}), not of ${old.vg.name} (${old.vg.id})`,
    );
  const { byId } = checkMetadata(old, "BAD_INPUT");
  checkMetadata(earlier, "BAD_INPUT");
  const losses = lossesOf(old, earlier, readAllowed(old, allow));
  const own = (old.freed ?? []).filter(({ since }) => since === earlier.revision);
  const lost: Lost[] = [];
  const lvs = earlier.lvs.map((lv) => {
    const back = comeBack(lv, byId.get(lv.id), own);
    if (!("why" in back)) return back;
    lost.push(back);
    return lv;
  });
  refuse(losses, lost);
  const { freed: _, revision: __, ...rest } = earlier;
  return account(old, { ...rest, lvs }, chance);
}

/** Something that is lost when the earlier state comes: what, and the words that allow it. */
interface Loss {
  readonly what: string;
  readonly word: string;
}

/** An LV that could not have its bytes back. */
interface Lost {
  readonly why: string;
  /** Whether it could, once the states in between have been restored. */
  readonly isForGood: boolean;
}

function lossesOf(
  { vg, lvs }: Metadata,
  earlier: Metadata,
  isAllowed: (kind: Kind, lv: Lv) => boolean,
): Loss[] {
  const then = new Map(earlier.lvs.map((lv) => [lv.id, lv]));
  return lvs.flatMap((lv): Loss[] => {
    const was = then.get(lv.id);
    const [length, shorter] = [lengthOf(lv), was ? lengthOf(was) : 0];
    if (shorter >= length) return [];
    const kind = was ? "shrink" : "remove";
    if (isAllowed(kind, lv)) return [];
    const how = was ? `LV ${lv.name} from ${length} to ${shorter} extents` : `LV ${lv.name}`;
    return [{ what: `${kind} ${how}`, word: `${kind}:${vg.name}/${lv.name}` }];
  });
}

const kinds = ["shrink", "remove"] as const;
type Kind = (typeof kinds)[number];

/** @throws DvmError USAGE */
function readAllowed({ vg }: Metadata, words: readonly string[]): (kind: Kind, lv: Lv) => boolean {
  for (const word of words) {
    const [, kind, name] = /^([a-z]+):([^/]+)\/[^/]+$/.exec(word) ?? [];
    if (!(kinds as readonly (string | undefined)[]).includes(kind))
      throw new DvmError("USAGE", `--allow "${word}" is neither shrink:VG/LV nor remove:VG/LV`);
    if (name !== vg.name && name !== vg.id)
      throw new DvmError("USAGE", `--allow "${word}" is about VG ${name}, this one is ${vg.name}`);
  }
  const allowed = new Set(words);
  return (kind, lv) =>
    [vg.name, vg.id].some((name) => [lv.name, lv.id].some((each) => allowed.has(`${kind}:${name}/${each}`)));
}

const MANY = 10;

function refuse(losses: readonly Loss[], lost: readonly Lost[]): void {
  if (losses.length + lost.length === 0) return;
  const shown = losses.slice(0, MANY);
  const would = losses.length > 0 ? [`it would ${some(losses.map(({ what }) => what))}`] : [];
  const advice = lost.some(({ isForGood }) => isForGood)
    ? "no earlier state gives that back, and what has been done since has to be changed by hand"
    : "restore the states in between first, the newest first, or a file without it";
  const cannot = lost.length > 0 ? [`${some(lost.map(({ why }) => why))}: ${advice}`] : [];
  const words = shown.map(({ word }) => `--allow ${word}`).join(" ");
  throw new DvmError(
    "WOULD_LOSE_DATA",
    `restoring this state is refused: ${[...would, ...cannot].join("; ")}` +
      (losses.length > 0 && lost.length === 0 ? `; if that is meant: ${words}` : ""),
    {
      details: {
        allow: losses.slice(0, 100).map(({ word }) => word),
        lost: lost.slice(0, 100).map(({ why }) => why),
      },
    },
  );
}

const some = (what: readonly string[]): string =>
  `${what.slice(0, MANY).join(", ")}${what.length > MANY ? `, and ${what.length - MANY} more` : ""}`;

/**
 * The LV as it may come back: as it was, or with legs that are rebuilt.
 * @param now as it is
 * @param own free extents that hold what LVs of the earlier state had there
 * @returns why not, for people, when it would not have its bytes
 */
function comeBack(lv: Lv, now: Lv | undefined, own: readonly Run[]): Lv | Lost {
  if (now && isDeepStrictEqual(lv.segments, now.segments)) return lv;
  if (lv.segments.some((segment) => typeOf(segment)?.isVolatile))
    return {
      why: `LV ${lv.name} was ${kindOf(lv.segments[0] as Segment)}, and what it held then is nowhere`,
      isForGood: true,
    };
  const lost = (why: string): Lost => ({ why: `LV ${lv.name} ${why}`, isForGood: false });
  if ([lv, now].some((each) => each && arraysOf(each).length > 1))
    return lost(`${now && arraysOf(now).length > 1 ? "is" : "was"} in work, and is otherwise now`);
  const judged = copiesOf(lv).map((copy) => ({ number: copy.number, ...judge(copy, now, own) }));
  const stateOf = new Map(judged.map(({ number, state }) => [number, state]));
  const isCurrent = ({ number }: NumberedLeg) => stateOf.get(number) === "current";
  const suffices =
    legsOf(lv).length > 0 ? isServed(lv.segments, () => true, isCurrent) : isAllCurrent(judged);
  if (!suffices) {
    const lacking = judged.find(({ state }) => state !== "current");
    return lost(lacking?.why ?? "would not be whole");
  }
  return withLegs(lv, (leg) => {
    const state = defined(stateOf.get(leg.number), "a leg");
    // How far it has come is told by a superblock that may be of another time.
    return { ...leg, state: state === "recovering" ? "rebuild" : state };
  });
}

const isAllCurrent = (judged: readonly Judged[]): boolean => judged.every(({ state }) => state === "current");

interface Judged {
  readonly state: Copy["state"];
  /** It is not current. */
  readonly why: string;
}

function judge(copy: Copy, now: Lv | undefined, own: readonly Run[]): Judged {
  const here = now && counterpart(copy, now);
  const runs = copy.pieces.flatMap((piece) => piece.runs);
  const notIts = (those: readonly Run[]) => those.flatMap((run) => outside(run, own));
  if (!now) {
    const [foreign] = notIts([...runs, ...copy.meta]);
    if (foreign) return { state: copy.state === "stale" ? "stale" : "rebuild", why: foreignTo(foreign) };
    return { state: copy.state, why: "has no current copy" };
  }
  if (!here)
    return {
      state: copy.state === "stale" ? "stale" : "rebuild",
      why: "lies elsewhere by now, where its data is",
    };
  const kept = here.pieces.flatMap((piece) => piece.runs);
  const [foreign] = notIts(runs.flatMap((run) => outside(run, kept)));
  if (!foreign || here.state !== "current") return { state: here.state, why: "has no current copy" };
  return { state: "rebuild", why: foreignTo(foreign) };
}

const foreignTo = ({ pv, start, length }: Run): string =>
  `cannot have its data back: extents ${start}..${start + length} of PV ${pv} were not free all the ` +
  "time since";

/**
 * The copy of the LV as it is that has the same content at the same place, as far as both go; a current one
 * if there is any.
 */
function counterpart(copy: Copy, now: Lv): Copy | undefined {
  const alike = copiesOf(now).filter((each) => firstUnlike(copy, each) === undefined);
  return alike.find(({ state }) => state === "current") ?? alike[0];
}
