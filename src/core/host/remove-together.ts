import { DM_FLAG, decodePacket, dmRequest, encodePacket } from "../dm/ioctl.ts";
import { requests } from "../dm/requests.ts";

/** How many removals wait for the kernel at the same time: more make it no faster. */
const AT_ONCE = 32;

interface Kernel {
  /** In a thread of its own. @returns below 0 when the kernel refuses */
  ioctl(request: number, packet: Buffer): Promise<number>;
  /** For the packet, of an event that is announced. */
  eventNr(name: string): number;
  /** There will be no such event. */
  without(): void;
  removed(name: string): void;
}

/**
 * Removes devices at the same time, since each removal waits for a grace period of the kernel.
 * @returns those that are gone
 */
export async function removeTogether(names: readonly string[], kernel: Kernel): Promise<ReadonlySet<string>> {
  const gone = new Set<string>();
  const left = names.values();
  const removeSome = async (): Promise<void> => {
    for (const name of left) if (await removeOne(name, kernel)) gone.add(name);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, names.length) }, removeSome));
  return gone;
}

async function removeOne(name: string, kernel: Kernel): Promise<boolean> {
  const { command, operation: _operation, ...request } = requests.remove(name);
  const packet = encodePacket({ ...request, eventNr: kernel.eventNr(name) });
  const done = (await kernel.ioctl(dmRequest(command), packet)) >= 0;
  if (!done || (decodePacket(packet).flags & DM_FLAG.ueventGenerated) === 0) kernel.without();
  if (done) kernel.removed(name);
  return done;
}
