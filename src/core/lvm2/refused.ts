/** Why LVM2 would not bring something up, or why dvm does not. Written so that it goes on after "VG x". */
import type { TextLv, TextVg } from "./model.ts";
import type { LvStack } from "./stack.ts";

/** undefined: nothing is against it. */
export type WhyVgRefused = string | undefined;

/** What this host is to VGs. */
export interface HostIdentity {
  /** Its system ids; none when it has none. */
  readonly systemIds: readonly string[];
}

export function whyVgRefused({ status, systemId, lockType }: TextVg, host: HostIdentity): WhyVgRefused {
  if (lockType !== undefined)
    return `is shared: its locks are asked of lvmlockd (${lockType}), which dvm does not do`;
  if (status.has("CLUSTERED")) return "is clustered, which dvm, like LVM2 of today, cannot lock";
  if (systemId !== undefined && !host.systemIds.includes(systemId))
    return (
      `belongs to the system "${systemId}", ` +
      (host.systemIds.length > 0
        ? `and this one is ${host.systemIds.join(", ")}`
        : "and this one has no id") +
      ": set lvm2.systemId in the config if that is this machine"
    );
  if (status.has("EXPORTED")) return "is exported: run vgimport of LVM2 first";
  return undefined;
}

/** @returns undefined, too, for what dvm has no type for, which says so itself */
export function whyLvRefused(lv: TextLv, { pvs }: TextVg, stack: LvStack): string | undefined {
  const asStore = stack.snapshotIn(lv.name);
  if (asStore) return `is a snapshot of ${asStore.origin}, which dvm cannot bring up for LVM2 yet`;
  const snapshots = stack.snapshotsOf(lv.name);
  if (snapshots.some(({ merging }) => merging))
    return "has a snapshot that is merging into it: that is for LVM2 to finish";
  if (snapshots.length > 0) {
    const names = snapshots.map(({ store }) => store).join(", ");
    return `is the origin of ${names}, which would lose what it keeps: dvm cannot bring that up yet`;
  }
  const thins = stack.thinsOver(lv.name);
  if (thins.length > 0) return `is the external origin of ${thins.join(", ")}, which dvm cannot bring up yet`;
  if (stack.isSplitOff(lv)) return "is an image that was split off for a while: that is for LVM2 to bring up";
  if (lv.status.has("LOCKED")) return "is being moved by pvmove: that is for LVM2 to finish";
  if (!lv.status.has("VISIBLE")) return "is hidden: LVM2 keeps it for its own use";
  const away = [lv, ...stack.partsOf(lv)].flatMap(({ segments }) =>
    segments.flatMap(({ areas }) => areas.flatMap(({ pv }) => pvs[pv ?? -1] ?? [])),
  );
  const flagged = lv.segments.some(({ areas }) => areas.length > 0) && away.find(({ missing }) => missing);
  if (flagged)
    return (
      `lies on the PV that was at ${flagged.device ?? "an unknown place"}, which was away when the VG was ` +
      "changed: vgextend --restoremissing of LVM2 takes it back"
    );
  return undefined;
}
