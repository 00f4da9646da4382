/** The raid types of dm-raid and the options between chunk size and devices. */

/** Of each type: how many devices hold parity, and how many copies raid10 keeps is an option. */
const PARITY = {
  raid0: 0,
  raid1: 0,
  raid10: 0,
  raid4: 1,
  raid5_n: 1,
  raid5_ls: 1,
  raid5_rs: 1,
  raid5_la: 1,
  raid5_ra: 1,
  raid6_zr: 2,
  raid6_nr: 2,
  raid6_nc: 2,
  raid6_n_6: 2,
  raid6_ls_6: 2,
  raid6_rs_6: 2,
  raid6_la_6: 2,
  raid6_ra_6: 2,
} as const;

export type RaidType = keyof typeof PARITY;

export const isRaidType = (word: string): word is RaidType => Object.hasOwn(PARITY, word);

/** As dm-raid's superblocks number the levels. */
export const raidLevel = (type: RaidType): number => {
  const level = Number(/^raid(\d+)/.exec(type)?.[1]);
  return level === 4 ? 5 : level;
};

export const parityDevices = (type: RaidType): number => PARITY[type];

/** Options with a number, in the order in which the kernel prints them; some stand between (see raid.ts). */
const NUMBER_OPTIONS = [
  "daemon_sleep",
  "min_recovery_rate",
  "max_recovery_rate",
  "max_write_behind",
  "stripe_cache",
  "region_size",
  "raid10_copies",
  "delta_disks",
  "data_offset",
] as const;

export type NumberOption = (typeof NUMBER_OPTIONS)[number];

export const isNumberOption = (word: string): word is NumberOption =>
  (NUMBER_OPTIONS as readonly string[]).includes(word);

const RECOVERY = ["sync", "rebuild", "daemon_sleep", "min_recovery_rate", "max_recovery_rate", "region_size"];
const RESHAPE = ["delta_disks", "data_offset"];
const PARITY_OPTIONS = [...RECOVERY, ...RESHAPE, "stripe_cache", "journal_dev", "journal_mode"];

/** The options that a type takes. Without its parity raid6 cannot be taken for in sync. */
export function validOptions(type: RaidType): readonly string[] {
  if (type === "raid0") return ["data_offset"];
  if (type === "raid1") return [...RECOVERY, ...RESHAPE, "nosync", "write_mostly", "max_write_behind"];
  if (type === "raid10") return [...RECOVERY, ...RESHAPE, "nosync", "raid10_copies", "raid10_format"];
  return parityDevices(type) === 2 ? PARITY_OPTIONS : [...PARITY_OPTIONS, "nosync"];
}
