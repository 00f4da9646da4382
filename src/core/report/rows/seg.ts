import type { Row } from "../column.ts";
import { legOf } from "../condition.ts";
import { deviceName, type Facts } from "../facts.ts";
import type { LegCondition } from "../legs.ts";
import { partsOf } from "../parts.ts";

/** A row for each segment of each LV and component; a striped one has a row for each stripe. */
export function segRows(facts: Facts): Row[] {
  const { vg, lvs } = facts.metadata;
  return lvs.flatMap((lv) =>
    partsOf(lv).map(({ place, ...part }) => ({
      lv: lv.name,
      lvId: lv.id,
      vg: vg.name,
      component: part.component,
      type: part.type,
      start: part.start,
      extents: part.length,
      size: part.length * vg.extentSize,
      stripe: part.stripe,
      stripeSize: part.stripeSize,
      device: place ? deviceName(facts, place.pv) : null,
      pv: place?.pv ?? null,
      pvStart: place?.start ?? null,
      pvExtents: place?.length ?? null,
      ...ofLeg(legOf(facts, lv, part.component)),
      known: part.known,
    })),
  );
}

const ofLeg = (leg: LegCondition | undefined) => ({
  legState: leg?.state ?? null,
  problem: leg?.problem ?? null,
});
