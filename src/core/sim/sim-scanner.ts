import { dirname } from "node:path";
import { globMatcher, isGlob } from "../base/glob.ts";
import { PathError } from "../base/path-error.ts";
import type { Candidate, Scanner } from "../port/scanner.ts";

/** A simulated device: what is left out is as on a plain, unused disk. */
export type SimCandidate = Pick<Candidate, "path" | "size"> &
  Partial<Candidate> & {
    /** The OS keeps its partitions, whatever becomes of their table. */
    readonly partitionInUse?: boolean;
  };

/**
 * A machine with these devices and no others. The list is read anew by every call, so a test may change it.
 * Devices of equal `dev` are one device with several nodes.
 */
export function simScanner(devices: readonly SimCandidate[]): Scanner {
  const reread = new Set<string>();
  const complete = (device: SimCandidate): Candidate => {
    const { partitionInUse: _, ...candidate } = { ...plain, ...device };
    return reread.has(device.path) ? { ...candidate, partitioned: false } : candidate;
  };
  return {
    async scan(places, absent) {
      const all = devices.map(complete);
      if (places.length === 0) return merge(all);
      return merge(places.flatMap((place) => reach(all, place, absent)));
    },
    async look(paths) {
      const all = devices.map(complete);
      return paths.map((path) => {
        const [found] = reach(all, path);
        if (!found) throw new PathError("NOT_FOUND", path, "no such device");
        return found;
      });
    },
    nodeOf: (dev) => devices.find((device) => device.dev === dev)?.path,
    async rereadPartitions(path) {
      const isKept = devices.some((device) => device.path === path && device.partitionInUse);
      if (!isKept) reread.add(path);
      return !isKept;
    },
  };
}

/** The devices at a place, under the names by which it reaches them. */
function reach(
  all: readonly Candidate[],
  place: string,
  absent: (path: string) => void = (path) => {
    throw new PathError("NOT_FOUND", path, "no such device");
  },
): Candidate[] {
  const under = (matches: (name: string) => boolean) =>
    all.flatMap((candidate) => {
      const names = [candidate.path, ...candidate.aliases];
      const path = names.find(matches);
      return path === undefined
        ? []
        : [{ ...candidate, path, aliases: names.filter((name) => name !== path) }];
    });
  if (isGlob(place)) return under(globMatcher(place));
  const exact = under((name) => name === place);
  const found = exact.length > 0 ? exact : under((name) => dirname(name) === place);
  if (found.length === 0) absent(place);
  return found;
}

/** Every device once, under the name that came first. */
function merge(found: readonly Candidate[]): Candidate[] {
  const byDevice = new Map<string, Candidate>();
  for (const candidate of found) {
    const key = candidate.dev ?? [candidate.path, ...candidate.aliases].sort()[0] ?? candidate.path;
    const known = byDevice.get(key) ?? candidate;
    const names = new Set([...known.aliases, ...candidate.aliases, candidate.path]);
    names.delete(known.path);
    byDevice.set(key, { ...known, aliases: [...names] });
  }
  return [...byDevice.values()];
}

const plain = {
  aliases: [],
  dev: null,
  readOnly: false,
  holders: [],
  partitioned: false,
  optimalIoSize: 0,
  alignmentOffset: 0,
} as const;
