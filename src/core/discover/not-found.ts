import { DvmError } from "../base/error.ts";
import { foreignPaths, type Surveyed } from "./survey.ts";

/**
 * What is said when something was not found: that it is not there only when everything could be looked at.
 * Scripts go on to make what is not there.
 * @param what e.g. "no device found belongs to a VG vg0"
 * @returns NOT_FOUND, or IO which says how many devices could not be looked at and why; details name devices
 *   of other volume managers, of which it may be
 */
export function notFound(what: string, surveyed: readonly Surveyed[]): DvmError {
  const foreign = foreignPaths(surveyed);
  const others = foreign.length > 0 ? { foreign } : {};
  const unread = surveyed.filter((each) => each.unread);
  const [first] = unread;
  if (!first) return new DvmError("NOT_FOUND", what, { details: others });
  const { candidate, skipped = "" } = first;
  const { path } = candidate;
  const why = skipped.startsWith(path) ? skipped : `${path}: ${skipped}`;
  const count = unread.length === 1 ? "one device" : `${unread.length} devices`;
  return new DvmError("IO", `${what}, but ${count} could not be looked at (${why})`, {
    details: { unread: unread.map((each) => each.candidate.path), ...others },
  });
}
