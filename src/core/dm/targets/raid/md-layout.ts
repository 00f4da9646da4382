/** How md numbers the layouts of a level (raid5.h, and raid10_format_to_md_layout of dm-raid.c). */
import type { Raid } from "../raid.ts";
import type { RaidType } from "../raid-words.ts";

const LAYOUTS: Readonly<Record<Exclude<RaidType, "raid10">, number>> = {
  raid0: 0,
  raid1: 0,
  raid4: 4,
  raid5_n: 5,
  raid5_ls: 2,
  raid5_rs: 3,
  raid5_la: 0,
  raid5_ra: 1,
  raid6_zr: 8,
  raid6_nr: 9,
  raid6_nc: 10,
  raid6_n_6: 5,
  raid6_ls_6: 18,
  raid6_rs_6: 19,
  raid6_la_6: 16,
  raid6_ra_6: 17,
};

/** Copies in the next row, not in another part of the legs. */
const OFFSET = 1 << 16;
/** Copies stay within sets of legs. */
const FAR_SETS = 1 << 18;

export function mdLayout({ type, options, raid10Format: format = "near" }: Raid): number {
  if (type !== "raid10") return LAYOUTS[type];
  const copies = options?.raid10_copies ?? 2;
  if (format === "near") return (1 << 8) | copies;
  return (format === "offset" ? OFFSET : 0) | FAR_SETS | (copies << 8) | 1;
}
