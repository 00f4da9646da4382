/** What a device says of itself: its label, its metadata areas, and their texts. */
import { DvmError, toDvmError } from "../base/error.ts";
import { type Bytes, SECTOR } from "../base/units.ts";
import type { BlockDevice } from "../port/block.ts";
import { type AreaHeader, isWhole, readAreaHeader, readText, type Slot } from "./area.ts";
import { type ByteRange, decodeLabel, type PvLabel } from "./label.ts";
import { LABEL_SECTORS } from "./layout.ts";
import type { TextVg } from "./model.ts";
import { readVg } from "./read-vg.ts";

/** A metadata area, and what it holds. */
export interface AreaState extends ByteRange {
  readonly header?: AreaHeader;
  readonly vg?: TextVg;
  /** Why there is no VG of it although there should be. */
  readonly problem?: DvmError;
  /** The text is as it was written, and nobody would take it. */
  readonly refused?: true;
}

export interface PvState {
  readonly label?: PvLabel;
  /** Of a label that is damaged. */
  readonly problem?: DvmError;
  readonly areas: readonly AreaState[];
}

/** @throws DvmError IO, DEADLINE when the label cannot be read */
export async function readPv(device: BlockDevice): Promise<PvState> {
  const head = Buffer.alloc(LABEL_SECTORS * SECTOR);
  await device.read(0, head);
  let problem: DvmError | undefined;
  for (let sector = 0; sector < LABEL_SECTORS; sector += 1) {
    try {
      const bytes = head.subarray(sector * SECTOR, (sector + 1) * SECTOR);
      const label = decodeLabel(bytes, sector, device.path);
      if (label) return { label, areas: await readAreas(device, label) };
    } catch (thrown) {
      const error = toDvmError(thrown);
      if (error.code !== "CORRUPT") throw thrown;
      problem ??= error;
    }
  }
  return { ...(problem && { problem }), areas: [] };
}

async function readAreas(device: BlockDevice, { areas }: PvLabel): Promise<AreaState[]> {
  const states: AreaState[] = [];
  for (const area of areas) {
    let state = await readArea(device, area);
    // Whoever writes just now is done soon.
    if (state.problem && !state.refused) state = await readArea(device, area);
    states.push(state);
  }
  return states;
}

async function readArea(device: BlockDevice, { offset, size }: ByteRange): Promise<AreaState> {
  const range = { offset, size };
  let header: AreaHeader | undefined;
  try {
    header = await readAreaHeader(device, range);
    if (!header.committed) return { ...range, header };
    return { ...range, header, ...(await readSlot(device, header, header.committed)) };
  } catch (thrown) {
    const problem = toDvmError(thrown);
    if (problem.code === "BUG" || problem.code === "DEADLINE") throw thrown;
    return { ...range, ...(header && { header }), problem };
  }
}

async function readSlot(
  device: BlockDevice,
  header: AreaHeader,
  slot: Slot,
): Promise<Pick<AreaState, "vg" | "problem" | "refused">> {
  const at: Bytes = header.start + slot.offset;
  const text = await readText(device, header, slot);
  const what = `${device.path}: the text at byte ${at}`;
  if (!isWhole(text, slot)) throw new DvmError("CORRUPT", `${what} has a wrong checksum`);
  try {
    return { vg: readVg(text, what) };
  } catch (thrown) {
    const problem = toDvmError(thrown);
    if (problem.code === "BUG") throw thrown;
    return { problem, refused: true };
  }
}
