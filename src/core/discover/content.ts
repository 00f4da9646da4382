import type { Label } from "../../schema/index.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import type { BlockDevice } from "../port/block.ts";
import { type Found, probeSignatures } from "./probe.ts";
import { readLabel } from "./read-label.ts";

/** What stands on a device that may be written over. */
export interface DeviceContent {
  /** Of a member of a VG. */
  readonly label: Label | undefined;
  readonly found: readonly Found[];
  /** Of each thing that was found, once. */
  readonly names: readonly string[];
}

/**
 * @param seen signatures that other tools see on it
 * @throws DvmError IO, DEADLINE
 */
export async function contentOf(device: BlockDevice, seen: readonly Found[]): Promise<DeviceContent> {
  let ours = "another dvm label";
  const state = await readLabel(device).catch((thrown: unknown) => {
    const error = toDvmError(thrown);
    // A damaged label is one more signature; a device that cannot be read is none of ours.
    if (error.code === "CORRUPT") ours = "a damaged dvm label";
    else if (error.code === "UNSUPPORTED") ours = "the dvm label of a newer version";
    else throw error;
    return undefined;
  });
  const label = state?.newest?.label;
  const own = await probeSignatures(device);
  const found = [...own, ...seen.filter((each) => !own.some((known) => overlap(known, each)))];
  const of = label ? ` (of VG ${label.vg.name}, ${label.vg.id})` : "";
  return { label, found, names: namesOf(found).map((name) => (name.includes("dvm") ? ours + of : name)) };
}

/** @throws DvmError SIGNATURE when there is anything on it */
export function refuseContent(path: string, { names }: Pick<DeviceContent, "names">): void {
  if (names.length === 0) return;
  throw new DvmError("SIGNATURE", `${path}: has ${names.join(" and ")}; --force wipes it`, {
    details: { path, signatures: names },
  });
}

/** Two names of one signature. */
const overlap = (a: Found, b: Found): boolean =>
  a.offset < b.offset + b.length && b.offset < a.offset + a.length;

/** Each name once. */
export const namesOf = (found: readonly Found[]): string[] => [...new Set(found.map(({ name }) => name))];
