import { statSync } from "node:fs";
import type { Candidate, Holder, Scanner } from "../port/scanner.ts";
import { SIM_MAJOR, type SimState } from "./dm-state.ts";

/**
 * A scanner that also sees what simulated devices are built on: the machine's own kernel knows nothing of
 * those.
 */
export function withSimDm(scanner: Scanner, stateFile: string): Scanner {
  const seeing = async (candidates: readonly Candidate[]): Promise<readonly Candidate[]> => {
    // Loaded with the candidates, since who asks what is over one cannot wait.
    const { readSimState } = await import("./dm-file.ts");
    let users: ReadonlyMap<string, readonly Holder[]> | undefined;
    return candidates.map((candidate) => ({
      ...candidate,
      over() {
        users ??= usersIn(readSimState(stateFile));
        const simulated = users.get(candidate.dev ?? identityOf(candidate.path)) ?? [];
        return [...(candidate.over?.() ?? []), ...simulated];
      },
    }));
  };
  return {
    ...scanner,
    scan: async (places, absent) => seeing(await scanner.scan(places, absent)),
    look: async (paths) => seeing(await scanner.look(paths)),
  };
}

/** What is built on each of the machine's devices and files, by their tables, live or about to be. */
function usersIn({ devices }: SimState): ReadonlyMap<string, readonly Holder[]> {
  const simulated = new Set(devices.map(({ minor }) => `${SIM_MAJOR}:${minor}`));
  const users = new Map<string, Holder[]>();
  const known = new Map<string, string>();
  for (const { name, uuid, live, inactive } of devices) {
    const holder: Holder = { name, ...(uuid === "" ? {} : { dmUuid: uuid }), dmName: () => name };
    for (const token of new Set([...(live?.uses ?? []), ...(inactive?.uses ?? [])])) {
      if (simulated.has(token)) continue;
      const identity = known.get(token) ?? (/^\d+:\d+$/.test(token) ? token : identityOf(token));
      known.set(token, identity);
      const already = users.get(identity);
      if (already) already.push(holder);
      else users.set(identity, [holder]);
    }
  }
  return users;
}

/** Equal for two paths to one file; the path itself when there is none. */
function identityOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? `file:${found.dev}:${found.ino}` : path;
}
