/** thin: as long as one likes, of chunks that its pool gives it when they are first written. */
import type { Segment, ThinPoolSegment, ThinSegment } from "../../../schema/index.ts";
import { DvmError } from "../../base/error.ts";
import { errorLine } from "../../dm/targets/error.ts";
import { thin as target } from "../../dm/targets/thin.ts";
import { withoutThin } from "./thin-pool.ts";
import { NO_PARTS, rangeOf, type VolumeType } from "./type.ts";

export const thin: VolumeType<ThinSegment> = {
  name: "thin",
  traits: [],

  runs: () => [],
  parts: () => NO_PARTS,
  uses: ({ pool }) => [pool],
  usesAre: "pool",
  width: () => 1,
  stripeSize: () => null,
  key: ({ pool, deviceId }) => `${pool} ${deviceId}`,
  isVolatile: true,
  withLength: (segment, length) => ({ ...segment, length }),
  leave: ({ deviceId }, used, was) =>
    withoutThin(used as ThinPoolSegment, was as ThinPoolSegment | undefined, deviceId),

  check(_, { whose, isAlone, refuse }) {
    if (!isAlone) refuse(`${whose} is thin, and has other segments`);
  },
  encode: ({ pool, deviceId }) => `"pool":"${pool}","deviceId":${deviceId}`,

  creates: [],
  like: refuseLayout,
  grow: refuseLayout,
  cut: (segment, length) => ({ ...segment, length }),

  table(segment, { extentSize, lv }) {
    const range = rangeOf(segment, extentSize);
    const pool = lv(segment.pool);
    if (pool === null) return [errorLine(range)];
    return [{ ...range, type: target.type, params: target.encodeParams({ pool, id: segment.deviceId }) }];
  },
  learn: () => [],
};

/** @throws DvmError UNSUPPORTED: where it lies is for its pool */
function refuseLayout(): never {
  throw new DvmError("UNSUPPORTED", "a thin LV has no extents of its own: they are its pool's");
}

/** The segment of an LV that is one. */
export const thinIn = ([first]: readonly Segment[]): ThinSegment | undefined =>
  first?.type === thin.name ? (first as ThinSegment) : undefined;
