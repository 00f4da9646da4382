import { isDeepStrictEqual } from "node:util";
import type { Lv } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { type Component, components, runsOf } from "../volume/model.ts";
import type { ChangedLv } from "./changed.ts";
import type { LiveLv } from "./live.ts";
import type { Places } from "./places.ts";

/**
 * What is live on a PV that is not there keeps the tables that it has: the kernel takes no new one that names
 * a device that it cannot open.
 * @throws DvmError INCOMPLETE, naming the LV, the PV and what to do
 */
export function refuseGone(
  changed: readonly ChangedLv[],
  live: ReadonlyMap<string, LiveLv>,
  { whyNot, of }: Places,
): void {
  if (whyNot.size === 0) return;
  for (const { lv, was } of changed) {
    if (!was || !live.get(lv.id)?.top) continue;
    const before = new Map(running(was).map((component) => [component.layer, component.segments]));
    for (const { layer, segments } of running(lv)) {
      if (isDeepStrictEqual(before.get(layer), segments)) continue;
      const pv = segments.flatMap(runsOf).find((run) => whyNot.has(run.pv) && !of.has(run.pv))?.pv;
      if (pv !== undefined) throw refusal(lv, pv, whyNot.get(pv) ?? "");
    }
  }
}

/** A stale leg is no part of what runs. */
const running = (lv: Lv): readonly Component[] =>
  components(lv).filter(({ chain }) => chain.every(({ state }) => state !== "stale"));

const refusal = ({ name }: Lv, pv: string, why: string): DvmError =>
  new DvmError(
    "INCOMPLETE",
    `LV ${name} is live on PV ${pv}, which ${why}, and gets no other table without it: bring it back, ` +
      `then run tm recover --resync ${pv}`,
    { details: { lv: name, pv } },
  );
