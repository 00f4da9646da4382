/** What stood where something is about to be written, so that a failure can put it back. */
import type { Bytes } from "../base/units.ts";
import type { BlockDevice } from "../port/block.ts";
import type { LabelStep } from "./steps.ts";

/** A stretch of a device, in bytes. */
export interface Stretch {
  readonly offset: Bytes;
  readonly length: Bytes;
}

export type Saved = readonly { readonly offset: Bytes; readonly bytes: Buffer }[];

/** Reads stretches before they are overwritten; they may overlap. @throws DvmError IO, DEADLINE */
export async function saveStretches(device: BlockDevice, stretches: readonly Stretch[]): Promise<Saved> {
  const saved: { offset: Bytes; bytes: Buffer }[] = [];
  for (const { offset, length } of stretches) {
    const bytes = Buffer.alloc(length);
    await device.read(offset, bytes);
    saved.push({ offset, bytes });
  }
  return saved;
}

/** Puts back what was saved. */
export const planRestore = (saved: Saved): LabelStep[] => [
  ...saved.map(({ offset, bytes }): LabelStep => ({ do: "write", offset, bytes })),
  { do: "flush" },
];
