import { parityDevices, type RaidType } from "../raid-words.ts";

/** What of an array decides which legs it can do without. */
export interface Redundancy {
  readonly type: RaidType;
  readonly legs: number;
  /** raid10: how many there are of each chunk (2), and how they lie (near). */
  readonly copies?: number;
  readonly format?: "near" | "far" | "offset";
}

/** How many legs' worth of data the array holds. */
export function dataLegs({ type, legs, copies = 2 }: Redundancy): number {
  if (type === "raid1") return 1;
  return type === "raid10" ? legs / copies : legs - parityDevices(type);
}

/**
 * Whether the legs that are there hold all of the content together: of raid1 one, of parity all but so many
 * as there are parities, of raid10 one of each group of legs with the same chunks (_enough of Linux's
 * drivers/md/raid10.c).
 */
export function suffices(redundancy: Redundancy, isThere: (leg: number) => boolean): boolean {
  const { type, legs, copies = 2, format = "near" } = redundancy;
  const all = Array.from({ length: legs }, (_, leg) => leg);
  if (type === "raid1") return all.some(isThere);
  if (type !== "raid10") return all.filter((leg) => !isThere(leg)).length <= parityDevices(type);
  const starts = format === "near" ? all.filter((leg) => leg % copies === 0) : all;
  return starts.every((start) =>
    Array.from({ length: copies }, (_, next) => (start + next) % legs).some(isThere),
  );
}
