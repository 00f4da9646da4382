/**
 * Labels, by way of discover. A label that counts 0 members is pending: the transaction that adds or removes
 * its device is under way. Whether it went through, the envelope tells: a member's label is then brought up
 * to date, another's is wiped. So a crash never leaves a label of which nobody knows what to do with it.
 */
import type { Discovery, Label } from "../../schema/index.ts";
import { toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import type { Head } from "./envelope.ts";

export const PENDING = 0;

/**
 * What a label says of the VG now, and how much is wrong: copies that are damaged or out of date, a disk cut
 * short.
 */
interface Found {
  readonly says: Label["vg"];
  readonly problems: number;
}

/** Device id -> its label, of the devices that have a label of this VG. */
export async function labelsOf(sys: Sys, { vg, devices }: Discovery): Promise<ReadonlyMap<string, Found>> {
  const list = {
    applet: "discover",
    verb: "list",
    options: { devices: devices.map(({ path }) => path) },
  } as const;
  const listed = (await sys.toolbox.call(list)).devices;
  return new Map(
    listed.flatMap(({ label, problems = [] }) =>
      label?.vg.id === vg.id
        ? [[label.device.id, { says: label.vg, problems: problems.length }] as const]
        : [],
    ),
  );
}

/**
 * Writes name, generation and number of members of the envelope to those labels of members that say
 * otherwise, and mends those of which a copy is damaged, as far as that can be done.
 * @returns how many said otherwise, or were mended
 */
export async function relabel(sys: Sys, discovery: Discovery, head: Head): Promise<number> {
  const said = { name: head.name, generation: head.generation, members: head.members.length };
  const labels = await labelsOf(sys, discovery);
  const differing: string[] = [];
  const damaged: string[] = [];
  for (const id of head.members) {
    const label = labels.get(id);
    if (label && !isSame(label.says, said)) differing.push(id);
    else if (label && label.problems > 0) damaged.push(id);
  }
  await write(sys, discovery, differing, said);
  for (const id of damaged) {
    try {
      await write(sys, discovery, [id], said);
    } catch (thrown) {
      sys.terminal.warn(`a copy of the label of ${id} cannot be mended: ${toDvmError(thrown).message}`);
    }
  }
  if (damaged.length === 0) return differing.length;
  // Not all that is wrong with a device is in its label.
  const now = await labelsOf(sys, discovery);
  const problemsIn = (found: ReadonlyMap<string, Found>, id: string) => found.get(id)?.problems ?? 0;
  return differing.length + damaged.filter((id) => problemsIn(now, id) < problemsIn(labels, id)).length;
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
  const [device, ...others] = ids;
  if (device === undefined) return;
  await sys.toolbox.call({
    applet: "discover",
    verb: "rm",
    operands: { vg: vg.id, device },
    options: { with: others, devices: devices.map(({ path }) => path) },
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

const isSame = (label: Said, { name, generation, members }: Said): boolean =>
  label.name === name && label.generation === generation && label.members === members;
