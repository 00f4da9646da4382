import type { DiscoverChange, Discovery } from "../../schema/index.ts";
import type { Sys } from "../port/sys.ts";
import type { Head } from "./envelope.ts";

/**
 * Writes name, generation and number of members of the envelope to those labels that say otherwise, by way of
 * discover.
 * @returns how many were written
 */
export async function relabel(sys: Sys, discovery: Discovery, head: Head): Promise<number> {
  const { devices } = (await sys.toolbox.call({
    applet: "discover",
    verb: "relabel",
    options: {
      discovery,
      name: head.name,
      generation: String(head.generation),
      members: String(head.members.length),
    },
  })) as DiscoverChange;
  return devices.length;
}

/** True when the labels tell of an earlier name or membership than the envelope. */
export const labelsAreBehind = ({ vg }: Discovery, head: Head): boolean =>
  vg.generation < head.generation || (vg.generation === head.generation && vg.name !== head.name);
