import { areasOf } from "../areas.ts";
import type { Row } from "../column.ts";
import { legOf } from "../condition.ts";
import { deviceName, type Facts } from "../facts.ts";
import type { LegCondition } from "../legs.ts";

/** A row for each segment of each LV and component; a striped one has a row for each stripe. */
export function segRows(facts: Facts): Row[] {
  const { vg, lvs } = facts.metadata;
  return lvs.flatMap((lv) =>
    areasOf(lv).map(({ place, ...area }) => ({
      lv: lv.name,
      lvId: lv.id,
      vg: vg.name,
      component: area.component,
      type: area.type,
      start: area.start,
      extents: area.length,
      size: area.length * vg.extentSize,
      stripe: area.stripe,
      stripeSize: area.stripeSize,
      device: place ? deviceName(facts, place.pv) : null,
      pv: place?.pv ?? null,
      pvStart: place?.start ?? null,
      pvExtents: place?.length ?? null,
      ...ofLeg(legOf(facts, lv, area.component)),
      known: area.known,
    })),
  );
}

const ofLeg = (leg: LegCondition | undefined) => ({
  leg: leg?.number ?? null,
  legState: leg?.state ?? null,
  problem: leg?.problem ?? null,
});
