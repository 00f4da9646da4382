import type { Discovery } from "../../schema/index.ts";
import { toDvmError } from "../base/error.ts";
import { isId } from "../base/name.ts";
import type { Sys } from "../port/sys.ts";

/** Options of manip that name PVs; there people may write paths. Elsewhere --to names something else. */
const ANYWHERE = ["--pv"];
const OF_MOVE = ["--pv", "--from", "--to"];

/**
 * Arguments of manip with the ids of PVs for paths of their devices.
 * All other words, tags too, stay as they are: metadata knows ids and tags.
 */
export async function withPvIds(
  sys: Sys,
  words: readonly string[],
  discovery: Discovery,
): Promise<readonly string[]> {
  const options = words[0] === "move" ? OF_MOVE : ANYWHERE;
  const idOf = pvNamer(sys, discovery);
  const translated: string[] = [];
  for (const [at, word] of words.entries()) {
    const option = options.find((each) => word.startsWith(`${each}=`));
    if (option) translated.push(`${option}=${await idOf(word.slice(option.length + 1))}`);
    else translated.push(options.includes(words[at - 1] ?? "") ? await idOf(word) : word);
  }
  return translated;
}

/** Gives the id of a device for its path, however the path reaches it, and any other word as it is. */
export function pvNamer(sys: Sys, { devices }: Discovery): (word: string) => Promise<string> {
  const known = new Map(devices.map(({ path, id }) => [path, id]));
  let byIdentity: Promise<ReadonlyMap<string | undefined, string>> | undefined;
  return async (word) => {
    const id = known.get(word);
    if (id !== undefined || isId(word)) return id ?? word;
    const wanted = await sys.disks.identity(word).catch((thrown: unknown) => {
      // It may be no path at all. Of a path that may not be looked at nobody knows which device it is.
      if (toDvmError(thrown).code === "IO") throw thrown;
      return undefined;
    });
    if (wanted === undefined) return word;
    byIdentity ??= idsByIdentity(sys, devices);
    return (await byIdentity).get(wanted) ?? word;
  };
}

const identityOf = (sys: Sys, path: string): Promise<string | undefined> =>
  sys.disks.identity(path).catch(() => undefined);

/** Asks each device once, however many words there are. */
async function idsByIdentity(
  sys: Sys,
  devices: Discovery["devices"],
): Promise<ReadonlyMap<string | undefined, string>> {
  const identities = await Promise.all(devices.map(({ path }) => identityOf(sys, path)));
  return new Map(devices.map(({ id }, at) => [identities[at], id]));
}
