/**
 * Labels, by way of discover. A label that counts 0 members is pending: the transaction that adds or removes its
 * device is under way. Whether it went through, the envelope tells: a member's label is then brought up to date,
 * another's is wiped. So a crash never leaves a label of which nobody knows what to do with it.
 */
import type { DiscoverList, Discovery, Label } from "../../schema/index.ts";
import type { Sys } from "../port/sys.ts";
import type { Head } from "./envelope.ts";

export const PENDING = 0;

/** Device id -> what its label says of the VG now, of the devices that have a label of this VG. */
export async function labelsOf(
  sys: Sys,
  { vg, devices }: Discovery,
): Promise<ReadonlyMap<string, Label["vg"]>> {
  const list = { applet: "discover", verb: "list", options: { devices: devices.map(({ path }) => path) } };
  const listed = ((await sys.toolbox.call(list)) as DiscoverList).devices;
  return new Map(
    listed.flatMap(({ label }) => (label?.vg.id === vg.id ? [[label.device.id, label.vg] as const] : [])),
  );
}

/**
 * Writes name, generation and number of members of the envelope to those labels of members that say otherwise.
 * @returns how many that were
 */
export async function relabel(sys: Sys, discovery: Discovery, head: Head): Promise<number> {
  const said = { name: head.name, generation: head.generation, members: head.members.length };
  const labels = await labelsOf(sys, discovery);
  const differing = head.members.filter((id) => {
    const label = labels.get(id);
    return label && !says(label, said);
  });
  await write(sys, discovery, differing, said);
  return differing.length;
}

/** Marks the labels of members that are about to leave. */
export const markLeaving = (
  sys: Sys,
  discovery: Discovery,
  { name, generation }: Head,
  ids: readonly string[],
): Promise<void> => write(sys, discovery, ids, { name, generation, members: PENDING });

/** Wipes the labels of these devices; regions and data stay. */
export async function wipeLabels(
  sys: Sys,
  { vg, devices }: Discovery,
  ids: readonly string[],
): Promise<void> {
  const paths = devices.map(({ path }) => path);
  for (const device of ids)
    await sys.toolbox.call({
      applet: "discover",
      verb: "rm",
      operands: { vg: vg.id, device },
      options: { devices: paths },
    });
}

async function write(
  sys: Sys,
  { vg, devices }: Discovery,
  only: readonly string[],
  said: Said,
): Promise<void> {
  if (only.length === 0) return;
  await sys.toolbox.call({
    applet: "discover",
    verb: "relabel",
    operands: { vg: vg.id },
    options: { ...said, only, devices: devices.map(({ path }) => path) },
  });
}

/** True when the labels tell of an earlier name or membership than the envelope. */
export const labelsAreBehind = ({ vg }: Discovery, head: Head): boolean =>
  vg.generation < head.generation || (vg.generation === head.generation && vg.name !== head.name);

interface Said {
  readonly name: string;
  readonly generation: number;
  readonly members: number;
}

const says = (label: Said, { name, generation, members }: Said): boolean =>
  label.name === name && label.generation === generation && label.members === members;
