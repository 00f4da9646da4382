import type { DiscoverList } from "../../schema/index.ts";
import { bytesToSectors } from "../base/units.ts";
import { type LabelSys, type Surveyed, surveyDevices } from "./survey.ts";

/**
 * Every labelled device that is used; with `all` every device, and why it is not.
 * @throws DvmError as surveyDevices does
 */
export async function listDevices(
  sys: LabelSys,
  { all, devices }: { readonly all: boolean; readonly devices: readonly string[] },
): Promise<DiscoverList> {
  const surveyed = await surveyDevices(sys, devices);
  return { devices: surveyed.filter(({ skipped }) => all || skipped === undefined).map(listed) };
}

const listed = ({ candidate, label, skipped, problems }: Surveyed): DiscoverList["devices"][number] => ({
  path: candidate.path,
  aliases: [...candidate.aliases],
  dev: candidate.dev,
  size: bytesToSectors(candidate.size),
  ...(label ? { label } : {}),
  ...(skipped === undefined ? {} : { skipped }),
  ...(problems.length > 0 ? { problems: [...problems] } : {}),
});
