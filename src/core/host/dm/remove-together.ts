import { steadyMs } from "../../base/steady-ms.ts";
import { AT, DM_FLAG, dmRequest, encodePacket } from "../../dm/ioctl.ts";
import { requests } from "../../dm/requests.ts";

/** How many removals wait for the kernel at the same time: more make it no faster. */
const AT_ONCE = 32;
/** A removal that takes longer waits for the kernel; one that does not is over before a thread has it. */
const QUICK_MS = 3;
/** So many quick ones' time may be wasted before that is believed. */
const BENEFIT_OF_DOUBT = 4;
const SOME = 4;

interface Kernel {
  /** @returns below 0 when the kernel refuses */
  ioctl(request: number, packet: Buffer): number;
  /** The same in a thread of its own. */
  ioctlLater(request: number, packet: Buffer): Promise<number>;
  /** For the packet, of an event that is announced. */
  eventNr(name: string): number;
  /** There will be no such event. */
  without(): void;
  removed(name: string): void;
}

/**
 * Removes devices: one after the other as long as that is quick, then all others at the same time, since each
 * removal waits for a grace period of a kernel that has other processors to wait for.
 * @returns those that are gone
 */
export async function removeTogether(names: readonly string[], kernel: Kernel): Promise<ReadonlySet<string>> {
  const gone = new Set<string>();
  const begun = steadyMs();
  let at = 0;
  // Once some were quick, not after each: on some machines the clock is a system call.
  const isQuick = () =>
    (at > SOME && at % SOME > 0) || steadyMs() - begun <= QUICK_MS * (at + BENEFIT_OF_DOUBT);
  for (; at < names.length && isQuick(); at += 1) {
    const name = names[at] ?? "";
    const packet = packetFor(name, kernel);
    if (finish(name, packet, kernel.ioctl(REMOVE, packet), kernel)) gone.add(name);
  }
  const left = names.slice(at).values();
  const removeSome = async (): Promise<void> => {
    for (const name of left) {
      const packet = packetFor(name, kernel);
      if (finish(name, packet, await kernel.ioctlLater(REMOVE, packet), kernel)) gone.add(name);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, names.length - at) }, removeSome));
  return gone;
}

const REMOVE = dmRequest(requests.remove("").command);

function packetFor(name: string, kernel: Kernel): Buffer {
  return encodePacket({ name, eventNr: kernel.eventNr(name) });
}

/** @returns whether it is gone */
function finish(name: string, packet: Buffer, result: number, kernel: Kernel): boolean {
  const done = result >= 0;
  if (!done || (packet.readUInt32LE(AT.flags) & DM_FLAG.ueventGenerated) === 0) kernel.without();
  if (done) kernel.removed(name);
  return done;
}
