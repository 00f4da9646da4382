/**
 * Whose a device is whose VG changes hands between LVM2 and dvm (docs/format-label.md, "A VG that changes
 * hands"). One device decides for all: as long as LVM2's label stands on it, the VG is LVM2's, and without it
 * nobody's. On the others LVM2's label may stand or not.
 */
import type { Label } from "../../schema/index.ts";
import { sha256 } from "../base/bytes.ts";
import { type Bytes, PAGE, SECTOR } from "../base/units.ts";
import { COPY_OFFSETS, MAGIC } from "./layout.ts";
import { signaturesIn } from "./probe.ts";
import type { LabelState } from "./read-label.ts";
import { LVM2 } from "./signatures.ts";

/** What a device says of the change. */
export interface Handover {
  /** LVM2's label stands on it. */
  readonly isForeign: boolean;
  /** Of the device that decides: dvm's it is. */
  readonly isOurs: boolean;
}

const [FIRST = 0] = COPY_OFFSETS;

export const hashOfHead = (head: Buffer): string =>
  sha256(head.subarray(FIRST, FIRST + SECTOR)).toString("hex");

export const hasForeignLabel = (head: Buffer, size: Bytes): boolean =>
  signaturesIn(head.subarray(0, PAGE), size).some(({ name }) => name === LVM2);

/**
 * A label that was written for a change which was broken off must not come to life when LVM2's own label
 * goes, years later: it counts only beside what LVM2 had there when it was written, or once dvm has written
 * its copy over that.
 */
export function handoverOf(label: Label, { head }: LabelState, size: Bytes): Handover | undefined {
  if (!label.converting) return undefined;
  const isForeign = hasForeignLabel(head, size);
  const isWritten = head.subarray(FIRST, FIRST + MAGIC.length).equals(MAGIC);
  return { isForeign, isOurs: !isForeign && (isWritten || hashOfHead(head) === label.converting.head) };
}

/** What of a device that was surveyed matters here. */
interface Claimed {
  readonly label?: Label;
  readonly skipped?: string;
  readonly handover?: Handover;
  readonly foreign?: "lvm2";
}

/** Decides of every device that changes hands whether it is used. */
export function settleHandovers<T extends Claimed>(surveyed: readonly T[]): T[] {
  return surveyed.map((each): T => {
    const { handover, label, ...rest } = each;
    if (!handover || !label?.converting || each.skipped !== undefined) return each;
    const { decider } = label.converting;
    const deciding = surveyed.filter(
      (other) =>
        other.label?.device.id === decider &&
        other.label.vg.id === label.vg.id &&
        other.skipped === undefined,
    );
    const isOurs = deciding.every((other) => other.handover?.isOurs ?? true);
    if (deciding.length > 0 && isOurs) return each;
    const skipped =
      deciding.length > 0
        ? handover.isForeign
          ? `an ${LVM2}, with a label that a broken-off dvm adopt or release has left`
          : "has a label that a broken-off dvm adopt or release has left, and is LVM2's"
        : `VG ${label.vg.name} changes hands, and what decides whose it is, ${decider}, was not found`;
    // What is not the VG's any more does not claim its name.
    const claims = deciding.length > 0 ? {} : { label };
    const foreign = handover.isForeign ? { foreign: "lvm2" as const } : {};
    return { ...rest, ...claims, ...foreign, skipped } as T;
  });
}
