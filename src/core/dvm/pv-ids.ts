import type { Discovery } from "../../schema/index.ts";
import { toDvmError } from "../base/error.ts";
import { isId } from "../base/name.ts";
import type { Sys } from "../port/sys.ts";

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
