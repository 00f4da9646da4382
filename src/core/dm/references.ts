/** The devices that table lines name. In documents a dm device stands as `@NAME`. */
import type { TableLine } from "../../schema/index.ts";
import { joinArgs, splitArgs } from "./args.ts";
import { targetOf } from "./targets/index.ts";

/**
 * The device tokens of a line in order, unescaped: `@NAME`, `major:minor` or a path. One that is used twice
 * stands twice. Absent devices (`-`) are left out.
 */
export function devicesOf(line: Pick<TableLine, "type" | "params">): string[] {
  const words = splitArgs(line.params);
  return targetOf(line.type)
    .devicePositions(words)
    .map((at) => words[at] ?? ABSENT)
    .filter((token) => token !== ABSENT);
}

/** The line with each device token replaced by what `replace` gives for it (both unescaped). */
export function mapDevices<L extends Pick<TableLine, "type" | "params">>(
  line: L,
  replace: (token: string) => string,
): L {
  const words = splitArgs(line.params);
  let isSame = true;
  const places = targetOf(line.type).devicePositions(words);
  for (let index = 0; index < places.length; index += 1) {
    const at = places[index] ?? 0;
    const token = words[at] ?? ABSENT;
    const other = token === ABSENT ? ABSENT : replace(token);
    if (other === token) continue;
    words[at] = other;
    isSame = false;
  }
  return isSame ? line : { ...line, params: joinArgs(words) };
}

/** The dm name that a token refers to, or undefined for a device that is no symbolic reference. */
export const referenceOf = (token: string): string | undefined =>
  token.startsWith("@") ? token.slice(1) : undefined;

/** The line with dm devices as `@NAME`. @param names their names by major:minor */
export const symbolicLine = <L extends Pick<TableLine, "type" | "params">>(
  line: L,
  names: ReadonlyMap<string, string>,
): L =>
  mapDevices(line, (token) => {
    const name = names.get(token);
    return name === undefined ? token : `@${name}`;
  });

/** For symbolicLine, from what device-mapper lists, or a document of it. */
export const namesByDev = (
  listed: readonly { readonly name: string; readonly dev?: string }[],
): ReadonlyMap<string, string> =>
  new Map(listed.flatMap(({ name, dev }) => (dev === undefined ? [] : [[dev, name] as const])));

/** Stands for no device. */
const ABSENT = "-";
