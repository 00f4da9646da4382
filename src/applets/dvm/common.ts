import { DvmError } from "../../core/base/error.ts";
import type { Parameters } from "../../core/port/parameters.ts";

export const vg = { summary: "The VG's name or id", required: true } as const;
/** For verbs that can take every VG. */
export const maybeVg = { summary: "The VG's name or id" } as const;
export const every = {
  all: { summary: "Every VG; one that fails does not keep the others from it", type: "flag" },
} as const satisfies Parameters;
export const lv = { summary: "Names or ids of LVs", many: true } as const;
export const where = {
  devices: {
    summary: "Look at this device instead of those the config or the OS names",
    many: true,
    alias: "d",
    placeholder: "PATH",
  },
} as const satisfies Parameters;
export const dryRun = {
  "dry-run": { summary: "Print the plan, as JSON; change nothing", type: "flag" },
} as const satisfies Parameters;

export const noActivate = {
  "no-activate": { summary: "Touch no dm device", type: "flag" },
} as const satisfies Parameters;

/** What was done, a line each; or the plan, for a dry run. */
export function told(result: { readonly summary: readonly string[] }, isPlan: boolean): string {
  return isPlan ? asJson(result) : result.summary.map((line) => `${line}\n`).join("");
}

/** Passes on a failure, with what was done before it as lines. */
export async function tellingWhatWasDone<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof DvmError) || !hasSummary(thrown.output)) throw thrown;
    throw thrown.withOutput(told(thrown.output, false));
  }
}

/** Passes on a failure, with what it gives in words. */
export async function tellingInWords<T>(work: () => Promise<T>, told: (output: T) => string): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof DvmError) || thrown.output === undefined) throw thrown;
    throw thrown.withOutput(Buffer.from(told(thrown.output as T)));
  }
}

const hasSummary = (output: unknown): output is { readonly summary: readonly string[] } =>
  typeof output === "object" && output !== null && "summary" in output && Array.isArray(output.summary);

export const asJson = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
