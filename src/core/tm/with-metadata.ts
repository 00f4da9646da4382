import type { Discovery } from "../../schema/index.ts";
import { checkName } from "../base/name.ts";
import type { Sys } from "../port/sys.ts";
import { activatorOf } from "./activator.ts";
import type { Envelope } from "./envelope.ts";

/**
 * The envelope with other metadata, in which what is known of free extents, and of legs that are being
 * rebuilt, is put right, and with the VG's name as that has it: whoever changes the one changes the other, so
 * that no VG is ever half renamed. Another name is another generation, which has the labels written.
 * @throws DvmError BAD_INPUT, UNSUPPORTED when that is no metadata, or for a name that no VG may have
 */
export async function withMetadata(
  sys: Sys,
  discovery: Discovery,
  old: Envelope,
  metadata: Buffer,
): Promise<Envelope> {
  const activator = activatorOf(sys, discovery);
  const name = await activator.nameIn(metadata);
  checkName("VG", name);
  const next = metadata.equals(old.metadata)
    ? metadata
    : await activator.observe(old.metadata, await activator.account(old.metadata, metadata));
  return { ...old, metadata: next, name, generation: old.generation + (name === old.name ? 0 : 1) };
}
