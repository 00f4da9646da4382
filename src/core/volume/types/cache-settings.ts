/** Settings that the kernel takes by name, as people give them and as the metadata have them. */
import { DvmError } from "../../base/error.ts";

/** Each with its value; only those that were given. */
export type CacheSettings = readonly { readonly name: string; readonly value: number }[];

/** @param known the names, each with the most that it may be. @throws DvmError USAGE */
export function readSettings(words: readonly string[], known: ReadonlyMap<string, number>): CacheSettings {
  const settings = words.map((word) => {
    const [, name = "", digits = ""] = /^([a-z_]+)=(\d{1,10})$/.exec(word) ?? [];
    const value = Number(digits);
    if (!known.has(name))
      throw new DvmError("USAGE", `--set ${word}: it is NAME=NUMBER, and names are ${names(known)}`);
    if (value > (known.get(name) ?? 0))
      throw new DvmError("USAGE", `--set ${word}: ${name} is at most ${known.get(name)}`);
    return { name, value };
  });
  const wrong = wrongSettings(settings, known);
  if (wrong !== undefined) throw new DvmError("USAGE", `--set ${wrong}`);
  return settings;
}

/** What is wrong with those of the metadata, for people. */
export function wrongSettings(
  settings: CacheSettings,
  known: ReadonlyMap<string, number>,
): string | undefined {
  const given = new Set<string>();
  for (const { name, value } of settings) {
    const most = known.get(name);
    if (most === undefined) return `${name} is none of ${names(known)}`;
    if (value > most) return `${name} is more than ${most}`;
    if (given.has(name)) return `${name} is there twice`;
    given.add(name);
  }
  return undefined;
}

const names = (known: ReadonlyMap<string, number>): string => [...known.keys()].join(", ");

export const encodeSettings = (settings: CacheSettings): string =>
  `[${settings.map(({ name, value }) => `{"name":"${name}","value":${value}}`).join(",")}]`;

/** As tables have them. */
export const wordsOf = (settings: CacheSettings): string[] =>
  settings.flatMap(({ name, value }) => [name, String(value)]);
