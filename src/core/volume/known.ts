import { type Lv, type Metadata, notPlain } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { unknownIn } from "./model.ts";

/** The newest metadata version that this program understands whole. */
export const VERSION = 1;

/**
 * Refuses what a newer program wrote: to change it, all of it must be understood, the extents that are in use
 * above all. Reading and reporting it need not.
 * @param before a document that has passed: records that are the same objects at the same places have passed
 *   too
 * @throws DvmError UNSUPPORTED with the version, or the LV and its segment type
 */
export function requireKnown(metadata: Metadata, before?: Metadata): void {
  if (understood.has(metadata)) return;
  requireKnownVersion(metadata);
  requireOwn(metadata);
  notPlain(metadata.lvs).forEach((lv, index) => {
    if (lv === before?.lvs[index]) return;
    const unknown = unknownIn(lv.segments);
    if (unknown)
      throw new DvmError(
        "UNSUPPORTED",
        `LV ${lv.name} has a segment of the unknown type "${unknown.type}": a newer dvm made it and ` +
          "has to change this VG",
      );
  });
  understood.add(metadata);
}

/** Why an LV that is not known is not brought up, as it goes on after its name. */
export function whyUnknown(lv: Lv): string {
  const type: string = unknownIn(lv.segments)?.type ?? "";
  return lv.foreign
    ? `is of type ${type.replace(/^lvm2:/, "")}, which dvm does not bring up for LVM2`
    : "has segments that a newer dvm made";
}

/** @throws DvmError UNSUPPORTED for what was made of another volume manager's metadata */
function requireOwn({ vg }: Metadata): void {
  if (vg.foreign)
    throw new DvmError(
      "UNSUPPORTED",
      `VG ${vg.name} is LVM2's: dvm reads it and brings it up, and changes nothing of it; ` +
        "LVM2's own commands do",
    );
}

/** Documents are never changed in place, and one comes here several times. */
const understood = new WeakSet<Metadata>();

/** @throws DvmError UNSUPPORTED when the document has a newer version */
export function requireKnownVersion(metadata: Metadata): void {
  const version: number = metadata.version;
  if (version === VERSION) return;
  throw new DvmError(
    "UNSUPPORTED",
    `the metadata of VG ${metadata.vg.name} has version ${version}, this program knows ${VERSION}: a ` +
      "newer dvm has to change it",
  );
}
