import { isDeepStrictEqual } from "node:util";
import { DvmError } from "../base/error.ts";
import { change } from "../volume/change.ts";
import { EXTEND_AT, EXTEND_BY } from "../volume/policy.ts";

export const policy = change({
  name: "policy",
  summary: "Say what dvm tend may do without being asked",
  description:
    "--replace free: a leg that has failed, or whose devices are away for longer than the grace time, " +
    "gets a new one in its place, on free extents of other PVs. never, as it is until something is " +
    "said: nobody but a person does that, by repair. --extend-at: stores of snapshots get longer when so " +
    "much of them is taken, by --extend-by of what they have; pools too, and their metadata. --keep-free: " +
    "nothing gets longer so that less than that is free.",
  examples: ["--replace free --keep-free 20G", "--replace never", "--extend-at 70 --extend-by 50"],
  options: {
    replace: {
      summary: "Legs that have failed or are away: never, or by free extents",
      choices: ["never", "free"],
    },
    "extend-at": {
      summary: `Percent from which on a store gets longer; 100 for never (${EXTEND_AT} until it is said)`,
      type: "count",
      placeholder: "PERCENT",
    },
    "extend-by": {
      summary: `Percent by which it does (${EXTEND_BY} until it is said)`,
      type: "count",
      placeholder: "PERCENT",
    },
    "keep-free": {
      summary:
        "What stays free (until it is said: nothing, and with --replace free room for the largest leg)",
      type: "size",
      placeholder: "SIZE",
    },
  },
  groups: [{ give: "some", of: ["replace", "extend-at", "extend-by", "keep-free"] }],
  apply(workspace, { replace, "extend-at": at, "extend-by": by, "keep-free": keep }) {
    const { policy: before = {}, ...vg } = workspace.vg;
    checkPercent("--extend-at", at, 100);
    checkPercent("--extend-by", by, 1000);
    const { replace: kept, extendAt = EXTEND_AT, extendBy = EXTEND_BY } = before;
    const keepFree = keep ?? before.keepFree;
    const replaces = (replace ?? kept ?? "never") === "free";
    const [newAt, newBy] = [at ?? extendAt, by ?? extendBy];
    // What is not there holds as it is until it is said.
    const policy = {
      ...(replaces && { replace: "free" as const }),
      ...(newAt !== EXTEND_AT && { extendAt: newAt }),
      ...(newBy !== EXTEND_BY && { extendBy: newBy }),
      ...(keepFree !== undefined && { keepFree }),
    };
    if (isDeepStrictEqual(policy, before)) return;
    workspace.vg = Object.keys(policy).length > 0 ? { ...vg, policy } : vg;
  },
});

/** @throws DvmError USAGE */
function checkPercent(option: string, percent: number | undefined, most: number): void {
  if (percent !== undefined && (percent < 1 || percent > most))
    throw new DvmError("USAGE", `${option} ${percent}: it is 1 to ${most} per cent`);
}
