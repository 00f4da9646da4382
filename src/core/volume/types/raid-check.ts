/** What the schema cannot say of a raid. */
import type { Leg, RaidSegment } from "../../../schema/index.ts";
import { type Extents, isPowerOfTwo } from "../../base/units.ts";
import { isEnough, isLayout, kindOf, type Level, levelOf, widthOf } from "./raid-levels.ts";
import { MAX_REGIONS, raidMetaExtents } from "./raid-new.ts";
import { LEAST_STRIPE } from "./stripe-options.ts";
import { type About, extentsIn } from "./type.ts";

export function checkRaid(segment: RaidSegment, about: About): void {
  const { whose, isAlone, extentSize, refuse } = about;
  const { length, legs } = segment;
  const level = levelOf(segment);
  if (!isLayout(segment)) refuse(`${whose}: ${level.name} has no layout ${segment.layout}`);
  if (!isAlone) refuse(`${whose}: a ${level.name} segment is the whole of its LV`);
  if (segment.device !== undefined) {
    if (level.alike) refuse(`${whose}: a ${level.name} runs on the device of its LV`);
    return;
  }
  checkKeys(level, segment, about);
  const numbers = legs.map(({ number }, index) => number ?? index);
  if (!isEnough(segment, (leg) => legs[leg]?.state === "current"))
    refuse(`${whose} has ${level.alike ? "no current leg" : "too few current legs"}`);
  if (new Set(numbers).size < legs.length) refuse(`${whose} has a leg number twice`);
  const moving = (end: "from" | "to"): number => legs.filter(({ move }) => move === end).length;
  if (moving("from") > 0 !== moving("to") > 0)
    refuse(`${whose}: ${moving("from")} legs move to the places of ${moving("to")}`);
  if (!level.alike && moving("from") > 0) refuse(`${whose}: legs of ${level.name} do not move`);
  const width = widthOf(segment, legs.length);
  if (length % width !== 0) refuse(`${whose}: ${length} extents cannot be striped over ${width}`);
  const each = length / width;
  if ((each * extentSize) % (segment.stripeSize ?? LEAST_STRIPE) !== 0)
    refuse(`${whose}: its images are no multiple of the stripe size`);
  for (const index of legs.keys()) checkLeg(segment, index, each, about);
}

/** Keys that its level has, and only those; their values. */
function checkKeys(level: Level, segment: RaidSegment, { whose, extentSize, refuse }: About): void {
  const { length, legs, stripeSize, copies, regionSize } = segment;
  const wanted = {
    stripeSize: level.stripes > 0,
    copies: level.hasCopies,
    regionSize: level.hasMetadata,
  };
  for (const [key, isWanted] of Object.entries(wanted))
    if (Object.hasOwn(segment, key) !== isWanted)
      refuse(`${whose}: ${level.name} has ${isWanted ? "a" : "no"} ${key}`);
  if (legs.length < level.least || legs.length > level.most)
    refuse(`${whose}: ${level.name} has ${level.least} to ${level.most} legs, not ${legs.length}`);
  if (legs.length % (copies ?? 1) !== 0)
    refuse(`${whose}: ${legs.length} legs hold no ${copies} copies each`);
  const stripe = stripeSize ?? LEAST_STRIPE;
  if (!isPowerOfTwo(stripe) || stripe < LEAST_STRIPE)
    refuse(`${whose}: stripe size ${stripe} is no power of two of at least ${LEAST_STRIPE} sectors`);
  if (regionSize === undefined) return;
  const sectors = length * extentSize;
  const fits = regionSize <= sectors && regionSize * MAX_REGIONS >= sectors && regionSize >= stripe;
  if (!isPowerOfTwo(regionSize) || !fits) refuse(`${whose}: region size ${regionSize} does not fit it`);
}

/** An image is linear; while an LV is in work its legs may be anything but such an LV. */
function checkImage(
  { level, legs }: RaidSegment,
  image: Leg["image"],
  leg: string,
  refuse: About["refuse"],
): void {
  const inWork = levelOf({ level }).alike && legs.some(({ move }) => move !== undefined);
  for (const segment of image) {
    if (segment.type === "linear" || (inWork && segment.type !== "raid")) continue;
    const inner = inWork ? (segment as RaidSegment) : undefined;
    if (!inner || levelOf(inner).alike || inner.device !== undefined)
      refuse(`${leg} is ${inner ? kindOf(inner) : segment.type} instead of linear`);
  }
}

function checkLeg(
  segment: RaidSegment,
  index: number,
  each: Extents,
  { whose, extentSize, refuse }: About,
): void {
  const leg = `leg ${index} of ${whose}`;
  const { image, meta, move } = segment.legs[index] as Leg;
  const length = extentsIn(image);
  // One that comes may end with a whole row where the LV does not.
  if (length !== each && !(move === "to" && length > each))
    refuse(`${leg} has ${length} extents instead of ${each}`);
  checkImage(segment, image, leg, refuse);
  if (!levelOf(segment).hasMetadata) {
    if (meta.length > 0) refuse(`${leg} has a meta, which ${kindOf(segment)} has not`);
    return;
  }
  if (meta.length !== 1) refuse(`the meta of ${leg} is not in one piece`);
  const [has, needs] = [extentsIn(meta), raidMetaExtents(extentSize)];
  if (has < needs) refuse(`the meta of ${leg} has ${has} extents and needs ${needs}`);
}
