/**
 * What a volume type is: all that is known of it stands in one file behind this interface, of index.ts.
 *
 * A type describes one segment, of an LV or of a part. Below it lie
 *   runs    extents on PVs, which its table names (linear and striped; any type that stands on PVs),
 *   parts   what has dm devices of its own, made of segments again (images of raid, stores, metadata),
 *   uses    other LVs (a snapshot's origin, a thin LV's pool).
 * No type looks into another. Who walks through segments and parts is model.ts and what stands on it; where a
 * type has to know of what lies below, it is handed that, or a function that gives it.
 */
import type { DmDevice, Leg, Segment, TableLine } from "../../../schema/index.ts";
import type { Extents, Sectors } from "../../base/units.ts";
import type { FirstMetadata } from "../../dm/raid-metadata.ts";
import type { LegEvidence } from "../../dm/readable-legs.ts";
import type { MemberHealth } from "../../dm/targets/raid-health.ts";
import type { TargetRange } from "../../dm/targets/target.ts";
import type { ParameterSpec, Parameters, Values } from "../../port/parameters.ts";
import type { Run } from "../runs.ts";
import type { Shape } from "../shape.ts";
import type { Caching } from "./caching.ts";
import type { Ending } from "./ending.ts";
import type { Room } from "./room.ts";

export interface VolumeType<S extends Segment = Segment> {
  /** In the metadata. */
  readonly name: S["type"];
  /** What people call it, as create-lv does. Left out: by its name. */
  kind?(segment: S): string;
  /** By which it may be a part of something else. */
  readonly traits: readonly Trait[];

  /** Its extents on PVs, area by area in the order in which its table names them. */
  runs(segment: S): readonly Run[];
  /** Its parts, each before what is built on it. */
  parts(segment: S): readonly Part[];
  /** Ids of the LVs that it is built on: live whenever it is, and there as long as it is. Left out: none. */
  uses?(segment: S): readonly string[];
  /** What those have to be. Left out: anything. */
  readonly usesAre?: Trait;
  /**
   * When it goes, what becomes of one that it is built on. Left out: that stays as it is.
   * @param was the same as it is committed; undefined: it is new. @throws DvmError IN_USE
   */
  leave?(segment: S, used: Segment, was: Segment | undefined): Segment;
  /** What is wrong with those that are built on it, for people, behind its name. Left out: nothing. */
  wrongUsers?(segment: S, users: readonly Segment[]): string | undefined;
  /** Logical extents for each extent of a run or part that grows with it: 1, or the number of stripes. */
  width(segment: S): number;
  /** How much goes to one run or part before the next has its turn. null: it is not striped. */
  stripeSize(segment: S): Sectors | null;
  /**
   * Names where its content lies, however segments are cut: equal keys at one logical extent mean the same
   * place, and a segment behind one of equal type and key goes on with it. undefined: its content lies in its
   * legs.
   */
  key(segment: S): string | undefined;
  /** Copies that are lost and found one by one. Left out: its content is there once. */
  readonly legs?: Legs<S>;
  /** It stands in front of an LV that it uses. Left out: it uses LVs as they are. */
  readonly wraps?: Wraps<S>;
  /**
   * Parts that people make longer, the one that is meant when none is named first; its own length is what it
   * was made with. Left out: they make the LV longer.
   */
  rooms?(segment: S): readonly Room[];
  /** It is a cache. */
  readonly caches?: Caching<S>;
  /** What has to be proven before it gives way to `next`, if the LV stays. Left out: nothing. */
  ending?(segment: S, next: Segment | undefined): Ending | undefined;
  /** It takes no extents of the VG, however long it is: the same with another length. Left out: it does. */
  withLength?(segment: S, length: Extents): S;
  /** What becomes of thin ids when its device is as it shall be. Left out, or undefined: it has none. */
  thins?(segment: S): DmDevice["thins"];
  /** By its status. behind: some are still to be told. Left out: nothing is wrong. */
  idsAre?(segment: S, live: DmDevice): "behind" | "others" | undefined;
  /** What it holds is not in its extents alone: once it is gone, it cannot be had back. */
  readonly isVolatile?: true;

  /**
   * What the schema cannot say. Its parts have been checked, but for what only it knows of them. Left out:
   * nothing.
   */
  check?(segment: S, about: About): void;
  /**
   * Its fields behind type, start and length as JSON, in the order of the schema.
   * @param inner gives the JSON of a part's segments
   */
  encode(segment: S, inner: (segments: readonly Segment[]) => string): string;

  /** How create-lv makes one, or several kinds of it. */
  readonly creates: readonly Creation[];
  /**
   * Options of its creation that say how it is laid out, as an existing one has them. Left out: none.
   */
  layout?(segment: S): Readonly<Record<string, number>>;
  /** What to allocate for a new one of the same layout. */
  like(segment: S, extentSize: Sectors): Shape;
  /** What to allocate to make it longer: builds what takes its place. */
  grow(segment: S, about: Growth): Shape;
  /** Its first extents, whole rows of stripes. */
  cut(segment: S, length: Extents, about: Cut): S;

  /** Its lines in the table of the device that it is in. */
  table(segment: S, about: Below): readonly TableLine[];
  /**
   * The areas of its runs, from lines that `table` may have made; none when they are another's. @throws
   * TargetRefusal
   */
  learn(lines: readonly TableLine[]): readonly DeviceArea[];
}

/** What a type makes of an LV that it stands in front of: the two are live together, or neither is. */
export interface Wraps<S> {
  /** The LV's id, one of those that it uses. */
  of(segment: S): string;
  /** What the LV has to be made of. */
  readonly accepts: Trait;
  /** What the LV's own device is, while its content goes on in a device below. */
  table(all: readonly Wrapping<S>[], about: Wrapped): readonly TableLine[];
  /** It cannot be told any more from the LV, which cannot be up without what the segment has. */
  isMixed(segment: S): boolean;
  /** It is to be put back into the LV as soon as nobody has either of them open. */
  isDue(segment: S): boolean;
}

export interface Wrapping<S> {
  readonly segment: S;
  /** The device of one of its parts; null when it is out of reach. */
  readonly part: (layer: string) => string | null;
}

export interface Wrapped {
  /** All of the LV. */
  readonly range: TargetRange;
  /** The device in which its content goes on. */
  readonly content: string;
}

/** The layer of an LV in which its content goes on when something stands in front of it. */
export const WRAPPED = "real";

/**
 * plain: its content lies in its runs, one after the other, as what is read without the kernel has to;
 * on-pvs: it has runs alone, so that it needs no devices besides the one that it is in;
 * leg: it stands on PVs in the end, so that it may be an image while an LV moves or becomes another;
 * origin: there may be snapshots of it; store: it may hold what another type keeps; pool: thin LVs get their
 * extents from it.
 */
export type Trait = "plain" | "on-pvs" | "leg" | "origin" | "store" | "pool";

/** What of an LV has a dm device of its own below that of the LV itself. */
export interface Part {
  /** The last part of its dm name, for as long as it lives: `rimage_0`. At most as long as LONGEST_LAYER. */
  readonly layer: string;
  readonly segments: readonly Segment[];
  /** content: a share in what the LV holds, of its block size. own: only its type reads it. */
  readonly holds: "content" | "own";
  /** What its segments have to be. */
  readonly accepts: Trait;
  /** The leg that it belongs to, by its place among `legs`. Left out: it is the array itself, or has none. */
  readonly leg?: number;
  /** For people, before `of LV …`. */
  readonly what: string;
  /** What the LV would be without the type. */
  readonly carries?: true;
  /** It begins with nothing when the type comes, and with so many sectors of zeroes. */
  readonly fresh?: Sectors;
}

/**
 * No layer of any type is longer, so that a name which fits an LV goes on to do so, whatever becomes of it.
 */
export const LONGEST_LAYER = "rimage_99";

/** Whose number in the names of its devices is known. */
export type NumberedLeg = Leg & { readonly number: number };

export interface Legs<S> {
  of(segment: S): readonly NumberedLeg[];
  /** The array runs in a part of the segment that is the same without this, not in the device it is in. */
  isBelow(segment: S): boolean;
  /** The segment with these legs instead, which are as long. */
  with(segment: S, legs: readonly NumberedLeg[]): S;
  /** Each has all of the content by itself: they may become more and fewer, and take each other's place. */
  alike(segment: S): boolean;
  /** The legs that are there have all of the content together. */
  suffice(segment: S, isThere: (leg: number) => boolean): boolean;
  /** Which share of the content a leg has: one of another role never takes its place. */
  role(segment: S, leg: number): string;
  /** Sectors at the beginning of a new leg's metadata in which nothing must be found. */
  readonly wiped: Sectors;
  proof(segment: S): Proof;
}

/** What proves that a leg holds the content. Nothing else does, not what the metadata says of it either. */
export interface Proof {
  /**
   * By the status of the LV's live device, for each leg of its table; undefined: it tells nothing that is
   * known.
   */
  live(top: DmDevice): readonly MemberHealth[] | undefined;
  /** Reads what a leg's metadata begins with. @throws DvmError CORRUPT; `path` says where it is */
  read(bytes: Buffer, path: string): LegEvidence["superblock"];
  /** The legs that have missed nothing, by what was read of each. */
  good(legs: readonly LegEvidence[]): readonly number[];
  /** The leg is being rebuilt, or has been, and what was read of it tells how far that has come. */
  hasBegun(legs: readonly LegEvidence[], leg: number, isInSync: boolean): boolean;
  /** Those from which the content can be had; none where what is away cannot be made of them. */
  readable(legs: readonly LegEvidence[]): readonly number[];
  /** It gets longer only with all of its legs. */
  readonly growsWhole: boolean;
  /** They had been made equal when the LV was last live. */
  synced(legs: readonly LegEvidence[]): boolean;
  /** What has to be written to each leg's metadata before a kernel takes up those that are there. */
  first(legs: readonly LegEvidence[], range: TargetRange): readonly (FirstMetadata | undefined)[];
}

export interface About {
  /** As `LV data`, or `the image of leg 0 of LV data`. */
  readonly whose: string;
  /** It is the only segment. */
  readonly isAlone: boolean;
  readonly extentSize: Sectors;
  readonly refuse: (message: string) => never;
}

/** An option of create-lv that belongs to types. */
export interface CreateOption extends ParameterSpec {
  /** Of a count: what is less asks for nothing. */
  readonly least?: number;
}

export interface Creation<O extends Readonly<Record<string, CreateOption>> = Parameters> {
  /** As `--type` has it, and as people call it. */
  readonly name: string;
  readonly options: O;
  /** Such options mean this type, when none is named. */
  isMeant(values: Values<O>): boolean;
  /** What to allocate for a new one. @throws DvmError USAGE */
  shape(values: Values<O>, extentSize: Sectors): Shape;
  /** Words of create-lv that make one, besides name and size. */
  readonly example: readonly string[];
  /** Each of its legs has all of the content. Left out: it has none that do. */
  readonly alike?: boolean;
}

/** Writes down how one is made; the types of the values follow from the options. */
export const creation = <const O extends Readonly<Record<string, CreateOption>>>(
  spec: Creation<O>,
): Creation<O> => spec;

export interface Growth {
  readonly extentSize: Sectors;
  /** Those of all segments of the LV, or part, that it is the last of. */
  readonly runs: readonly Run[];
  /** What to allocate to make a part longer: builds all of its segments. */
  readonly of: (part: readonly Segment[]) => Shape;
}

export interface Cut {
  readonly extentSize: Sectors;
  /** The first extents of a part. */
  readonly of: (part: readonly Segment[], length: Extents) => Segment[];
}

export interface DeviceArea {
  /** As tables name it. */
  readonly device: string;
  readonly offset: Sectors;
}

/** What lies below a segment, as tables name it. */
export interface Below {
  readonly extentSize: Sectors;
  /** Where a run is; undefined: out of reach. */
  readonly area: (run: Run) => DeviceArea | undefined;
  /** A device of errors of at least that length, to stand for a run where the target has to have a device. */
  readonly absent: (length: Extents) => DeviceArea;
  /** The device of a part; null when it takes no part. */
  readonly part: (layer: string) => string | null;
  /** The device of an LV that it uses; null when something of that is out of reach. */
  readonly lv: (id: string) => string | null;
  /** The device in which the content of an LV goes on, in front of which it stands. */
  readonly content: (id: string) => string;
}

/** The sectors of its device that a segment serves. */
export const rangeOf = ({ start, length }: Segment, extentSize: Sectors): TargetRange => ({
  start: start * extentSize,
  length: length * extentSize,
});

/** The parts of a segment that has none: one list for thousands of LVs. */
export const NO_PARTS: readonly Part[] = [];

/** How long segments without holes are together. */
export function extentsIn(segments: readonly Segment[]): Extents {
  const last = segments.at(-1);
  return last ? last.start + last.length : 0;
}
