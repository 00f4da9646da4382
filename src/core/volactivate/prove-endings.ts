/** Whether what gives way has done what it was there for: what has been merged is where it belongs. */
import type { DmDevice, Lv, Metadata, Segment } from "../../schema/index.ts";
import { alignedBuffer } from "../base/aligned.ts";
import { DvmError } from "../base/error.ts";
import { PAGE, sectorsToBytes } from "../base/units.ts";
import type { Disks } from "../port/block.ts";
import { checkMetadata } from "../volume/check.ts";
import { partsOf, runsIn } from "../volume/model.ts";
import type { Ending } from "../volume/types/ending.ts";
import { typeOf } from "../volume/types/index.ts";
import { wrappedBy } from "../volume/users.ts";
import { placeOf } from "./places.ts";
import type { Evidence } from "./prove.ts";

/**
 * @returns the paths of devices that the kernel may have written to by itself, to be flushed first
 * @throws DvmError WOULD_LOSE_DATA, naming the LV and what is still to be done
 */
export async function proveEndings(
  old: Metadata,
  next: Metadata,
  evidence: Evidence,
): Promise<ReadonlySet<string>> {
  const written = new Set<string>();
  const { byId } = checkMetadata(next, "BAD_INPUT");
  for (const lv of old.lvs.filter((each, index) => next.lvs[index] !== each)) {
    const [segment] = lv.segments;
    const ending = segment && typeOf(segment)?.ending?.(segment, byId.get(lv.id)?.segments[0]);
    if (!segment || !ending || (ending.device === "wrapped" && !byId.has(wrappedBy(lv) ?? ""))) continue;
    const doubt = await doubtOf(old, lv, segment, ending, evidence);
    if (doubt !== undefined)
      throw new DvmError("WOULD_LOSE_DATA", `LV ${lv.name} ${ending.what}: ${doubt}`, {
        details: { lv: lv.name },
      });
    if (ending.flushes === undefined) continue;
    for (const path of pathsOf(segment, ending.flushes, evidence)) written.add(path);
  }
  return written;
}

function pathsOf(segment: Segment, layer: string, { places }: Evidence): readonly string[] {
  const part = partsOf(segment).find((each) => each.layer === layer);
  return runsIn(part?.segments ?? []).flatMap((run) => placeOf(places, run)?.path ?? []);
}

/** Has disks keep what they were told. @throws DvmError IO, DEADLINE, READ_ONLY, NOT_FOUND */
export async function flush(disks: Disks, paths: Iterable<string>): Promise<void> {
  for (const path of paths) {
    const disk = await disks.open(path, { write: true });
    try {
      await disk.flush();
    } finally {
      await disk.close();
    }
  }
}

async function doubtOf(
  { vg }: Metadata,
  lv: Lv,
  segment: Segment,
  ending: Ending,
  { disks, live, places }: Evidence,
): Promise<string | undefined> {
  const device: DmDevice | undefined = live.get(ending.device === "own" ? lv.id : (wrappedBy(lv) ?? ""))?.top;
  if (device) return ending.doubt(device);
  const { onDisk, whenDown } = ending;
  if (whenDown === "believed") return undefined;
  if (!onDisk) return "only the status of a live LV tells, so activate it first";
  const part = partsOf(segment).find(({ layer }) => layer === onDisk.layer);
  const [run] = runsIn(part?.segments ?? []);
  const place = run && placeOf(places, run);
  if (!run || !place?.path) return "what it is stored on is not there";
  const disk = await disks.open(place.path, { write: false });
  try {
    const buffer = alignedBuffer(PAGE);
    await disk.read(sectorsToBytes(place.dataStart + run.start * vg.extentSize), buffer);
    return onDisk.doubt(buffer, place.path, vg.name);
  } finally {
    await disk.close();
  }
}
