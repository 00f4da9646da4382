import { basename } from "node:path";
import { DvmError, toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import type { Found } from "./probe.ts";

/** More paths in one call would only lengthen the command line. */
const AT_ONCE = 256;
/** For each device some dozens of signatures at most, each in a line of JSON. */
const LIMIT = 16 * 2 ** 20;

/**
 * Asks wipefs(8), where it is installed, what else stands on the devices: libblkid knows formats that our own
 * table does not. Reads only.
 * @returns path -> signatures; nothing where there is no wipefs
 */
export async function askWipefs(
  sys: Pick<Sys, "processes" | "terminal">,
  paths: readonly string[],
): Promise<ReadonlyMap<string, readonly Found[]>> {
  const found = new Map<string, Found[]>();
  for (const batch of batchesOf(paths)) {
    const command = ["wipefs", "--no-act", "--json", "--output", "DEVICE,OFFSET,LENGTH,TYPE", "--"];
    try {
      const { status, stdout } = await sys.processes.run(
        [...command, ...batch.values()],
        Buffer.alloc(0),
        LIMIT,
      );
      if (status !== 0) throw new DvmError("IO", `wipefs: ends with status ${status}`);
      for (const { device, ...each } of parse(stdout)) {
        const path = batch.get(device);
        if (path !== undefined) found.set(path, [...(found.get(path) ?? []), each]);
      }
    } catch (thrown) {
      const error = toDvmError(thrown);
      if (error.code === "NOT_FOUND") return found;
      if (error.code === "BUG") throw error;
      sys.terminal.warn(`${error.message}: only the signatures that dvm itself knows were looked for`);
    }
  }
  return found;
}

/** wipefs names devices by the last part of their path, so no batch has two paths that end alike. */
function batchesOf(paths: readonly string[]): Map<string, string>[] {
  const batches: Map<string, string>[] = [];
  for (const path of paths) {
    const name = basename(path);
    const free = batches.find((batch) => batch.size < AT_ONCE && !batch.has(name));
    if (free) free.set(name, path);
    else batches.push(new Map([[name, path]]));
  }
  return batches;
}

function parse(stdout: Buffer): (Found & { readonly device: string })[] {
  const text = stdout.toString().trim();
  if (text === "") return [];
  const strange = new DvmError("IO", "wipefs: its answer is not understood");
  let answer: { signatures?: unknown };
  try {
    answer = JSON.parse(text);
  } catch {
    throw strange;
  }
  if (!Array.isArray(answer?.signatures)) throw strange;
  return answer.signatures.map((each: Readonly<Record<string, unknown>>) => {
    const [offset, length] = [Number(each["offset"]), Number(each["length"])];
    const { device, type } = each;
    if (typeof device !== "string" || typeof type !== "string") throw strange;
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 1)
      throw strange;
    return { device, name: type, offset, length };
  });
}
