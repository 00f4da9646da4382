import type { TableLine } from "../../../schema/index.ts";
import { TargetRefusal } from "../../dm/targets/target.ts";
import { thin as target } from "../../dm/targets/thin.ts";
import { keyOf } from "../dm-state.ts";
import { type Around, READ, type SimTarget } from "./target.ts";
import { poolsOf } from "./thin-pool.ts";

export const thin: SimTarget = {
  construct(line, around) {
    openId(line, around);
    return target.encodeParams(target.decodeParams(line.params));
  },
  status: () => "0 -",
  ownMode: [2, READ],
};

/** @throws TargetRefusal */
function openId({ params: text }: TableLine, { state, deviceOf }: Around): void {
  const { pool: token, id } = target.decodeParams(text);
  const pool = deviceOf(token);
  if (!pool) throw new TargetRefusal("Couldn't get pool mapped device");
  const [params] = poolsOf(pool);
  if (!params) throw new TargetRefusal("Couldn't find pool object");
  if (!state.pools[keyOf(params.metadata, deviceOf(params.metadata))]?.thins[id])
    throw new TargetRefusal("Couldn't open thin internal device", "ENODATA");
  if (pool.suspended || poolsOf({ live: pool.live, inactive: null }).length === 0)
    throw new TargetRefusal("Unable to activate thin device while pool is suspended");
}
