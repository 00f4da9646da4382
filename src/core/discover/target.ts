import type { Label, LabelVg, Range } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { type Bytes, bytesToSectors } from "../base/units.ts";
import { uuidScope } from "../dm/uuid.ts";
import type { BlockDevice } from "../port/block.ts";
import type { Candidate } from "../port/scanner.ts";
import { contentOf, refuseContent } from "./content.ts";
import { type LayoutRequest, placeLayout } from "./place.ts";
import type { Found } from "./probe.ts";
import { useOf } from "./users.ts";

/** A device that is to become a member. */
export interface NewMember {
  readonly candidate: Candidate;
  readonly id: string;
  readonly vg: LabelVg;
  readonly layout: LayoutRequest;
  /** Wipe what others have left. */
  readonly force: boolean;
  /** Signatures that other tools see on it. */
  readonly seen: readonly Found[];
}

/** What is to be done to it. */
export interface TargetPlan {
  readonly label: Label;
  /** The device's logical block size. */
  readonly blockBytes: Bytes;
  /** Signatures to wipe first. */
  readonly found: readonly Found[];
}

/**
 * Refuses what the OS knows to be in use, before the device is opened.
 * @throws DvmError IN_USE, READ_ONLY, SIGNATURE, IO when this user may not write to it
 */
export function checkUnused(candidate: Candidate, vg: LabelVg | undefined, force: boolean): void {
  const { path, mountedOn, readOnly, unwritable, partitioned, fsType, dmUuid, unreachable } = candidate;
  const inUse = (why: string) => new DvmError("IN_USE", `${path}: ${why}`, { details: { path } });
  if (mountedOn !== undefined)
    throw inUse(mountedOn === "[SWAP]" ? "is used as swap" : `is mounted on ${mountedOn}`);
  const use = useOf(candidate);
  if (use !== undefined) throw inUse(use);
  if (fsType === "mpath_member") throw inUse("is a path of a multipath device");
  if (vg && dmUuid?.startsWith(uuidScope(vg.id))) throw inUse(`is an LV of VG ${vg.name} itself`);
  if (unreachable !== undefined) throw inUse(unreachable);
  if (unwritable !== undefined) throw new DvmError("IO", `${path}: ${unwritable}`, { details: { path } });
  if (readOnly) throw new DvmError("READ_ONLY", `${path}: is read-only`, { details: { path } });
  if (partitioned && !force) {
    throw new DvmError("SIGNATURE", `${path}: is partitioned: use a partition, or --force to wipe them all`, {
      details: { path, signatures: ["partition table"] },
    });
  }
}

/**
 * Looks at the device and decides what to write; writes nothing.
 * @param device opened exclusively
 * @throws DvmError EXISTS, SIGNATURE, TOO_SMALL, BAD_REGION, IO, DEADLINE
 */
export async function planTarget(device: BlockDevice, target: NewMember): Promise<TargetPlan> {
  const { candidate, id, vg, layout, force, seen } = target;
  const { path } = candidate;
  const content = await contentOf(device, seen);
  if (content.label?.vg.id === vg.id) throw isMember(path, content.label);
  if (!force) refuseContent(path, content);
  const { size: bytes, logicalBlockSize } = device;
  const { regions, dataStart, dataLength } = placeLayout(
    { ...candidate, size: bytes, logicalBlockSize },
    layout,
  );
  const size = bytesToSectors(bytes);
  const label = { vg, device: { id, size }, dataStart, dataLength, regions: regions.map(plain) };
  return { label, blockBytes: logicalBlockSize, found: content.found };
}

/** The device has this label already. */
export const isMember = (path: string, { vg, device: { id } }: Label): DvmError =>
  new DvmError("EXISTS", `${path}: is in VG ${vg.name} already, as ${id}`, { details: { path, id } });

const plain = ({ offset, length }: Range): Range => ({ offset, length });
