/** Files that dvm lives by, which nobody means when a path to write to is given. */
import { DvmError, toDvmError } from "../base/error.ts";
import type { Candidate } from "../port/scanner.ts";
import type { Sys } from "../port/sys.ts";

/** @throws DvmError IN_USE for the config, the state and the program that are in use, by whatever name */
export async function refuseOwnFile(
  { disks, ownFiles }: Pick<Sys, "disks" | "ownFiles">,
  path: string,
): Promise<void> {
  const identityOf = (each: string) => disks.identity(each).catch(() => undefined);
  const identity = await identityOf(path);
  if (identity === undefined) return;
  for (const { path: own, what } of ownFiles)
    if ((await identityOf(own)) === identity)
      throw new DvmError("IN_USE", `${path}: is ${what}`, { details: { path } });
}

/** Larger is no document of ours that could not be made again. */
const MAX_DOCUMENT_BYTES = 64 * 2 ** 20;

/**
 * What each kind of document always has, and what it is called. One that only has content, as an export has,
 * is none of them.
 */
const KINDS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [["regions"], "a document that says where regions are"],
  [["vg", "pvs", "lvs"], "metadata of a VG, as a backup is"],
  [["devices", "leaves", "pools", "formats"], "a state of the simulated device-mapper"],
];
const CONFIG_KEYS: ReadonlySet<string> = new Set(["common", "discover", "replicate", "dm", "tm"]);

/** @returns what document of dvm's a file holds that is not made again by asking for it */
export async function documentAt(
  { files }: Pick<Sys, "files">,
  { path, size }: Candidate,
): Promise<string | undefined> {
  if (size === 0 || size > MAX_DOCUMENT_BYTES) return undefined;
  const value = await files.read(path, MAX_DOCUMENT_BYTES).then(
    (bytes) => objectIn(bytes),
    (thrown: unknown) => {
      if (toDvmError(thrown).code === "BUG") throw thrown;
      return undefined;
    },
  );
  if (!value) return undefined;
  const keys = Object.keys(value);
  if (keys.length > 0 && keys.every((key) => CONFIG_KEYS.has(key))) return "a config of dvm";
  return KINDS.find(([needed]) => needed.every((key) => keys.includes(key)))?.[1];
}

function objectIn(bytes: Buffer): object | undefined {
  // Most files are told apart by their first byte.
  if (!/^\s*\{/.test(bytes.toString("latin1", 0, 64))) return undefined;
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
