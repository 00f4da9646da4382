/** striped: one stripe is what dvm calls linear. */
import type { Area, LinearSegment, StripedSegment } from "../../../schema/index.ts";
import { isPowerOfTwo } from "../../base/units.ts";
import type { TextSegment } from "../model.ts";
import type { LvmType, Volumes } from "./type.ts";

/** dm-stripe takes none smaller than a page. */
const LEAST_STRIPE = 8;
const MOST_STRIPES = 128;

export const striped: LvmType = {
  names: ["striped"],
  translate(segment, volumes) {
    const made = onPvs(segment, volumes);
    return made && { segment: made, parts: [] };
  },
  express(segment, { pv }) {
    if (segment.type !== "linear" && segment.type !== "striped") return undefined;
    const areas = segment.type === "linear" ? [segment.area] : segment.areas;
    return {
      items: {
        type: "striped",
        stripe_count: areas.length,
        ...(segment.type === "striped" && { stripe_size: segment.stripeSize }),
        stripes: areas.flatMap((area) => [pv(area.pv), area.start]),
      },
      parts: [],
    };
  },
};

/** undefined when it lies on LVs, or with stripes that no table has. */
export function onPvs(
  { start, length, type, areas: all, fields }: TextSegment,
  { pvId }: Volumes,
): LinearSegment | StripedSegment | undefined {
  const areas = all.flatMap(({ pv, start }): Area[] => (pv === undefined ? [] : [{ pv: pvId(pv), start }]));
  const [area, ...more] = areas;
  if (!striped.names.includes(type) || !area || areas.length < all.length) return undefined;
  if (more.length === 0) return { type: "linear", start, length, area };
  const stripeSize = fields.countIfAny("stripe_size") ?? 0;
  const fits = isPowerOfTwo(stripeSize) && stripeSize >= LEAST_STRIPE && areas.length <= MOST_STRIPES;
  return fits ? { type: "striped", start, length, stripeSize, areas } : undefined;
}
