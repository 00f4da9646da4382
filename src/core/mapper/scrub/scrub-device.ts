import type { DmState } from "../../../schema/index.ts";
import { DvmError } from "../../base/error.ts";
import { referenceOf } from "../../dm/references.ts";
import { raid as target } from "../../dm/targets/raid.ts";
import type { BlockDevice, Disks } from "../../port/block.ts";
import { decode } from "../decode.ts";
import { openMapped } from "../open-mapped.ts";
import { type Mismatch, scrub } from "./scrub.ts";

/**
 * Compares what the legs of a dm device have that is an array.
 * @param pause waits a moment
 * @param found is told each block that does not agree
 * @throws DvmError UNSUPPORTED for a device that has everything once; INCOMPLETE when a leg takes no part; IO
 */
export async function scrubDevice(
  state: DmState,
  name: string,
  disks: Disks,
  pause: () => void,
  found: (mismatch: Mismatch) => void,
): Promise<void> {
  const [line] = state.devices.find((device) => device.name === name)?.table ?? [];
  if (line?.type !== target.type) throw once(name);
  const raid = decode(target, line, name);
  const legs: BlockDevice[] = [];
  try {
    for (const [index, { data }] of raid.devices.entries()) {
      const below = data === null ? undefined : referenceOf(data);
      if (below === undefined || raid.rebuild?.includes(index))
        throw new DvmError(
          "INCOMPLETE",
          `${name}: leg ${index} takes no part: nothing can be compared with it`,
        );
      legs.push(await openMapped(state, below, disks, { write: false }));
    }
    if (!(await scrub(raid, line.length, legs, pause, found))) throw once(name);
  } finally {
    for (const leg of legs) await leg.close();
  }
}

const once = (name: string): DvmError =>
  new DvmError("UNSUPPORTED", `${name} has everything once: there is nothing to compare`);
