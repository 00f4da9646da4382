/** raid of all levels, over hidden LVs: images, and for each what md keeps about it. */
import type { ForeignPart, Leg, RaidSegment } from "../../../schema/index.ts";
import { DvmError } from "../../base/error.ts";
import type { TextLv, TextSegment } from "../model.ts";
import { onPvs } from "./striped.ts";
import type { LvmType, Volumes } from "./type.ts";

/** Layouts behind a level's name, with those that dvm leaves out since they are the usual ones. */
const USUAL: Readonly<Record<string, string>> = { raid5: "ls", raid6: "zr", raid10: "near" };
const LAYOUTS: Readonly<Record<string, readonly string[]>> = {
  raid0: [],
  raid1: [],
  raid4: [],
  raid5: ["ls", "la", "ra", "rs", "n"],
  raid6: ["zr", "nr", "nc", "n_6", "la_6", "ra_6", "ls_6", "rs_6"],
  raid10: ["near"],
};

/** Keys that have the table say more than dvm's does, or mean that something is under way. */
const MORE = ["writebehind", "min_recovery_rate", "max_recovery_rate", "reshape_count"];

export const raid: LvmType = {
  names: Object.entries(LAYOUTS).flatMap(([level, layouts]) => [
    level,
    ...layouts.map((layout) => `${level}_${layout}`),
  ]),
  translate(segment, volumes) {
    const [, level = "", layout] = /^(raid\d+)(?:_(.+))?$/.exec(segment.type) ?? [];
    const members = membersOf(segment, volumes);
    if (moreOf(segment, volumes).length > 0 || !members) return undefined;
    const legs = members.flatMap((member): Leg[] => {
      const image = linearOf(member.image, volumes);
      const meta = member.meta ? linearOf(member.meta, volumes) : [];
      return image && meta ? [{ state: "current", image, meta }] : [];
    });
    if (legs.length < members.length) return undefined;
    const made = {
      type: "raid",
      start: segment.start,
      length: segment.length,
      level: level as RaidSegment["level"],
      ...(layout !== undefined &&
        layout !== USUAL[level] && { layout: layout as NonNullable<RaidSegment["layout"]> }),
      ...fieldsOf(level, segment),
      legs,
    } satisfies RaidSegment;
    return { segment: made, parts: members.flatMap(partsOf) };
  },
  express(segment, { lv }) {
    if (segment.type !== "raid") return undefined;
    refuseUnlike(segment);
    const { level, legs, stripeSize, regionSize, copies } = segment;
    const layout: string | undefined = segment.layout ?? USUAL[level];
    const named = legs.map(({ image, meta }, index) => ({
      image: { name: `${lv}_rimage_${index}`, segments: image },
      meta: meta.length > 0 ? [{ name: `${lv}_rmeta_${index}`, segments: meta }] : [],
    }));
    const isBare = named.every(({ meta }) => meta.length === 0);
    const pairs = named.flatMap(({ image, meta }) => [...meta.map(({ name }) => name), image.name]);
    return {
      items: {
        type: layout === undefined || level === "raid10" ? level : `${level}_${layout}`,
        ...(isBare ? { stripe_count: legs.length } : { device_count: legs.length }),
        ...(stripeSize !== undefined && { stripe_size: stripeSize }),
        ...(regionSize !== undefined && { region_size: regionSize }),
        ...(copies !== undefined && { data_copies: copies }),
        [isBare ? "raid0_lvs" : "raids"]: pairs,
      },
      parts: named.flatMap(({ image, meta }) => [image, ...meta]),
    };
  },
};

/** @throws DvmError UNSUPPORTED */
function refuseUnlike({ level, layout: other, legs, device, copies }: RaidSegment): void {
  const layout: string | undefined = other ?? (level === "raid10" ? undefined : USUAL[level]);
  const refuse = (what: string) => new DvmError("UNSUPPORTED", what);
  const odd = legs.findIndex(({ state, move }) => state !== "current" || move !== undefined);
  if (odd >= 0) throw refuse(`has a leg that is not whole (leg ${odd}): let it be rebuilt, or repair it`);
  if (layout !== undefined && !LAYOUTS[level]?.includes(layout))
    throw refuse(`is ${level} in the layout ${layout}, which LVM2 does not have: convert it`);
  if (copies !== undefined && copies !== 2)
    throw refuse(`has ${copies} copies, and LVM2's raid10 has 2: convert it`);
  if (device !== undefined)
    throw refuse("runs on a device below its own since it was converted: copy it to a new LV");
}

interface Member {
  readonly image: TextLv;
  readonly meta: TextLv | undefined;
}

/** By place, whatever their names are: numbers in those are of the past. */
function membersOf({ fields }: TextSegment, { lv }: Volumes): readonly Member[] | undefined {
  const alone = fields.texts("raid0_lvs");
  const names = alone.length > 0 ? alone : fields.texts("raids");
  const width = alone.length > 0 ? 1 : 2;
  const lvs = names.map(lv);
  if (lvs.length === 0 || lvs.length % width !== 0) return undefined;
  const members = Array.from({ length: lvs.length / width }, (_, index) => ({
    image: lvs[width * index + width - 1],
    meta: width === 2 ? lvs[width * index] : undefined,
  }));
  const isWhole = (member: (typeof members)[number]): member is Member =>
    member.image !== undefined && (width === 1 || member.meta !== undefined);
  return members.every(isWhole) ? members : undefined;
}

/** What keeps dvm's table from being LVM2's, in its words. */
function moreOf(segment: TextSegment, volumes: Volumes): string[] {
  const keys = MORE.filter((key) => (segment.fields.countIfAny(key) ?? 0) > 0);
  const images = (membersOf(segment, volumes) ?? []).map(({ image }) => image);
  const states = ["WRITEMOSTLY", "REBUILD"].filter((word) => images.some(({ status }) => status.has(word)));
  const isSplit = images.some(({ status }) => status.has("VISIBLE"));
  return [...keys, ...states, ...(isSplit ? ["an image that was split off"] : [])];
}

/** For what says why an LV is left to LVM2. */
export const raidOddities = (segment: TextSegment, volumes: Volumes): readonly string[] =>
  raid.names.includes(segment.type) ? moreOf(segment, volumes) : [];

function fieldsOf(
  level: string,
  { fields }: TextSegment,
): Pick<RaidSegment, "stripeSize" | "copies" | "regionSize"> {
  const stripeSize = fields.countIfAny("stripe_size");
  const regionSize = fields.countIfAny("region_size");
  return {
    ...(level !== "raid1" && stripeSize !== undefined && { stripeSize }),
    ...(level === "raid10" && { copies: fields.countIfAny("data_copies") ?? 2 }),
    ...(level !== "raid0" && regionSize !== undefined && { regionSize }),
  };
}

/** The extents of a part that lies on PVs alone, one after the other. */
function linearOf({ segments }: TextLv, volumes: Volumes): Leg["image"] | undefined {
  const made = segments.map((segment) => onPvs(segment, volumes));
  const linear = made.flatMap((each) => (each?.type === "linear" ? [each] : []));
  return linear.length === segments.length ? linear : undefined;
}

const partsOf = ({ image, meta }: Member, leg: number): ForeignPart[] => [
  { layer: `rimage_${leg}`, name: image.name, id: image.id },
  ...(meta ? [{ layer: `rmeta_${leg}`, name: meta.name, id: meta.id }] : []),
];
