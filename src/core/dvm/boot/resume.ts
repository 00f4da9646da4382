/**
 * A hibernated system believes that its disks are as it left them. Before it has been woken nothing but the
 * LV that its memory is in may come up, and nothing may be written. The kernel undoes the signature of that
 * memory when it begins to read it, so that what is found afterwards is plain swap.
 */
import { dmName } from "../../dm/name.ts";
import type { Boot } from "../../port/boot.ts";
import type { BootArguments } from "./kernel-line.ts";

const PAGE = 4096;
const SIGNATURE_BYTES = 10;
const HIBERNATED = ["S1SUSPEND", "S2SUSPEND", "ULSUSPEND", "LINHIB0001"];

/**
 * - none: no system is hibernated there
 * - image: one is
 * - unseen: the LV is not up, so nobody can tell
 */
export type Hibernated = "none" | "image" | "unseen";

export async function hibernatedIn(
  boot: Boot,
  { resume, resumeOffset }: Pick<BootArguments, "resume" | "resumeOffset">,
): Promise<{ readonly state: Hibernated; readonly device: string | undefined }> {
  if (!resume) return { state: "none", device: undefined };
  const path = `/dev/mapper/${dmName(resume.vg, resume.lv)}`;
  const at = resumeOffset * PAGE + PAGE - SIGNATURE_BYTES;
  const bytes = Buffer.from(await boot.read(path, at, SIGNATURE_BYTES));
  if (bytes.length < SIGNATURE_BYTES) return { state: "unseen", device: undefined };
  const signature = bytes.toString("latin1").replaceAll("\0", "");
  return {
    state: HIBERNATED.includes(signature) ? "image" : "none",
    device: await boot.numberOf(path),
  };
}
