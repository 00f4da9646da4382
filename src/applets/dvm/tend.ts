/** What ends by itself, and what is to be cared for. */
import { DvmError, type ErrorCode } from "../../core/base/error.ts";
import { withEveryVg } from "../../core/dvm/every-vg.ts";
import type { Sys } from "../../core/port/sys.ts";
import type { Tended, TendedDuty, TendedVg } from "../../schema/index.ts";
import { verb } from "../applet.ts";
import { every, maybeVg, tellingInWords, where } from "./common.ts";

export const tend = verb({
  name: "tend",
  summary: "Do what is due of a VG, or of all, and end",
  description:
    "Ends what was interrupted, calls legs current that have been rebuilt, ends moves and conversions " +
    "whose copy is complete, brings devices and legs up to date that were away or had failed, and puts " +
    "new legs in the places of those that have failed where `dvm policy` says so. It waits for nothing: " +
    "what is not due yet is for the next time. While a member of a VG is missing nothing is done to that, " +
    "and it ends with 3. It can be killed at any time, and run beside any other command.",
  examples: ["dvm tend vg0", "dvm tend --all --dry-run", "dvm tend vg0 --json"],
  operands: { vg: maybeVg },
  options: {
    ...every,
    "dry-run": { summary: "Tell what is due; change nothing", type: "flag" },
    json: { summary: "Give a document (tended) instead of text", type: "flag" },
    ...where,
  },
  groups: [{ give: "one", of: ["vg", "all"] }],
  output: "tended",
  run: async (sys, { operands: { vg }, options: { json, "dry-run": isDry, devices } }) => {
    const work = () => tendThem(sys, vg, devices, isDry);
    return json ? work() : Buffer.from(told(await tellingInWords<Tended>(work, told)));
  },
});

async function tendThem(
  sys: Sys,
  vg: string | undefined,
  devices: readonly string[],
  dryRun: boolean,
): Promise<Tended> {
  const { tendVg } = await import("../../core/dvm/tend/tend.ts");
  if (vg !== undefined) return refuseFailed([await tendVg(sys, { vg, devices, dryRun })], undefined);
  const { results, failure } = await withEveryVg(sys, devices, "own", (id) =>
    tendVg(sys, { vg: id, devices, dryRun }),
  );
  return refuseFailed(results, failure);
}

/** @throws DvmError as the first failure, with all that was done */
function refuseFailed(vgs: readonly TendedVg[], failure: DvmError | undefined): Tended {
  const tended: Tended = { vgs: [...vgs] };
  const failed = vgs
    .flatMap(({ due }) => due.filter((duty, at) => duty.error && !isMadeUpFor(duty, due.slice(at))))
    .at(0);
  if (failure) throw new DvmError(failure.code, failure.message, { cause: failure, output: tended });
  if (failed?.error) {
    const { code, message } = failed.error;
    throw new DvmError(code as ErrorCode, `${failed.text}: ${message}`, { output: tended });
  }
  const halted = vgs.filter(({ missing }) => missing.length > 0).map(({ name }) => name);
  if (halted.length > 0)
    throw new DvmError("INCOMPLETE", `members are missing of ${halted.join(", ")}: nothing is done there`, {
      output: tended,
    });
  return tended;
}

/** A leg that could not be taken back has been replaced. */
const isMadeUpFor = ({ duty, lv }: TendedDuty, later: readonly TendedDuty[]): boolean =>
  duty === "take-back" && later.some((other) => other.duty === "replace" && other.lv === lv && other.done);

const told = ({ vgs }: Tended): string =>
  vgs
    .flatMap(({ due, left }) => [
      ...due.map(({ done, text, error }) =>
        error ? `failed  ${text}: ${error.message} [${error.code}]` : `${done ? "done" : "due "}    ${text}`,
      ),
      ...left.map((text) => `left    ${text}`),
    ])
    .map((line) => `${line}\n`)
    .join("");
