import type { Lv, Metadata } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { blockChange, type PvBlocks } from "../volume/blocks.ts";
import { checkMetadata } from "../volume/check.ts";

/**
 * Who has a device open has asked for its logical block size once. Whatever change of it manip was told to
 * allow, an LV that is live keeps its own, and stays on PVs of that size.
 * @param live LVs of the old metadata that are live
 * @throws DvmError BLOCK_SIZE naming the LV and both sizes
 */
export function refuseBlocksInUse(old: Metadata, next: Metadata, live: readonly Lv[]): void {
  if (live.length === 0) return;
  const [before, pvs] = [blocksOf(old), blocksOf(next)];
  const { byId } = checkMetadata(next, "BAD_INPUT");
  for (const was of live) {
    const lv = byId.get(was.id);
    const what = lv && blockChange({ lv, pvs, was: { lv: was, pvs: before } });
    if (what !== undefined)
      throw new DvmError("BLOCK_SIZE", `${what} while it is live: deactivate it first`, {
        details: { lv: was.name },
      });
  }
}

const blocksOf = ({ pvs }: Metadata): PvBlocks => new Map(pvs.map((pv) => [pv.id, pv]));
