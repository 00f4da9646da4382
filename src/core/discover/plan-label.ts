/**
 * Plans for the two copies of a label. Invariant: at every moment the newest valid copy is either the one
 * from before or the new one, so the copy that is NOT the newest goes first, and is flushed before the other
 * is touched. A torn write fails its checksum and leaves the other copy to speak. The newest may itself stand
 * in a cache alone, when its writer was killed before the flush: so a flush comes first.
 */
import type { Label } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import type { Bytes } from "../base/units.ts";
import { encodeLabel } from "./label.ts";
import { COPY_OFFSETS } from "./layout.ts";
import type { LabelState } from "./read-label.ts";
import type { LabelStep } from "./steps.ts";

/**
 * Writes a label beside what `state` says is there, with a higher sequence number.
 * @throws DvmError CORRUPT when there is no higher number: no honest device was written so often
 */
export function planLabel(state: Pick<LabelState, "newest" | "copies">, label: Label): LabelStep[] {
  const sequence = 1 + (state.newest?.sequence ?? 0);
  if (!Number.isSafeInteger(sequence))
    throw new DvmError(
      "CORRUPT",
      `device ${label.device.id}: its label has the last sequence number there is`,
    );
  return stepsFor(state, (offset) => encodeLabel({ sequence, label }, offset));
}

/**
 * Wipes both copies. Only the first block of each is written: that is atomic, so a copy is whole or gone.
 * @param blockSize the device's logical block size, in bytes
 */
export function planWipe(state: Pick<LabelState, "newest" | "copies">, blockSize: Bytes): LabelStep[] {
  return stepsFor(state, () => Buffer.alloc(blockSize));
}

function stepsFor(
  state: Pick<LabelState, "newest" | "copies">,
  bytesAt: (offset: Bytes) => Uint8Array,
): LabelStep[] {
  const steps = olderFirst(state).flatMap((offset): LabelStep[] => [
    { do: "write", offset, bytes: bytesAt(offset) },
    { do: "flush" },
  ]);
  return state.newest ? [{ do: "flush" }, ...steps] : steps;
}

function olderFirst({ newest, copies }: Pick<LabelState, "newest" | "copies">): Bytes[] {
  const isNewest = (offset: Bytes) =>
    copies.some((state) => state.offset === offset && newest !== undefined && state.copy === newest);
  return [...COPY_OFFSETS].sort((a, b) => Number(isNewest(a)) - Number(isNewest(b)));
}
