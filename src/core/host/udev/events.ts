/** What udev is told with each event of a dm device, and waiting for what it makes of them. */
import { existsSync } from "node:fs";
import { isUnseen } from "../../dm/shown.ts";
import { holdSignals } from "../process/held-signals.ts";
import { hearUdev, type UdevAnnouncements } from "./announcements.ts";
import { makeCookie, type UdevCookie } from "./cookie.ts";
import { type Wait, waitWhileItGoesOn } from "./wait.ts";

/**
 * Flags of libdevmapper for udev's rules, which stand in the upper half of event_nr. Those of a subsystem are
 * ours: the three highest say that this process hears udevd itself, so that a rule can tell by the number of
 * the cookie.
 */
const FLAG = {
  disableSubsystem: 0x02,
  disableDisk: 0x04,
  disableOther: 0x08,
  primary: 0x40,
  heard: 0xe000,
} as const;

export interface EventOptions {
  readonly warn: (message: string) => void;
  /** How long udev may take for one event of a program, after the one before. */
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
   * Runs work and waits for the events it has caused. Meanwhile signals that would end this process wait,
   * since they would leave a semaphore behind; they end the wait.
   * @param late called when udev has not done everything: at the deadline, or since it failed
   * @throws DvmError KERNEL before work is begun, when there is no semaphore
   */
  during<T>(work: () => Promise<T>, late: () => void): Promise<T>;
}

/** True when a udevd makes the nodes. */
export const udevRuns = (): boolean => existsSync("/run/udev/control");

/**
 * For a device with that uuid. A hidden layer is nothing for udev's other rules: nobody scans or mounts it.
 */
export const udevFlags = (uuid: string, name: string): number =>
  FLAG.primary | (isUnseen(uuid, name) ? FLAG.disableSubsystem | FLAG.disableDisk | FLAG.disableOther : 0);

/** With a running udevd. */
export function udevEvents({ warn, deadlineMs, random }: EventOptions): UdevEvents {
  let cookie: UdevCookie | undefined;
  let marks = 0;
  let counted = false;
  return {
    eventNr(flags) {
      counted = cookie?.add() ?? false;
      return ((flags | marks) * 0x10000 + (counted && cookie ? cookie.base : 0)) >>> 0;
    },
    without() {
      if (counted) cookie?.drop();
    },
    async during(work, late) {
      const made = makeCookie(random);
      const held = holdSignals();
      const announcements = hearUdev();
      cookie = made;
      marks = announcements ? FLAG.heard : 0;
      try {
        const value = await work();
        made.drop();
        let failed = 0;
        const wait = waiter(made, announcements, () => {
          failed += 1;
        });
        const left = await waitWhileItGoesOn(wait, { deadlineMs, enough: () => held.caught });
        if (held.caught) return value;
        if (left > 0)
          warn(`udev has not handled ${left} events of device-mapper, and none of them for ${deadlineMs} ms`);
        if (failed > 0) warn(`udev has failed to handle ${failed} events of device-mapper`);
        if (left + failed > 0) late();
        return value;
      } finally {
        cookie = undefined;
        announcements?.close();
        made.remove();
        await held.release();
      }
    },
  };
}

/** Without one: nobody listens. */
export const noEvents: UdevEvents = { eventNr: () => 0, without() {}, during: (work) => work() };

/**
 * Whether dmsetup takes the cookie down or this process for what it hears: the cookie counts.
 * @param failed called for each event that udev has failed to handle
 */
function waiter(cookie: UdevCookie, announcements: UdevAnnouncements | undefined, failed: () => void): Wait {
  if (!announcements) return (ms) => cookie.wait(ms);
  return (ms) => {
    if (cookie.left() === 0) return 0;
    announcements.listen(ms, (event) => {
      if ((event.cookie & 0xffff) !== cookie.base) return;
      cookie.drop();
      if (event.failed) failed();
    });
    return announcements.missed() ? 0 : cookie.left();
  };
}
