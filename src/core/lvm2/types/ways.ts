/**
 * What people can have LVM2 do with an LV of a type that is not adopted, so that the VG can be.
 * @param type as texts have it, with what more is said of it
 */
export function wayWith(type: string): string {
  const [, way] = WAYS.find(([what]) => what.test(type)) ?? [];
  return way ?? "lvconvert of LVM2 may make it another, or leave the VG to LVM2";
}

const COPY = "copy what it has to an LV of another type and lvremove it, or leave the VG to LVM2";

/** The first that fits. Commands are LVM2's (lvmcache(7), lvmthin(7), lvmraid(7)). */
const WAYS: readonly (readonly [RegExp, string])[] = [
  [/^snapshot/, "lvconvert --merge has its origin become it, lvremove takes it away"],
  [/^thin/, COPY],
  [/^(cache-pool)/, "lvremove it"],
  [/^(cache|writecache)/, "lvconvert --uncache takes the cache off it"],
  [/^mirror/, "lvconvert --type raid1 makes it raid, or lvconvert -m0 linear"],
  [/^integrity| on .*_(iorig|rimage)/, "lvconvert --raidintegrity n takes the checksums off it"],
  [/^raid0_meta/, "lvconvert --type raid0 makes it that"],
  [/^raid.* with .*reshape/, "let LVM2 finish what it does to it"],
  [/^raid/, "lvchange or lvconvert of LVM2 takes that off it"],
  [/^(error|zero)$/, "lvremove it"],
  [/^vdo/, COPY],
];
