import { canonicalJson } from "../base/canonical-json.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import type { Bytes } from "../base/units.ts";
import type { BlockDevice } from "../port/block.ts";
import { decodeLabel, type LabelCopy } from "./label.ts";
import { COPY_BYTES, COPY_OFFSETS, RESERVED } from "./layout.ts";

/** One of the two places of a label. */
export interface CopyState {
  readonly offset: Bytes;
  /** The copy, or null where there is none. */
  readonly copy: LabelCopy | null;
  /** Why a copy that seems to be there cannot be used. */
  readonly error?: DvmError;
}

/** What is known of a device's label. */
export interface LabelState {
  /** The newest valid copy. */
  readonly newest?: LabelCopy;
  readonly copies: readonly CopyState[];
  /** The first bytes of the device, for a look at its partition table. */
  readonly head: Buffer;
}

/**
 * Reads both copies. A copy that is damaged or unreadable is reported in its state as long as the other can
 * be read.
 * @throws DvmError CORRUPT, UNSUPPORTED, IO or DEADLINE when no copy is valid and one is damaged, too new or
 * cannot be read; CORRUPT when the copies contradict each other
 */
export async function readLabel(device: BlockDevice): Promise<LabelState> {
  if (device.size < RESERVED * 512) return { copies: [], head: Buffer.alloc(0) };
  const copies: CopyState[] = [];
  const head = Buffer.alloc((COPY_OFFSETS[0] ?? 0) + COPY_BYTES);
  for (const [index, offset] of COPY_OFFSETS.entries()) {
    const buffer = index === 0 ? head : Buffer.alloc(COPY_BYTES);
    try {
      await device.read(offset + COPY_BYTES - buffer.length, buffer);
      copies.push({ offset, copy: decodeLabel(buffer.subarray(-COPY_BYTES), offset, device.path) });
    } catch (thrown) {
      const error = toDvmError(thrown);
      if (error.code === "DEADLINE" || error.code === "BUG") throw error;
      copies.push({ offset, copy: null, error });
    }
  }
  const newest = newestOf(device.path, copies);
  const error = copies.find((each) => each.error)?.error;
  if (!newest && error) throw error;
  return newest ? { newest, copies, head } : { copies, head };
}

function newestOf(path: string, copies: readonly CopyState[]): LabelCopy | undefined {
  const valid = copies.flatMap(({ copy }) => (copy ? [copy] : []));
  const [first, second] = valid;
  if (!first || !second) return first;
  // Copies that follow each other are a label and its next version, which a crash kept from the other place:
  // when a copied device got an id of its own, they name two devices.
  const step = Math.abs(first.sequence - second.sequence);
  const contradict =
    (step === 0 && canonicalJson(first.label) !== canonicalJson(second.label)) ||
    (step > 1 && first.label.device.id !== second.label.device.id);
  if (contradict) {
    throw new DvmError("CORRUPT", `${path}: the two copies of its label contradict each other`, {
      details: { ids: valid.map(({ label }) => label.device.id) },
    });
  }
  return second.sequence > first.sequence ? second : first;
}
