/** What live status tells about the legs of raid LVs. */
import type { DmDevice, Lv } from "../../../schema/index.ts";
import type { LiveLv } from "./live.ts";
import type { Proof } from "./refuse-copies.ts";

/** @param live the VG's devices, whose tables agree with the metadata */
export const liveProof = (live: ReadonlyMap<string, LiveLv>): Proof => ({
  doubt(lv: Lv, leg: number): string | undefined {
    const top = live.get(lv.id)?.top;
    if (!top?.table) return "only the status of a live LV tells, so activate it first";
    const health = raidHealth(top);
    if (health === undefined) return `${top.name} tells nothing of its legs`;
    switch (health[leg]) {
      case "A":
        return undefined;
      case "a":
        return "it is not in sync yet";
      case "D":
        return "it has failed";
      default:
        return "it takes no part";
    }
  },
});

/** A letter for each leg, from the status of a dm-raid device: `<type> <legs> <health> …`. */
function raidHealth({ table, status }: DmDevice): string | undefined {
  const [line] = table ?? [];
  const [type, legs, health] = status?.[0]?.trim().split(/\s+/) ?? [];
  if (line?.type !== "raid" || table?.length !== 1 || type !== "raid1") return undefined;
  return health?.length === Number(legs) ? health : undefined;
}
