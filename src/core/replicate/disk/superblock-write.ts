import type { Usable } from "../set/set-state.ts";
import type { RegionStep } from "./perform.ts";
import { encodeSuperblock, requireReadable, type Superblock } from "./superblock.ts";

/**
 * The steps that replace a region's superblock: one logical block, then a flush.
 * @throws DvmError CORRUPT when its numbers are used up
 */
export function superblockSteps(superblock: Superblock, blockSize: number): RegionStep[] {
  requireReadable(superblock);
  return [{ kind: "write", offset: 0, bytes: encodeSuperblock(superblock, blockSize) }, { kind: "flush" }];
}

/** The steps that write new pages, and a superblock that names them only when they are durable. */
export const generationSteps = (
  writes: readonly RegionStep[],
  superblock: Superblock,
  blockSize: number,
): RegionStep[] => [...writes, { kind: "flush" }, ...superblockSteps(superblock, blockSize)];

/** The region's superblock with changes, counted on. */
export const changed = (
  { superblock }: Pick<Usable, "superblock">,
  changes: Partial<Pick<Superblock, "active" | "shadow" | "highestTxid">>,
): Superblock => ({ ...superblock, ...changes, sequence: superblock.sequence + 1 });
