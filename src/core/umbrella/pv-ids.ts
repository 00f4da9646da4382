import type { Discovery } from "../../schema/index.ts";
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
  return async (word) => {
    const id = known.get(word);
    if (id !== undefined || isId(word)) return id ?? word;
    const wanted = await sys.disks.identity(word).catch(() => undefined);
    for (const device of wanted === undefined ? [] : devices)
      if ((await sys.disks.identity(device.path).catch(() => undefined)) === wanted) return device.id;
    return word;
  };
}
