/** Does what status advises, as a person would who reads it. */
import { abort } from "../../src/core/replicate/abort.ts";
import { commit } from "../../src/core/replicate/commit.ts";
import type { RegionAddress } from "../../src/core/replicate/disk/place.ts";
import { format } from "../../src/core/replicate/format.ts";
import type { RegionSys } from "../../src/core/replicate/set/region-set.ts";
import { sync } from "../../src/core/replicate/sync.ts";
import type { ReplicateStatus } from "../../src/schema/index.ts";

export interface Step {
  readonly verb: "commit" | "abort" | "sync" | "format";
  readonly name: string;
  /** The side of a split brain that it keeps. */
  readonly keeps?: string;
  readonly run: (sys: RegionSys) => Promise<unknown>;
}

/** @returns the choices that the advice leaves, each with its first step; none when there is nothing to do */
export function stepsOf(status: ReplicateStatus, regions: readonly RegionAddress[]): Step[] {
  const { advice } = status;
  const pick = (text: string) => indicesOf(text).map((index) => regions[index] as RegionAddress);
  const verbs = { commit, abort };
  const onAll = (verb: keyof typeof verbs): Step => ({
    verb,
    name: verb,
    run: (sys) => verbs[verb](sys, regions),
  });
  if (advice === "nothing to do") return [];
  if (advice === "format")
    return [{ verb: "format", name: "format", run: (sys) => format(sys, regions, { force: false }) }];
  if (advice === "commit" || advice === "abort") return [onAll(advice)];
  if (advice === "commit or abort") return [onAll("commit"), onAll("abort")];
  const alone = /^(commit|abort) on regions (.*?) alone/.exec(advice);
  if (alone) {
    const verb = alone[1] as keyof typeof verbs;
    return [{ verb, name: advice, run: (sys) => verbs[verb](sys, pick(alone[2] ?? "")) }];
  }
  const syncing = /^sync regions .* from regions (.*)$/.exec(advice);
  if (syncing)
    return [
      {
        verb: "sync",
        name: advice,
        run: (sys) => sync(sys, regions, pick(syncing[1] ?? ""), { force: false }),
      },
    ];
  if (advice.startsWith("split brain")) {
    const hashes = new Set(status.regions.flatMap(({ active }) => active?.contentHash ?? []));
    return [...hashes].map((hash) => {
      const kept = status.regions.filter(({ active }) => active?.contentHash === hash);
      const from = kept.map(({ index }) => regions[index] as RegionAddress);
      return {
        verb: "sync",
        name: `keep ${hash}`,
        keeps: hash,
        run: (sys) => sync(sys, regions, from, { force: true }),
      };
    });
  }
  throw new Error(`what is to be done about "${advice}"?`);
}

/** The inverse of listOf: "0-2, 5". */
function indicesOf(text: string): number[] {
  return text.split(", ").flatMap((part) => {
    const [from = 0, to = from] = part.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, n) => from + n);
  });
}
