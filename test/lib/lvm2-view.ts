/** What LVM2 would make of disks, whatever dvm has written there: by labels and texts alone. */
import { toDvmError } from "../../src/core/base/error.ts";
import type { TextVg } from "../../src/core/lvm2/model.ts";
import { type PvState, readPv } from "../../src/core/lvm2/read-pv.ts";
import type { Disks } from "../../src/core/port/block.ts";

export interface Lvm2View {
  readonly vg: TextVg;
  /** Every PV of its newest text is there. */
  readonly whole: boolean;
  /** How many areas have that text, and count. */
  readonly counting: number;
}

/** @returns undefined when there is no text that counts on any disk with a label */
export async function lvm2View(
  disks: Disks,
  paths: readonly string[],
  name: string,
): Promise<Lvm2View | undefined> {
  const pvs: PvState[] = [];
  for (const path of paths) {
    const device = await disks.open(path, { write: false });
    pvs.push(await readPv(device).catch((thrown: unknown) => ({ problem: toDvmError(thrown), areas: [] })));
    await device.close();
  }
  const texts = pvs.flatMap(({ areas }) => areas.flatMap(({ vg }) => (vg?.name === name ? [vg] : [])));
  const [first] = texts;
  if (!first) return undefined;
  const vg = texts.reduce((best, each) => (each.seqno > best.seqno ? each : best), first);
  const there = new Set(pvs.flatMap(({ label }) => (label ? [label.id] : [])));
  return {
    vg,
    whole: vg.pvs.every(({ id }) => there.has(id)),
    counting: texts.filter(({ sha256 }) => sha256 === vg.sha256).length,
  };
}
