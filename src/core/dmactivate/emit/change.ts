import type { Decisions } from "../decide/decision.ts";
import type { Heal } from "../heal/heal.ts";
import type { PlanOrder } from "../order/order.ts";

/** What the earlier phases have found, of which the programs are made. */
export interface PlannedChange {
  readonly decisions: Decisions;
  /** What was found suspended and is resumed before all else. All the rest is made for what is there then. */
  readonly heals: readonly Heal[];
  readonly order: PlanOrder;
}
