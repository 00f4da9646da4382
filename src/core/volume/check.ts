import { type Freed, type Lv, type Metadata, notPlain, type Segment, type Vg } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { checkName } from "../base/name.ts";
import { type MapView, Overlay } from "../base/overlay.ts";
import { type Extents, isPowerOfTwo, type Sectors, sectorsToBytes } from "../base/units.ts";
import { dmName, MAX_DM_NAME } from "../dm/name.ts";
import { components, legsOf, lengthOf, partsOf } from "./model.ts";
import { namesWith, typeOf } from "./types/index.ts";
import { type About, LONGEST_LAYER, type Part, type Trait } from "./types/type.ts";
import { changedUsage, firstUserOf, type Usage } from "./usage.ts";
import { type Users, usersOf, usesOf, wrongUse, wrongUsers, wrongWrap } from "./users.ts";

/** A dm device serves at most this many sectors: what fits an exact number. */
const MAX_SECTORS = Number.MAX_SAFE_INTEGER;

/** What the check of a document finds out, for whoever asks next. */
export interface Checked {
  readonly byId: MapView<Lv>;
  readonly byName: MapView<Lv>;
  readonly usage: Usage;
  readonly users: Users;
}

/**
 * What the schema cannot say: ids and names are unique, segments leave no holes, every area lies inside a PV
 * that is there, no extent has two users, legs are as long as their LV, names fit a dm name. Segments of an
 * unknown type are passed over: see known.ts.
 * @param code BAD_INPUT for a document on its way in, BUG for one that we made
 * @param before a document that has passed this check and that it was made of: only what differs is checked
 * @throws DvmError with that code, naming the LV or PV
 */
export function checkMetadata(metadata: Metadata, code: "BAD_INPUT" | "BUG", before?: Metadata): Checked {
  const known = checked.get(metadata) ?? check(metadata, code, before);
  checked.set(metadata, known);
  return known;
}

// Documents are never changed in place: what has been checked stays so.
const checked = new WeakMap<Metadata, Checked>();

function check(metadata: Metadata, code: "BAD_INPUT" | "BUG", before: Metadata | undefined): Checked {
  const { vg, pvs } = metadata;
  const refuse: Refuse = (message) => {
    throw new DvmError(code, `metadata of VG ${vg.name}: ${message}`);
  };
  // What another volume manager admits is not for dvm to refuse.
  if (!vg.foreign) checkVgName(vg.name, refuse);
  if (hasTwice(vg.tags)) refuse("VG has a tag twice");
  const sizes = new Map<string, Extents>();
  for (const pv of pvs) {
    if (sizes.has(pv.id)) refuse(`PV ${pv.id} stands twice`);
    if (pv.extents * vg.extentSize > MAX_SECTORS) refuse(`PV ${pv.id} is too large`);
    const isWhole = vg.foreign || sectorsToBytes(vg.extentSize) % pv.blockBytes === 0;
    if (!isPowerOfTwo(pv.blockBytes) || !isWhole)
      refuse(`PV ${pv.id} has blocks of ${pv.blockBytes} bytes, of which no extent is made`);
    if (hasTwice(pv.tags)) refuse(`PV ${pv.id} has a tag twice`);
    sizes.set(pv.id, pv.extents);
  }
  const base = before && hasSameRules(before, vg, sizes) ? checked.get(before) : undefined;
  const { gone, come } =
    base && before ? difference(before.lvs, metadata.lvs) : { gone: [], come: metadata.lvs };
  const byId = base ? new Overlay(base.byId) : new Map<string, Lv>();
  const byName = base ? new Overlay(base.byName) : new Map<string, Lv>();
  for (const { id, name } of gone) {
    byId.delete(id);
    byName.delete(name);
  }
  come.forEach((lv) => {
    const { id, name } = lv;
    if (!isAdded(byId, id, lv)) refuse(`LV id ${id} stands twice`);
    if (!isAdded(byName, name, lv)) refuse(`LV name ${name} stands twice`);
    if (!vg.foreign) checkOwnName(vg.name, lv.name, refuse);
    checkLv(vg, lv, refuse);
  });
  const usage = changedUsage(base?.usage, sizes, gone, come, code);
  checkFreed(metadata.freed ?? [], sizes, usage, refuse);
  const users =
    base && base.users.size === 0 && come.every(usesNone) ? base.users : usersOf(notPlain(metadata.lvs));
  if (users.size > 0) checkUses(users, byId, refuse);
  return { byId, byName, usage, users };
}

const usesNone = (lv: Lv): boolean => usesOf(lv).length === 0;

function checkUses(users: Users, byId: MapView<Lv>, refuse: Refuse): void {
  const all = [...new Set([...users.values()].flat())];
  const wrong = wrongUse(all, byId) ?? wrongWrap(all, byId) ?? wrongUsers(users, byId);
  if (wrong !== undefined) refuse(wrong);
}

function checkFreed(
  freed: readonly Freed[],
  sizes: ReadonlyMap<string, Extents>,
  usage: Usage,
  refuse: Refuse,
): void {
  const before = new Map<string, Freed>();
  for (const run of [...freed].sort((a, b) => a.start - b.start)) {
    const { pv, start, length } = run;
    const end = start + length;
    const last = before.get(pv);
    const user = firstUserOf(usage.get(pv) ?? [], start, end);
    if (end > (sizes.get(pv) ?? 0)) refuse(`freed extents ${start}..${end} are not on PV ${pv}`);
    if (last && start < last.start + last.length) refuse(`freed extent ${start} of PV ${pv} is listed twice`);
    if (user) refuse(`freed extents ${start}..${end} of PV ${pv} are LV ${user.lv.name}'s`);
    before.set(pv, run);
  }
}

/**
 * Puts it in. @returns false when the key was there; told by the size, which is cheaper than asking for the
 * key
 */
function isAdded(lvs: Pick<Overlay<Lv>, "size" | "set">, key: string, lv: Lv): boolean {
  const { size } = lvs;
  lvs.set(key, lv);
  return lvs.size > size;
}

/**
 * True when what has passed there passes here too: names get as long, extents lie inside PVs of the same
 * size.
 */
function hasSameRules({ vg, pvs }: Metadata, now: Vg, sizes: ReadonlyMap<string, Extents>): boolean {
  return (
    vg.name === now.name &&
    vg.extentSize === now.extentSize &&
    pvs.every(({ id, extents }) => sizes.get(id) === extents)
  );
}

/** Records of the one and of the other list, without those that are the same object at the same place. */
const difference = (before: readonly Lv[], now: readonly Lv[]) => ({
  gone: before.filter((lv, index) => now[index] !== lv),
  come: now.filter((lv, index) => before[index] !== lv),
});

/**
 * Checks a name that an LV shall have in a VG: allowed characters, and room for its layers' dm names.
 * @throws DvmError BAD_NAME
 */
export function checkLvName(vg: string, name: string): void {
  checkName("LV", name);
  // However many of the characters have to be doubled, this fits.
  if (2 * (vg.length + name.length) + LONGEST_LAYER.length + 2 <= MAX_DM_NAME) return;
  dmName(vg, name, LONGEST_LAYER);
}

type Refuse = About["refuse"];

function checkVgName(name: string, refuse: Refuse): void {
  try {
    checkName("VG", name);
  } catch (cause) {
    refuse(cause instanceof Error ? cause.message : String(cause));
  }
}

const hasTwice = (tags: readonly string[]): boolean => tags.length > 1 && new Set(tags).size < tags.length;

/** Why no LV can have these segments, whatever else the VG has; undefined: it can. */
export function wrongWithSegments(segments: readonly Segment[], extentSize: Sectors): string | undefined {
  class Wrong extends Error {}
  const refuse: Refuse = (message) => {
    throw new Wrong(message);
  };
  try {
    const wrong = wrongWith(segments);
    if (wrong === undefined) checkTypes(segments, undefined, "it", extentSize, refuse);
    return wrong;
  } catch (thrown) {
    if (!(thrown instanceof Wrong)) throw thrown;
    return thrown.message;
  }
}

function checkOwnName(vg: string, name: string, refuse: Refuse): void {
  try {
    checkLvName(vg, name);
  } catch (cause) {
    refuse(cause instanceof Error ? cause.message : String(cause));
  }
}

function checkLv({ extentSize }: Vg, lv: Lv, refuse: Refuse): void {
  const { tags, segments } = lv;
  if (hasTwice(tags)) refuse(`LV ${lv.name} has a tag twice`);
  const wrong = wrongWith(segments);
  if (wrong !== undefined) refuse(`LV ${lv.name} ${wrong}`);
  if (lengthOf(lv) * extentSize > MAX_SECTORS) refuse(`LV ${lv.name} is too large`);
  checkTypes(segments, undefined, `LV ${lv.name}`, extentSize, refuse);
  // By index: of ten thousand LVs, making iterators takes longer than the rest of their check.
  const first = segments[0];
  if (first && partsOf(first).length > 0) checkLayers(lv, refuse);
  else if (lv.work !== undefined) refuse(`LV ${lv.name} is in work, and has no legs`);
}

/** Devices have names of their own, and what says that legs come and go says so of legs. */
function checkLayers(lv: Lv, refuse: Refuse): void {
  const layers = components(lv).map(({ layer }) => layer);
  if (new Set(layers).size < layers.length) refuse(`LV ${lv.name} has a leg number twice`);
  const moves = legsOf(lv).some(({ move }) => move !== undefined);
  if (moves !== (lv.work !== undefined))
    refuse(
      `LV ${lv.name} is ` +
        `${lv.work === undefined ? "not in work, and has" : "in work, and has no"} legs that move`,
    );
}

/** What their types want, parts first. @param accepts what they have to be, for a part */
function checkTypes(
  segments: readonly Segment[],
  accepts: Trait | undefined,
  whose: string,
  extentSize: Sectors,
  refuse: Refuse,
): void {
  for (let index = 0; index < segments.length; index += 1) {
    const segment = segments[index] as Segment;
    const type = typeOf(segment);
    if (!type) continue;
    if (accepts && !type.traits.includes(accepts))
      refuse(`${whose} is ${type.name} instead of ${namesWith(accepts).join(" or ")}`);
    const parts = type.parts(segment);
    for (let at = 0; at < parts.length; at += 1) {
      const part = parts[at] as Part;
      const ofPart = `${part.what} of ${whose}`;
      const wrong = wrongWith(part.segments);
      if (wrong !== undefined) refuse(`${ofPart} ${wrong}`);
      checkTypes(part.segments, part.accepts, ofPart, extentSize, refuse);
    }
    type.check?.(segment, { whose, isAlone: segments.length === 1, extentSize, refuse });
  }
}

/** What keeps segments from being without holes from 0 on, and not empty. */
function wrongWith(segments: readonly Segment[]): string | undefined {
  let next = 0;
  for (let index = 0; index < segments.length; index += 1) {
    const { start, length } = segments[index] as Segment;
    if (start !== next) return `has a segment at extent ${start} where ${next} was due`;
    if (length === 0) return `has an empty segment at extent ${start}`;
    next = start + length;
  }
  return next === 0 ? "has no segments" : undefined;
}
