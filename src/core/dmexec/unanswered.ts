/**
 * Nothing is suspended whose disks do not answer a read first. A suspend waits for what is in flight, and
 * what it holds up meanwhile may be all of the machine. An error is an answer: what is in flight comes back
 * then too.
 *
 * All that shall be suspended stands on few disks, which are asked at the same time, each once. Legs that the
 * kernel has left out of an array are not asked: nothing is in flight there, and they must not be in the way
 * of what does without them.
 */

import type { Program } from "../../schema/index.ts";
import { toDvmError } from "../base/error.ts";
import { SECTOR } from "../base/units.ts";
import { devicesOf, namesByDev } from "../dm/references.ts";
import { targetOf } from "../dm/targets/index.ts";
import { TargetRefusal } from "../dm/targets/target.ts";
import { mayChange } from "../dm/uuid.ts";
import type { Dm, DmFailure, DmInfo } from "../port/dm.ts";
import type { Sys } from "../port/sys.ts";
import { unlessGone } from "./unless-gone.ts";

/** What disks are asked through. */
export type Asking = Pick<Sys, "disks" | "scanner">;

const READ_BYTES = 4096;

/**
 * Reads from the disks below all that a program suspends. @returns by device that is not to be suspended, why
 * not
 */
export async function unansweredBelow(
  dm: Dm,
  asking: Asking,
  program: Program,
): Promise<ReadonlyMap<string, DmFailure>> {
  const leaves = leavesBelow(dm, program);
  const failures = new Map<string, DmFailure>();
  await Promise.all(
    [...new Set([...leaves.values()].flatMap((each) => [...each]))].map(async (token) => {
      const silence = await silenceOf(asking, token);
      if (silence === undefined) return;
      const failure = { errno: "ETIMEDOUT", reason: `${silence}, so it is not suspended` };
      for (const [name, below] of leaves) if (below.has(token)) failures.set(name, failure);
    }),
  );
  return failures;
}

/** Of each device that is live and shall be suspended: the tokens of what it stands on that is not dvm's. */
function leavesBelow(dm: Dm, { instructions, owns }: Program): Map<string, ReadonlySet<string>> {
  const wanted = new Set(instructions.flatMap((each) => (each.op === "suspend" ? [each.name] : [])));
  const listed = dm.list();
  const names = namesByDev(listed);
  const known = new Map<string, ReadonlySet<string>>();
  const below = (name: string): ReadonlySet<string> => {
    const found = known.get(name);
    if (found) return found;
    const leaves = new Set<string>();
    known.set(name, leaves);
    for (const token of usedBy(dm, name)) {
      const child = names.get(token);
      const info = child === undefined ? undefined : unlessGone(() => dm.info(child));
      if (info && mayChange(info.uuid, owns)) for (const leaf of below(info.name)) leaves.add(leaf);
      else leaves.add(token);
    }
    return leaves;
  };
  return new Map(
    listed
      .filter(({ name }) => wanted.has(name) && isRunning(unlessGone(() => dm.info(name))))
      .map(({ name }) => [name, below(name)]),
  );
}

const isRunning = (info: DmInfo | undefined): boolean => info?.hasLive === true && !info.suspended;

/** The devices that the live table sends anything to. */
function usedBy(dm: Dm, name: string): string[] {
  const lines = unlessGone(() => dm.look(name).table) ?? [];
  return lines.flatMap((line, index) => {
    const out = leftOut(dm, name, index, line);
    return devicesOf(line).filter((token) => !out.includes(token));
  });
}

function leftOut(
  dm: Dm,
  name: string,
  index: number,
  { type, params }: { readonly type: string; readonly params: string },
): readonly string[] {
  const target = targetOf(type);
  if (!target.leftOut) return [];
  const [line] = unlessGone(() => dm.status(name, { noflush: true, target: index })) ?? [];
  const status = target.decodeStatus?.(line?.status ?? "");
  try {
    return status === undefined ? [] : target.leftOut(target.decodeParams(params), status);
  } catch (refusal) {
    if (refusal instanceof TargetRefusal) return [];
    throw refusal;
  }
}

/** @returns undefined when the disk has answered, or cannot be asked; else how it did not */
async function silenceOf({ disks, scanner }: Asking, token: string): Promise<string | undefined> {
  const path = /^\d+:\d+$/.test(token) ? scanner.nodeOf(token) : token;
  if (path === undefined) return undefined;
  try {
    const disk = await disks.open(path, { write: false });
    try {
      const length = Math.min(READ_BYTES, disk.size - (disk.size % SECTOR));
      if (length > 0) await disk.read(0, Buffer.alloc(length));
    } finally {
      await disk.close();
    }
  } catch (thrown) {
    const { code, message } = toDvmError(thrown);
    if (code === "DEADLINE") return message;
  }
  return undefined;
}
