/** Where what a simulated device maps lies on the disks and images below all of them. */
import type { TableLine } from "../../../schema/index.ts";
import type { Sectors } from "../../base/units.ts";
import { linear } from "../../dm/targets/linear.ts";
import { striped } from "../../dm/targets/striped.ts";
import { deviceOf } from "../dm-devices.ts";
import type { SimState } from "../dm-state.ts";

/** A part of a leaf. */
export interface LeafRange {
  readonly token: string;
  readonly start: Sectors;
  readonly length: Sectors;
}

/** Where a part of a device lies; undefined when not all of it is linear or striped. */
export function piecesOf(
  state: SimState,
  token: string,
  start: Sectors,
  length: Sectors,
): LeafRange[] | undefined {
  const device = deviceOf(state, token);
  if (!device) return [{ token, start, length }];
  const pieces: LeafRange[] = [];
  let covered: Sectors = 0;
  for (const line of device.live?.lines ?? []) {
    const begin = Math.max(start, line.start);
    const end = Math.min(start + length, line.start + line.length);
    if (begin >= end) continue;
    for (const area of areasOf(line, begin - line.start, end - line.start) ?? []) {
      const inner = piecesOf(state, area.token, area.start, area.length);
      if (!inner) return undefined;
      for (const piece of inner) pieces.push(piece);
      covered += area.length;
    }
  }
  return covered === length ? pieces : undefined;
}

/** What the sectors [begin, end) of a line of a table are on the devices below, in order. */
function areasOf({ type, params }: TableLine, begin: Sectors, end: Sectors): LeafRange[] | undefined {
  if (type === "linear") {
    const { device, offset } = linear.decodeParams(params);
    return [{ token: device, start: offset + begin, length: end - begin }];
  }
  if (type !== "striped") return undefined;
  const { chunkSize, stripes } = striped.decodeParams(params);
  const areas: LeafRange[] = [];
  for (let at = begin; at < end; ) {
    const chunk = Math.floor(at / chunkSize);
    const stripe = stripes[chunk % stripes.length];
    if (!stripe) return undefined;
    const within = at % chunkSize;
    const length = Math.min(chunkSize - within, end - at);
    const start = stripe.offset + Math.floor(chunk / stripes.length) * chunkSize + within;
    areas.push({ token: stripe.device, start, length });
    at += length;
  }
  return areas;
}
