import { DvmError, toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { checkForeign } from "./check-foreign.ts";
import { namesForPeople } from "./names-for-people.ts";

/** What was done with all VGs, and the first failure when there was one. */
export interface EveryVgDone<T> {
  readonly results: readonly T[];
  readonly failure: DvmError | undefined;
}

/**
 * Does something with every VG that is found, in the order of their names. One that fails does not keep the
 * others from it: of all failures but the first people are told at once.
 * @param of own: nothing is done with VGs of other volume managers
 * @param work is given the VG's id and what people call it: its name, or the id where several have the name
 * @throws DvmError when no VG can be looked for
 */
export async function withEveryVg<T>(
  sys: Sys,
  devices: readonly string[],
  of: "own" | "any",
  work: (id: string, name: string) => Promise<T>,
): Promise<EveryVgDone<T>> {
  const call = { applet: "discover", verb: "list", options: { devices } } as const;
  const listed = (await sys.toolbox.call(call)).devices;
  const names = new Map(
    listed.flatMap(({ label }) => (label ? [[label.vg.id, label.vg.name] as const] : [])),
  );
  if (of === "any")
    for (const { id, name } of (await checkForeign(sys, listed))?.vgs ?? []) names.set(id, name);
  const calledOf = namesForPeople(names);
  for (const [id, called] of calledOf) sys.terminal.wording.call(id, called);
  const results: T[] = [];
  let failure: DvmError | undefined;
  for (const [id] of [...names].sort(([a, nameA], [b, nameB]) => compare(nameA, nameB) || compare(a, b))) {
    const called = calledOf.get(id) ?? id;
    try {
      results.push(await work(id, called));
    } catch (thrown) {
      const { code, message, details } = toDvmError(thrown);
      if (code === "BUG") throw thrown;
      const text = `VG ${called}: ${sys.terminal.wording.of(message)}`;
      if (failure) sys.terminal.warn(`${text} [${code}]`);
      failure ??= new DvmError(code, text, { cause: thrown, details });
    }
  }
  return { results, failure };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
