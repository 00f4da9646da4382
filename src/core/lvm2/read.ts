import type { Metadata } from "../../schema/index.ts";
import type { Sys } from "../port/sys.ts";
import type { Lvm2Request } from "./find.ts";
import { readLvmConf } from "./lvm-conf.ts";
import { whyVgRefused } from "./refused.ts";
import { surveyPvs } from "./survey.ts";
import { translateVg } from "./translate.ts";
import { requireVg } from "./vgs.ts";

/**
 * The metadata of a VG of LVM2 as dvm's, marked foreign: by its newest text.
 * @param systemIds of this machine, instead of what LVM2's configuration says; none: that counts
 * @throws DvmError as requireVg and readLvmConf
 */
export async function readLvm2Vg(
  sys: Sys,
  { vg: word, devices, systemIds }: Lvm2Request & { readonly systemIds: readonly string[] },
): Promise<Metadata> {
  const conf = await readLvmConf(sys);
  const found = requireVg(await surveyPvs(sys, devices), word);
  const host = systemIds.length > 0 ? { systemIds } : conf;
  return translateVg(found, whyVgRefused(found.vg, host));
}
