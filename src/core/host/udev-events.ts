/** What udev is told with each event of a dm device, and waiting for what it makes of them. */
import { existsSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { isLayerUuid } from "../dm/name.ts";
import { holdSignals } from "./held-signals.ts";
import { makeCookie, type UdevCookie } from "./udev-cookie.ts";

/** Flags of libdevmapper for udev's rules, which stand in the upper half of event_nr. */
const FLAG = { disableSubsystem: 0x02, disableDisk: 0x04, disableOther: 0x08, primary: 0x40 } as const;

/** So often a wait looks for signals. */
const SLICE_MS = 100;

export interface EventOptions {
  readonly warn: (message: string) => void;
  /** How long udev may take for the events of a program. */
  readonly deadlineMs: number;
  /** Gives 16 bits. */
  readonly random: () => number;
}

export interface UdevEvents {
  /** The event_nr for an ioctl that may cause an event, which is counted. Takes no memory. */
  eventNr(flags: number): number;
  /** The ioctl has caused no event. Takes no memory. */
  without(): void;
  /**
   * Runs work and waits for the events it has caused. Meanwhile signals that would end this process wait, since
   * they would leave a semaphore behind; they end the wait.
   * @param late called at the deadline
   * @throws DvmError KERNEL before work is begun, when there is no semaphore
   */
  during<T>(work: () => Promise<T>, late: () => void): Promise<T>;
}

/** True when a udevd makes the nodes. */
export const udevRuns = (): boolean => existsSync("/run/udev/control");

/** For a device with that uuid. A hidden layer is nothing for udev's other rules: nobody scans or mounts it. */
export const udevFlags = (uuid: string): number =>
  FLAG.primary | (isLayerUuid(uuid) ? FLAG.disableSubsystem | FLAG.disableDisk | FLAG.disableOther : 0);

/** With a running udevd. */
export function udevEvents({ warn, deadlineMs, random }: EventOptions): UdevEvents {
  let cookie: UdevCookie | undefined;
  let counted = false;
  return {
    eventNr(flags) {
      counted = cookie?.add() ?? false;
      return (flags * 0x10000 + (counted && cookie ? cookie.base : 0)) >>> 0;
    },
    without() {
      if (counted) cookie?.drop();
    },
    async during(work, late) {
      const made = makeCookie(random);
      const held = holdSignals();
      cookie = made;
      try {
        const value = await work();
        made.drop();
        const left = await waitFor(made, deadlineMs, () => held.caught);
        if (left > 0 && !held.caught) {
          warn(`udev has not handled ${left} events of device-mapper after ${deadlineMs} ms`);
          late();
        }
        return value;
      } finally {
        cookie = undefined;
        made.remove();
        await held.release();
      }
    },
  };
}

/** Without one: nobody listens. */
export const noEvents: UdevEvents = { eventNr: () => 0, without() {}, during: (work) => work() };

/** @returns how many events are left */
async function waitFor(cookie: UdevCookie, deadlineMs: number, enough: () => boolean): Promise<number> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const remaining = end - performance.now();
    const left = cookie.wait(Math.max(0, Math.min(remaining, SLICE_MS)));
    if (left === 0 || remaining <= 0) return left;
    await turn();
    if (enough()) return left;
  }
}
