import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { errnoOf, toDvmError } from "../../base/error.ts";
import { globMatcher, isGlob } from "../../base/glob.ts";
import type { Candidate } from "../../port/scanner.ts";
import { diskFailure } from "../disk/disk-failure.ts";
import { NoKernelView } from "../kernel-view.ts";
import { lookAt, mustLookAt, unlooked } from "./candidate.ts";
import type { ScanContext } from "./context.ts";

/**
 * What paths, directories and patterns lead to: every device once, under the first name by which it was
 * reached; its other names become aliases.
 * @param absent told of paths at which nothing is, which are refused otherwise
 */
export async function scanPlaces(
  context: ScanContext,
  places: readonly string[],
  absent?: (path: string) => void,
): Promise<Candidate[]> {
  const found = new Map<string, Candidate>();
  const add = (key: string, candidate: Candidate) => {
    const known = found.get(key);
    const names = new Set([...(known?.aliases ?? []), ...candidate.aliases, candidate.path]);
    const kept = known ?? candidate;
    names.delete(kept.path);
    found.set(key, { ...kept, aliases: [...names] });
  };
  for (const place of places) {
    const plain = !isGlob(place);
    const barred = (path: string, cause: unknown) => add(`path:${path}`, unlooked(path, cause));
    const paths = plain ? [place] : await expand(place, barred);
    for (const path of paths) {
      const kind = await stat(path).catch(() => undefined);
      const within = kind?.isDirectory() ? await namesIn(path) : undefined;
      if (within && !plain) continue;
      for (const each of within?.map((name) => join(path, name)) ?? [path]) {
        const looked =
          plain && !within
            ? await mustLookAt(context, each).catch((error) => {
                if (!absent || toDvmError(error).code !== "NOT_FOUND") throw error;
                absent(each);
                return undefined;
              })
            : await lookAt(context, each).catch((error) => {
                if (error instanceof NoKernelView) throw error;
                if (toDvmError(error).code !== "NOT_FOUND") barred(each, error);
                return undefined;
              });
        if (looked) add(looked.key, looked.candidate);
      }
    }
  }
  return [...found.values()];
}

/** @throws DvmError IO */
async function namesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch((cause) => {
    throw diskFailure(directory, cause);
  });
  return names.filter(isShown).sort();
}

const isShown = (name: string): boolean => !name.startsWith(".");

/**
 * The paths that a pattern matches, sorted, one directory level per component.
 * @param barred told of directories that could not be read
 */
async function expand(pattern: string, barred: (path: string, cause: unknown) => void): Promise<string[]> {
  const components = pattern.split("/").filter((part) => part !== "");
  let paths = [pattern.startsWith("/") ? "/" : ""];
  for (const part of components) {
    if (!isGlob(part)) {
      paths = paths.map((path) => join(path, part));
      continue;
    }
    const matches = globMatcher(part);
    const lists = await Promise.all(
      paths.map(async (path) => {
        const names = await readdir(path === "" ? resolve(".") : path).catch((cause): string[] => {
          if (!["ENOENT", "ENOTDIR"].includes(errnoOf(cause) ?? "")) barred(path, cause);
          return [];
        });
        return names.filter(matches).map((name) => join(path, name));
      }),
    );
    paths = lists.flat();
  }
  return paths.sort();
}
