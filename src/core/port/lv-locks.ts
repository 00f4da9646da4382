/**
 * The locks of LVs that are read or written in user space: besides the VG's, and for as long as that lasts.
 * They are taken while the VG's lock is held, and whoever holds that for changes looks who has any.
 */
import type { HeldLock, Locks } from "./locks.ts";

/** content: nothing else writes it. place: its extents stay what they are, whoever writes it. */
export type LvUse = "content" | "place";

/** Between the ids, in none of which it is. */
const SEPARATOR = ".";

/** The name of a lock. @param vg the VG's id @param lv the LV's id */
export const lvLockName = (vg: string, lv: string, use: LvUse): string => [vg, lv, use].join(SEPARATOR);

/** What a lock is of, for people. @param name of a lock, or of its file */
export const lockedKind = (name: string): "VG" | "LV" => (/\.(content|place)$/.test(name) ? "LV" : "VG");

export interface LvUser extends Pick<HeldLock, "by"> {
  /** The LV's id. */
  readonly lv: string;
  readonly use: LvUse;
  readonly writes: boolean;
}

/** Who reads and writes LVs of a VG in user space. @param vg its id */
export async function lvUsers(locks: Locks, vg: string): Promise<readonly LvUser[]> {
  const held = await locks.held(`${vg}${SEPARATOR}`);
  return held.flatMap(({ name, mode, by }): LvUser[] => {
    const [, lv = "", use] = name.split(SEPARATOR);
    if (use !== "content" && use !== "place") return [];
    return [{ lv, use, writes: mode === "exclusive", by }];
  });
}
