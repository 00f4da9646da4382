/**
 * What LVM2 remembers of devices beside what stands on them, and would go by after a VG has changed hands:
 * the hints, a list of the devices with labels, and the devices file, the only devices that it looks at.
 */
import { toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { type LvmConf, readLvmConf } from "./lvm-conf.ts";
import { surveyPvs } from "./survey.ts";

/** As lvm2 has them (lvm.conf(5), devices/hints): a new file beside the hints has it look everywhere. */
const HINTS = "/run/lvm/hints";
const NEW_HINTS = "/run/lvm/newhints";
const MAX_BYTES = 2 ** 24;

/** @param paths devices of a VG that is LVM2's now, or was. Says what has to be done by hand */
export async function refreshLvm2(sys: Sys, paths: readonly string[]): Promise<void> {
  const surveyed = await surveyPvs(sys, paths);
  // Images are nothing that LVM2 comes to.
  const disks = surveyed.filter(({ listed }) => listed.dev !== null);
  if (disks.length === 0 && surveyed.length > 0) return;
  const pvs = disks.flatMap(({ listed: { path }, label }) => (label ? [{ path, id: label.id }] : []));
  await refresh(sys, await readLvmConf(sys), pvs);
}

/** @param pvs those that LVM2 has now, with its ids */
export async function refresh(
  { files, terminal }: Pick<Sys, "files" | "terminal">,
  { devicesFile }: Pick<LvmConf, "devicesFile">,
  pvs: readonly { readonly path: string; readonly id: string }[],
): Promise<void> {
  try {
    if (await files.readIfThere(HINTS, MAX_BYTES)) await files.write(NEW_HINTS, new Uint8Array());
  } catch (thrown) {
    const { code, message } = toDvmError(thrown);
    if (code === "BUG") throw thrown;
    terminal.warn(`LVM2 may go by what it knew of these devices before: ${message}`);
  }
  const listed = devicesFile === undefined ? undefined : await files.readIfThere(devicesFile, MAX_BYTES);
  for (const { path, id } of listed ? pvs : [])
    if (!listed?.includes(id))
      terminal.warn(
        `${devicesFile} does not have ${path}: LVM2 does not see it before lvmdevices --adddev ${path}`,
      );
}
