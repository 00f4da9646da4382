/** What the extents of LVs hold on the disks, by where the metadata says that they lie. */
import { type Copy, copiesOf, type Piece } from "../../src/core/volume/roles.ts";
import type { Discovery, Lv, Metadata } from "../../src/schema/index.ts";
import type { Machine } from "./machine.ts";
import { find, readMetadata } from "./vg.ts";

/** One extent of one copy of an LV. */
export interface Held {
  readonly lv: Lv;
  readonly state: Copy["state"];
  /** Which leg; 0 of an LV of one copy. */
  readonly leg: number;
  /** Which extent of that copy: of stripes row by row. */
  readonly index: number;
  readonly pv: string;
  readonly extent: number;
  readonly text: string;
}

/** As long as a text may be; it stands at the start of each extent. */
const TEXT_BYTES = 64;

/** Every extent of every copy of the LVs, with the text that it holds. */
export async function contents(machine: Machine): Promise<Held[]> {
  const metadata = await readMetadata(machine);
  const discovery = await find(machine);
  return metadata.lvs.flatMap((lv) =>
    copiesOf(lv).flatMap(({ state, pieces }, leg) =>
      pieces.flatMap(extentsOf).map(({ pv, extent, index }) => ({
        lv,
        state,
        leg,
        index,
        pv,
        extent,
        text: textAt(machine, metadata, discovery, pv, extent),
      })),
    ),
  );
}

/** The texts of an LV's extents, as its first current copy has them. */
export async function textsOf(machine: Machine, name: string): Promise<string[]> {
  const held = (await contents(machine)).filter(({ lv, state }) => lv.name === name && state === "current");
  return held.filter(({ leg }) => leg === held[0]?.leg).map(({ text }) => text);
}

/** Writes a text to every extent of an LV, in every copy that takes part: as who has it in use would. */
export async function fill(machine: Machine, name: string, text: string): Promise<void> {
  const metadata = await readMetadata(machine);
  const discovery = await find(machine);
  for (const { lv, state, index, pv, extent } of await contents(machine)) {
    if (lv.name !== name || state === "stale") continue;
    const bytes = Buffer.alloc(TEXT_BYTES);
    bytes.write(`${text} ${index}`);
    at(machine, metadata, discovery, pv, extent).set(bytes);
  }
}

/**
 * Copies extents from the first current leg of their LV to its others, as the kernel does with what is new of
 * a raid1.
 */
export async function sync(machine: Machine, isNew: (held: Held) => boolean): Promise<void> {
  const metadata = await readMetadata(machine);
  const discovery = await find(machine);
  const first = new Map<string, Held>();
  for (const held of await contents(machine)) {
    if (held.state !== "current") continue;
    const key = `${held.lv.id} ${held.index}`;
    const source = first.get(key) ?? held;
    first.set(key, source);
    if (source === held || !isNew(held)) continue;
    at(machine, metadata, discovery, held.pv, held.extent).set(
      at(machine, metadata, discovery, source.pv, source.extent),
    );
  }
}

/** What an extent holds, whoever has it. */
export async function heldAt(machine: Machine, pv: string, extent: number): Promise<string> {
  return textAt(machine, await readMetadata(machine), await find(machine), pv, extent);
}

const extentsOf = ({ start: first, runs }: Piece) =>
  runs.flatMap(({ pv, start, length }, area) =>
    Array.from({ length }, (_, row) => ({
      pv,
      extent: start + row,
      index: first + row * runs.length + area,
    })),
  );

const textAt = (machine: Machine, metadata: Metadata, discovery: Discovery, pv: string, extent: number) =>
  at(machine, metadata, discovery, pv, extent).toString("latin1").replace(/\0+$/, "");

function at(
  { disks }: Machine,
  { vg }: Metadata,
  { devices }: Discovery,
  pv: string,
  extent: number,
): Buffer {
  const device = devices.find(({ id }) => id === pv);
  if (!device) throw new Error(`no PV ${pv}`);
  const offset = (device.dataStart + extent * vg.extentSize) * 512;
  const bytes = disks.bytes(device.path);
  return Buffer.from(bytes.buffer, bytes.byteOffset + offset, TEXT_BYTES);
}
