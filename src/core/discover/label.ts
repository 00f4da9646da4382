import { type Label, parseDocument } from "../../schema/index.ts";
import { assert } from "../base/assert.ts";
import { asBuffer, readU64, sha256, writeU64 } from "../base/bytes.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import type { Bytes } from "../base/units.ts";
import { checkLabel } from "./check-label.ts";
import { AT, COPY_BYTES, MAGIC, MAX_PAYLOAD_BYTES, VERSION } from "./layout.ts";

/** One copy of a label as it stands on a device. */
export interface LabelCopy {
  /** Counts the writes of this device's label: the newest copy has the highest. */
  readonly sequence: number;
  readonly label: Label;
}

/**
 * @param copyOffset where on the device (bytes) this copy will stand
 * @returns COPY_BYTES bytes, all padding zero
 */
export function encodeLabel({ sequence, label }: LabelCopy, copyOffset: Bytes): Buffer {
  checkLabel(label, "BUG");
  const payload = Buffer.from(canonicalJson(label));
  assert(payload.length <= MAX_PAYLOAD_BYTES, `a label of ${payload.length} bytes does not fit`);
  const bytes = Buffer.alloc(COPY_BYTES);
  MAGIC.copy(bytes, AT.magic);
  bytes.writeUInt32LE(VERSION, AT.version);
  bytes.writeUInt32LE(payload.length, AT.payloadLength);
  writeU64(bytes, AT.sequence, sequence);
  writeU64(bytes, AT.copyOffset, copyOffset);
  payload.copy(bytes, AT.payload);
  hashOf(bytes).copy(bytes, AT.hash);
  return bytes;
}

/**
 * @param bytes COPY_BYTES bytes, as read at copyOffset
 * @param source the device, for messages
 * @returns null when this is no label, or one that was not written for this place
 * @throws DvmError CORRUPT when it is a label that fails its checks, UNSUPPORTED for a newer version
 */
export function decodeLabel(bytes: Uint8Array, copyOffset: Bytes, source: string): LabelCopy | null {
  assert(bytes.length === COPY_BYTES, "a label copy has a fixed size");
  const buffer = asBuffer(bytes);
  const corrupt = (why: string, cause?: unknown) =>
    new DvmError("CORRUPT", `${source}: the label at byte ${copyOffset} is damaged: ${why}`, { cause });

  if (!buffer.subarray(AT.magic, AT.magic + MAGIC.length).equals(MAGIC)) return null;
  if (!buffer.subarray(AT.hash, AT.payload).equals(hashOf(buffer))) throw corrupt("its checksum is wrong");
  const version = buffer.readUInt32LE(AT.version);
  if (version !== VERSION) {
    throw new DvmError("UNSUPPORTED", `${source}: the label has version ${version}: a newer dvm wrote it`);
  }
  if (buffer.readBigUInt64LE(AT.copyOffset) !== BigInt(copyOffset)) return null;
  const length = buffer.readUInt32LE(AT.payloadLength);
  if (length > MAX_PAYLOAD_BYTES) throw corrupt(`it claims ${length} bytes`);
  const sequence = readU64(buffer, AT.sequence, "label sequence");
  try {
    const payload = buffer.subarray(AT.payload, AT.payload + length);
    const label = parseDocument("label", payload, source);
    // One text for one value: what readers may disagree about (a key twice, 1e3) is not a label.
    if (!payload.equals(Buffer.from(canonicalJson(label))))
      throw corrupt("its payload is not canonical JSON");
    checkLabel(label, "CORRUPT");
    return { sequence, label };
  } catch (error) {
    throw corrupt(toDvmError(error).message, error);
  }
}

/** Over all bytes of the copy but the hash itself. */
const hashOf = (copy: Buffer): Buffer =>
  sha256(Buffer.concat([copy.subarray(0, AT.hash), copy.subarray(AT.payload)]));
