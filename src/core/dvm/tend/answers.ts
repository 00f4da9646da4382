import { type Lv, legsOf } from "../../volume/model.ts";
import type { TendView } from "./view.ts";

/**
 * Numbers of the legs of an LV whose metadata cannot be read now. Whatever is suspended waits for its
 * devices: where one does not answer, the LV would stay suspended. That the VG's devices answer at all was
 * found when their labels were read.
 */
export async function silentLegs(
  { sys, metadata, discovery }: TendView,
  lv: Lv,
): Promise<ReadonlySet<number>> {
  const numbers = legsOf(lv).map(({ number }) => number);
  if (numbers.length === 0) return new Set();
  const { lvs } = await sys.toolbox.call({
    applet: "volactivate",
    verb: "legs",
    options: { metadata, discovery, lv: [lv.id] },
  });
  return new Set(numbers.filter((_, at) => lvs[0]?.legs[at] === "unread"));
}
