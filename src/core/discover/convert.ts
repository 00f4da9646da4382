/**
 * Labels of a VG that changes hands between LVM2 and dvm. Only the second copy is written, since where the
 * first one goes LVM2 has the header of its metadata; whose the VG is stays as it was until LVM2's own label
 * goes or comes.
 */
import type { Discovery, Label } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import { inParallel } from "../base/in-parallel.ts";
import { PAGE } from "../base/units.ts";
import type { BlockDevice } from "../port/block.ts";
import { contentOf } from "./content.ts";
import { hasForeignLabel, hashOfHead } from "./conversion.ts";
import { encodeLabel } from "./label.ts";
import { COPY_BYTES, COPY_OFFSETS, MAGIC } from "./layout.ts";
import { planLabel } from "./plan-label.ts";
import { type LabelState, readLabel } from "./read-label.ts";
import { LVM2 } from "./signatures.ts";
import { type LabelStep, performSteps } from "./steps.ts";
import type { LabelSys } from "./survey.ts";

export interface ConvertRequest {
  /** The VG as dvm's: exactly its devices get labels. */
  readonly discovery: Discovery;
  /** Id of the device that decides. */
  readonly decider: string;
  /**
   * SHA-256 of what LVM2 is going to have there at byte 4096, in hexadecimal; left out where it has it
   * already.
   */
  readonly head: string | undefined;
  /** Refuse what would be refused; write nothing. */
  readonly dryRun: boolean;
}

const AT_ONCE = 48;
const SECOND = defined(COPY_OFFSETS[1], "the second copy");

/**
 * Writes labels that say that the VG changes hands.
 * @throws DvmError SIGNATURE, before the first write, where there is something of a third; IO, DEADLINE
 */
export async function convertDevices(sys: LabelSys, request: ConvertRequest): Promise<void> {
  const { devices } = request.discovery;
  const each = <T>(use: (device: BlockDevice, index: number) => Promise<T>) =>
    inParallel(devices, AT_ONCE, ({ path }, index) =>
      withDevice(sys, path, !request.dryRun, (device) => use(device, index)),
    );
  await each(refuseThird);
  if (!request.dryRun) await each((device, index) => convertOne(device, request, index));
}

async function refuseThird(device: BlockDevice): Promise<void> {
  const { names } = await contentOf(device, []);
  const others = names.filter((name) => name !== LVM2 && !name.includes("dvm label"));
  if (others.length > 0)
    throw new DvmError(
      "SIGNATURE",
      `${device.path}: has ${others.join(" and ")} besides what LVM2 has there: see with wipefs whose it ` +
        `is, and ` +
        "wipe it if it is of the past",
      { details: { path: device.path, signatures: others } },
    );
}

async function convertOne(
  device: BlockDevice,
  { discovery: { vg, devices }, decider, head }: ConvertRequest,
  index: number,
): Promise<void> {
  const { id, size, dataStart, dataLength, regions } = defined(devices[index], "a device");
  let state = await readState(device);
  const own = state.newest?.label.device.id === id ? state.newest : undefined;
  // The second copy must not be the only one that is whole.
  if (own && !state.copies.every(({ copy }) => copy?.sequence === own.sequence) && !own.label.converting) {
    await performSteps(device, planLabel(state, own.label));
    state = await readState(device);
  }
  const label: Label = {
    vg: { id: vg.id, name: vg.name, generation: vg.generation, members: devices.length },
    device: { id, size: own?.label.device.size ?? size },
    dataStart,
    dataLength,
    regions: regions.map(({ offset, length }) => ({ offset, length })),
    converting: { decider, ...(id === decider && { head: head ?? hashOfHead(state.head) }) },
  };
  if (own && canonicalJson(own.label) === canonicalJson(label)) return;
  const sequence = 1 + (state.newest?.sequence ?? 0);
  await performSteps(device, [
    { do: "flush" },
    { do: "write", offset: SECOND, bytes: encodeLabel({ sequence, label }, SECOND) },
    { do: "flush" },
  ]);
  const { newest } = await readLabel(device);
  if (!newest || canonicalJson(newest.label) !== canonicalJson(label))
    throw new DvmError("IO", `${device.path}: the label does not read back as it was written`);
}

/** A label that is damaged beside LVM2's is none. */
async function readState(device: BlockDevice): Promise<LabelState> {
  const state = await readLabel(device).catch((thrown: unknown) => {
    if (toDvmError(thrown).code !== "CORRUPT") throw thrown;
    return undefined;
  });
  if (state) return state;
  const head = Buffer.alloc(defined(COPY_OFFSETS[0], "the first copy") + COPY_BYTES);
  await device.read(0, head);
  return { copies: [], head };
}

/**
 * Takes away what labels a change that was broken off has left on devices that are LVM2's.
 * @returns the devices that had any
 * @throws DvmError STALE for a device that is not LVM2's; IO, DEADLINE
 */
export async function clearDevices(sys: LabelSys, paths: readonly string[]): Promise<readonly string[]> {
  const cleared = await inParallel(paths, AT_ONCE, (path) =>
    withDevice(sys, path, true, async (device) => {
      const head = Buffer.alloc(PAGE);
      await device.read(0, head);
      if (!hasForeignLabel(head, device.size))
        throw new DvmError("STALE", `${path}: has no label of LVM2, so what dvm has on it stays`);
      const steps: LabelStep[] = [];
      for (const offset of COPY_OFFSETS) {
        const block = Buffer.alloc(device.logicalBlockSize);
        await device.read(offset, block);
        if (!block.subarray(0, MAGIC.length).equals(MAGIC)) continue;
        steps.push({ do: "write", offset, bytes: Buffer.alloc(block.length) }, { do: "flush" });
      }
      await performSteps(device, steps);
      return steps.length > 0 ? [path] : [];
    }),
  );
  return cleared.flat();
}

/** LVs on it may be live, so it is not opened for one alone. */
async function withDevice<T>(
  sys: LabelSys,
  path: string,
  write: boolean,
  use: (device: BlockDevice) => Promise<T>,
): Promise<T> {
  const device = await sys.disks.open(path, { write });
  try {
    return await use(device);
  } finally {
    await device.close();
  }
}
