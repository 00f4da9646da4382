/** Whether devices may be taken into a VG, and wiped for that. */
import { type DvmError, toDvmError } from "../../base/error.ts";
import type { Sys } from "../../port/sys.ts";

export interface Newcomers {
  readonly vg: string;
  /** Paths, as the document has them. */
  readonly paths: readonly string[];
  /** The VG is to be made of them. */
  readonly isNew: boolean;
  /** Words of --allow. */
  readonly allow: readonly string[];
  /** Where the VG is looked for. */
  readonly devices: readonly string[];
}

/**
 * Looks whether something is on them that is not allowed to be wiped.
 * @returns the words that are missing for that, and whether anything is to be wiped
 * @throws DvmError as discover add
 */
export async function lookAtNewcomers(
  sys: Sys,
  { vg, paths, isNew, allow, devices }: Newcomers,
): Promise<{ readonly needs: readonly string[]; readonly wipes: boolean }> {
  const needs: string[] = [];
  let wipes = false;
  for (const path of paths) {
    const plan = async (force: boolean) =>
      await sys.toolbox.call({
        applet: "discover",
        verb: "add",
        operands: { vg, device: path },
        options: { new: isNew, force, devices, "dry-run": true },
      });
    const refusal = await plan(false).then(
      () => undefined,
      (thrown: unknown) => toDvmError(thrown),
    );
    if (!refusal) continue;
    if (!FORCED.includes(refusal.code)) throw refusal;
    wipes = true;
    if (allow.includes(`wipe:${path}`)) await plan(true);
    else needs.push(`wipe:${path}`);
  }
  return { needs, wipes };
}

/** What --force is for. */
const FORCED: readonly string[] = ["SIGNATURE"] satisfies readonly DvmError["code"][];
