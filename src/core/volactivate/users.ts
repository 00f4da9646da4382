/**
 * Who has the devices open that shall go. What is mounted, swap, or below another driver's device stays so,
 * and is refused at once; anybody else may only be looking (udev, blkid, a monitor), and is waited for.
 */
import type { DmState, Program } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { parseDmUuid } from "../dm/uuid.ts";
import type { Candidate } from "../port/scanner.ts";
import type { Sys } from "../port/sys.ts";

/**
 * The part of a program that waits for those who have something open: none when nobody had.
 * @param current what the program was made for
 * @throws DvmError IN_USE, naming the device and its user, for a use that does not end by itself
 */
export async function waitsForUsers(sys: Sys, current: DmState, { instructions }: Program): Promise<Program> {
  const counts = new Map(current.devices.map(({ name, openCount = 0 }) => [name, openCount]));
  const open = instructions.filter(
    (each) =>
      each.op === "info" &&
      each.expect?.openAtMost !== undefined &&
      (counts.get(each.name) ?? 0) > each.expect.openAtMost,
  );
  for (const each of open) {
    const device = "name" in each ? each.name : "";
    const user = lastingUse(await lookAt(sys, device));
    if (user !== undefined) throw inUse(`${device} has to be out of use, but ${user}`, [device]);
  }
  return { instructions: open };
}

/** For devices that were waited for, and are open still. */
export async function refusalOf(sys: Sys, devices: readonly string[]): Promise<DvmError> {
  const said: string[] = [];
  for (const device of devices) {
    const candidate = await lookAt(sys, device);
    const processes = candidate?.openedBy?.() ?? [];
    const by = processes.length > 0 ? ` by process ${processes.join(", ")}` : "";
    said.push(`${device} has to be out of use, but ${lastingUse(candidate) ?? `is open${by}`}`);
  }
  return inUse(said.join("; "), devices);
}

const inUse = (message: string, devices: readonly string[]): DvmError =>
  new DvmError("IN_USE", message, { details: { devices } });

/** @returns undefined for a device that the machine does not show, a simulated one for instance */
async function lookAt({ scanner }: Sys, device: string): Promise<Candidate | undefined> {
  const [found] = await scanner.look([`/dev/mapper/${device}`]).catch(() => []);
  return found?.dmUuid !== undefined && parseDmUuid(found.dmUuid) ? found : undefined;
}

function lastingUse(candidate: Candidate | undefined): string | undefined {
  if (!candidate) return undefined;
  const { mountedOn } = candidate;
  if (mountedOn !== undefined) return mountedOn === "[SWAP]" ? "is swap" : `is mounted on ${mountedOn}`;
  const all = [...candidate.holders, ...(candidate.over?.() ?? [])];
  const others = all.flatMap(({ name, dmUuid }) => (dmUuid === undefined ? [name] : []));
  return others.length > 0 ? `is used by ${others.join(", ")}` : undefined;
}
