import type { DiscoverList } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { bytesToSectors } from "../base/units.ts";
import { notFound } from "./not-found.ts";
import { labelledOf, selectDevices, vgsOf } from "./select.ts";
import { type DeviceProblem, type LabelSys, type Surveyed, surveyDevices } from "./survey.ts";

/**
 * Every labelled device that is used, and those of LVM2; with `all` every device, and why it is not used.
 * @throws DvmError as surveyDevices does; IO, with the list, when none is used and some could not be looked
 *   at
 */
export async function listDevices(
  sys: LabelSys,
  { all, devices }: { readonly all: boolean; readonly devices: readonly string[] },
): Promise<DiscoverList> {
  const surveyed = withTwins(await surveyDevices(sys, devices));
  const output = { devices: surveyed.filter((each) => all || isShown(each)).map(listed) };
  const isAny = surveyed.some(({ label, skipped }) => label && skipped === undefined);
  if (isAny || !surveyed.some(({ unread }) => unread)) return output;
  const { code, message, details } = notFound("no labelled device was found", surveyed);
  throw new DvmError(code, message, { details, output });
}

const isShown = ({ skipped, foreign }: Surveyed): boolean => skipped === undefined || foreign !== undefined;

/** Says of devices with one id what becomes of them. */
function withTwins(surveyed: readonly Surveyed[]): Surveyed[] {
  const labelled = labelledOf(surveyed);
  const twins = new Map<string, (each: Surveyed) => Surveyed>();
  for (const vg of vgsOf(labelled).values()) {
    const { duplicates, paths } = selectDevices(labelled, vg);
    for (const { paths: copies } of duplicates) {
      for (const path of copies) {
        const others = copies.filter((other) => other !== path).join(" and ");
        const problem: DeviceProblem = {
          kind: "twin",
          text: `has the same id as ${others}: none of them is used`,
        };
        twins.set(path, (each) => ({ ...each, problems: [...each.problems, problem] }));
      }
    }
    for (const { path, of } of paths)
      twins.set(path, (each) => ({ ...each, skipped: `is used by way of ${of}` }));
  }
  return surveyed.map((each) => twins.get(each.candidate.path)?.(each) ?? each);
}

const listed = ({
  candidate,
  label,
  skipped,
  foreign,
  problems,
}: Surveyed): DiscoverList["devices"][number] => ({
  path: candidate.path,
  aliases: [...candidate.aliases],
  dev: candidate.dev,
  size: bytesToSectors(candidate.size),
  ...(label ? { label } : {}),
  ...(candidate.readOnly && { readOnly: true as const }),
  ...(foreign && { foreign }),
  ...(skipped === undefined ? {} : { skipped }),
  ...(problems.length > 0 && {
    problems: problems.map(({ text }) => text),
    kinds: problems.map(({ kind }) => kind),
  }),
});
