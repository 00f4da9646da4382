import type { RaidSuperblock } from "./raid-superblock.ts";

/** What is known about one leg of a raid1 before anything is read from it. */
export interface LegEvidence {
  /** Its image and metadata could be opened and read. */
  readonly present: boolean;
  /** The table says that it shall be rebuilt. */
  readonly rebuild: boolean;
  /** null: never run by a kernel, or without a metadata device. */
  readonly superblock: RaidSuperblock | null;
}

/**
 * Which legs of a raid1 hold its data, in the order of the table. When no kernel has ever run the array,
 * every leg does that the table does not mark for rebuilding. Otherwise the newest superblock decides: a leg
 * is good when its own is as new, no equally new one calls it failed, and it has been recovered completely.
 */
export function readableLegs(legs: readonly LegEvidence[]): number[] {
  const superblocks = legs.flatMap(({ present, superblock }) => (present && superblock ? [superblock] : []));
  const [newest = 0n] = superblocks.map(({ events }) => events).sort((a, b) => (a < b ? 1 : -1));
  const judges = superblocks.filter(({ events }) => events === newest);
  const isGood = (superblock: RaidSuperblock | null): boolean => {
    if (judges.length === 0) return true;
    if (!superblock || superblock.events < newest || !superblock.recovered) return false;
    // Bits count positions at the time of writing, which the leg's own superblock tells, not the table.
    return !judges.some(({ failed }) => failed.has(superblock.position));
  };
  return legs.flatMap(({ present, rebuild, superblock }, index) =>
    present && !rebuild && isGood(superblock) ? [index] : [],
  );
}

/**
 * Whether the superblock of a leg that is to be rebuilt tells how far that has come: a kernel has written it
 * since it began. One from before would call the leg recovered, or be older than the others.
 * @param isInSync the kernel says that it is done
 */
export function hasBegun(legs: readonly LegEvidence[], index: number, isInSync: boolean): boolean {
  const own = legs[index]?.superblock;
  const superblocks = legs.flatMap(({ superblock }) => superblock ?? []);
  if (!own || superblocks.some(({ events }) => events > own.events)) return false;
  const judges = superblocks.filter(({ events }) => events === own.events);
  return own.recovered === isInSync && !judges.some(({ failed }) => failed.has(own.position));
}

/**
 * Whether no superblock that is as new as any says that the legs had not been made equal, or parity not been
 * computed. Of parity that no kernel has run, whatever was written has its parity; nothing else is content.
 */
export function areSynced(legs: readonly LegEvidence[]): boolean {
  const newest = legs.reduce(
    (most, { superblock }) => (superblock && superblock.events > most ? superblock.events : most),
    0n,
  );
  return legs.every(({ superblock }) => superblock?.events !== newest || superblock.synced);
}
