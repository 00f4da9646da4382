import type { Metadata } from "../../schema/index.ts";
import { lvUsers } from "../port/lv-locks.ts";
import type { Sys } from "../port/sys.ts";
import type { LiveLv } from "./live.ts";

/** By LV id, who reads or writes it in user space, for people: a kernel would write it under their hands. */
export type Served = ReadonlyMap<string, string>;

/** Of the LVs that are not live. */
export async function servedLvs(
  { locks }: Pick<Sys, "locks">,
  { vg, lvs }: Metadata,
  live: ReadonlyMap<string, LiveLv>,
): Promise<Served> {
  if (lvs.every(({ id }) => live.get(id)?.top)) return new Map();
  const users = (await lvUsers(locks, vg.id)).filter(({ use }) => use === "content");
  return new Map(users.map(({ lv, by }) => [lv, by]));
}
