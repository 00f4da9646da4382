import type { DiscoverList, Discovery } from "../../schema/index.ts";
import type { Sys } from "../port/sys.ts";
import type { Head } from "./envelope.ts";

/**
 * Writes name, generation and number of members of the envelope to those labels of members that say otherwise,
 * by way of discover.
 * @returns how many that were
 */
export async function relabel(sys: Sys, discovery: Discovery, head: Head): Promise<number> {
  const paths = discovery.devices.map(({ path }) => path);
  const said = { name: head.name, generation: head.generation, members: head.members.length };
  const list = { applet: "discover", verb: "list", options: { devices: paths } };
  const { devices } = (await sys.toolbox.call(list)) as DiscoverList;
  const members = new Set(head.members);
  const differing = devices.flatMap(({ label }) =>
    label && label.vg.id === head.vgId && members.has(label.device.id) && !says(label.vg, said)
      ? [label.device.id]
      : [],
  );
  if (differing.length === 0) return 0;
  await sys.toolbox.call({
    applet: "discover",
    verb: "relabel",
    operands: { vg: head.vgId },
    options: { ...said, only: differing, devices: paths },
  });
  return differing.length;
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
