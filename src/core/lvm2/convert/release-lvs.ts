/**
 * LVs of dvm as a text of LVM2 has them: each with what the text knew of it before it was dvm's, if it did.
 */
import type { Lv, Segment } from "../../../schema/index.ts";
import { DvmError, toDvmError } from "../../base/error.ts";
import { typeOf } from "../../volume/types/index.ts";
import { sectionIn, withItems } from "../text/edit.ts";
import { isSection, type TextSection, type TextValue } from "../text/section.ts";
import { express } from "../types/index.ts";
import type { TextNames } from "../types/type.ts";
import { newTextId } from "./text-ids.ts";

export interface ReleaseNames {
  readonly vgId: string;
  readonly pv: TextNames["pv"];
  /** The section that the text had for this LV, and what it was called. @param id dvm's */
  readonly known: (id: string) => { readonly name: string; readonly section: TextSection } | undefined;
  /** That of any LV, hidden ones too, by its name in that text. */
  readonly old: (name: string) => TextSection | undefined;
}

const SKIP = "ACTIVATION_SKIP";
const VISIBLE = "VISIBLE";
const WRITE = "WRITE";
/** Prefixes and parts of names that LVM2 keeps for itself (lvm(8), lvcreate(8)). */
const RESERVED_NAME = new RegExp(
  "^(snapshot|pvmove)|_(cdata|cmeta|corig|cpool|cvol|wcorig|mimage|mlog|rimage|rmeta|tdata|tmeta|vdata)" +
    "|_(imeta|iorig|pmspare|vorigin)",
);

/** Name and section of an LV, and of what it is built on. @throws DvmError UNSUPPORTED, naming it */
export function releaseLv(lv: Lv, names: ReleaseNames): readonly (readonly [string, TextSection])[] {
  const refuse = (what: string) => new DvmError("UNSUPPORTED", `LV ${lv.name} ${what}`);
  if (RESERVED_NAME.test(lv.name)) throw refuse("has a name that LVM2 keeps for itself: rename it");
  if (lv.work !== undefined) throw refuse("is in work: finish or abort that first");
  const known = names.known(lv.id);
  const section = known?.section;
  const had = (key: string) => words(section, key);
  const status = ["READ", ...(lv.access === "rw" ? [WRITE] : []), VISIBLE];
  const others = had("status").filter((word) => !["READ", WRITE, VISIBLE].includes(word));
  const flags = had("flags").filter((word) => word !== SKIP);
  const tags = [...lv.tags, ...had("tags").filter((tag) => /[!#&]/.test(tag))];
  const segments = lv.segments.map((segment, index) => expressed(lv, segment, index, names));
  const base: TextSection = section ? bare(section) : { items: new Map() };
  const own = withItems(base, {
    id: section ? base.items.get("id") : newTextId(names.vgId, lv.id),
    status: [...status, ...others],
    flags: lv.activate ? flags : [...flags, SKIP],
    tags: tags.length > 0 ? tags : undefined,
    segment_count: segments.length,
    ...Object.fromEntries(segments.map((each, index) => [`segment${index + 1}`, each.section])),
  });
  return [[lv.name, own], ...segments.flatMap(({ parts }) => parts)];
}

interface ExpressedSegment {
  readonly section: TextSection;
  readonly parts: readonly (readonly [string, TextSection])[];
}

function expressed(lv: Lv, segment: Segment, index: number, names: ReleaseNames): ExpressedSegment {
  const known = names.known(lv.id);
  const said = inLvmWords(lv, segment, names);
  const old = known && sectionIn(known.section, `segment${index + 1}`);
  const isAlike = old?.items.get("type") === said.items["type"] || isSameRaid(old, said.items);
  const kept = old && isAlike ? old : { items: new Map() };
  const range = { start_extent: segment.start, extent_count: segment.length };
  const type = isAlike ? kept.items.get("type") : said.items["type"];
  return {
    section: withItems(kept, { ...range, ...said.items, ...(type !== undefined && { type }) }),
    parts: said.parts.map(({ name, segments }) => {
      const before = known && names.old(known.name + name.slice(lv.name.length));
      return [name, partSection(name, segments, before, lv, names)] as const;
    }),
  };
}

function inLvmWords(lv: Lv, segment: Segment, { pv }: ReleaseNames) {
  try {
    const said = express(segment, { pv, lv: lv.name });
    if (said) return said;
  } catch (thrown) {
    const { code, message } = toDvmError(thrown);
    if (code !== "UNSUPPORTED") throw thrown;
    throw new DvmError(code, `LV ${lv.name} ${message}`);
  }
  throw new DvmError(
    "UNSUPPORTED",
    `LV ${lv.name} is of type ${segment.type}, which dvm does not give back yet: ${waysOut(segment)}`,
  );
}

/** What leaves the VG without it, for people. */
function waysOut(segment: Segment): string {
  const type = typeOf(segment);
  if (type?.caches) return "uncache it";
  return type?.wraps ? "remove it, or merge it" : "remove it";
}

/** A level's usual layout may stand behind its name, or not. */
function isSameRaid(old: TextSection | undefined, items: Readonly<Record<string, TextValue>>): boolean {
  const type = old?.items.get("type");
  return typeof type === "string" && String(items["type"]).startsWith(`${type}_`);
}

/** Image or metadata of a leg. */
function partSection(
  name: string,
  segments: readonly Segment[],
  before: TextSection | undefined,
  lv: Lv,
  names: ReleaseNames,
): TextSection {
  const inner = segments.map((segment) => {
    const { items } = inLvmWords(lv, segment, names);
    return withItems(
      { items: new Map() },
      { start_extent: segment.start, extent_count: segment.length, ...items },
    );
  });
  const base = before ? bare(before) : { items: new Map() };
  return withItems(base, {
    id: before ? base.items.get("id") : newTextId(names.vgId, lv.id, name.slice(lv.name.length)),
    status: before ? words(before, "status").filter((word) => word !== "REBUILD") : ["READ", WRITE],
    flags: words(before, "flags"),
    segment_count: inner.length,
    ...Object.fromEntries(inner.map((each, index) => [`segment${index + 1}`, each])),
  });
}

/** Without segments. */
const bare = ({ items }: TextSection): TextSection => ({
  items: new Map([...items].filter(([key, value]) => !isSection(value) && key !== "segment_count")),
});

function words(section: TextSection | undefined, key: string): readonly string[] {
  const value = section?.items.get(key);
  const list = typeof value === "string" ? [value] : Array.isArray(value) ? value : [];
  return list.filter((each): each is string => typeof each === "string");
}
