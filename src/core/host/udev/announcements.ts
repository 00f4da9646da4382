/**
 * What udevd tells everybody, by netlink, about each event that it has handled: libudev's monitor. Hearing
 * that takes no process for each event, as the semaphore of libdevmapper does, which is taken down by a
 * `dmsetup udevcomplete`.
 */
import { closeSync, existsSync } from "node:fs";
import { libc } from "../native.ts";
import { read } from "../scan/sysfs-block.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_KOBJECT_UEVENT = 15;
/** Groups of that protocol: what the kernel says, to udevd; and what udevd says. */
const GROUP = { kernel: 1, udev: 2 } as const;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
/** As much as udevd gives itself: while devices are suspended nothing is read. */
const ROOM_BYTES = 128 * 2 ** 20;
/** An announcement has a few KiB. */
const MESSAGE_BYTES = 64 * 2 ** 10;
/** So long an idle udevd says nothing before it is believed to know of no event. */
const SILENCE_MS = 200;
const POLLIN = 1;
const ENOBUFS = 105;

/** An event that udevd is done with. */
export interface Heard {
  /** With the flags, 32 bits. */
  readonly cookie: number;
  /** udevd could not do what its rules say, or died of it: links may be missing. */
  readonly failed: boolean;
}

export interface UdevAnnouncements {
  /**
   * Waits for announcements, ms at most, and hears all that are there.
   * @param heard called for each event that our rules have left to us, or that no program was started for
   */
  listen(ms: number, heard: (event: Heard) => void): void;
  /**
   * True when something was not heard, and udevd has nothing to do and has said nothing for a while: an event
   * that the kernel has just sent may still be on its way to it.
   */
  missed(): boolean;
  close(): void;
}

/**
 * @param roomBytes for what was not heard yet
 * @returns undefined where udevd cannot be heard: it is in another network namespace, or not there
 */
export function hearUdev(roomBytes = ROOM_BYTES): UdevAnnouncements | undefined {
  if (!listensHere(read("/proc/net/netlink") ?? "")) return undefined;
  const { declare, errno } = libc();
  const socket = declare("int socket(int, int, int)");
  const fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
  if (fd < 0) return undefined;
  const address = Buffer.alloc(12); // struct sockaddr_nl: u16 family, u16 padding, u32 port, u32 groups
  address.writeUInt16LE(AF_NETLINK, 0);
  address.writeUInt32LE(GROUP.udev, 8);
  const room = Buffer.alloc(4);
  room.writeInt32LE(roomBytes, 0);
  declare("int setsockopt(int, int, int, void *, unsigned int)")(fd, SOL_SOCKET, SO_RCVBUFFORCE, room, 4);
  if (declare("int bind(int, void *, unsigned int)")(fd, address, address.length) < 0) {
    closeSync(fd);
    return undefined;
  }
  const poll = declare("int poll(void *, unsigned long, int)");
  const recv = declare("long recv(int, void *, size_t, int)");
  const message = Buffer.alloc(MESSAGE_BYTES);
  const pollfd = Buffer.alloc(8);
  let lost = false;
  let silentMs = 0;
  return {
    listen(ms, heard) {
      pollfd.writeInt32LE(fd, 0);
      pollfd.writeInt32LE(POLLIN, 4);
      silentMs = poll(pollfd, 1, Math.ceil(ms)) === 0 ? silentMs + ms : 0;
      for (;;) {
        const length = recv(fd, message, message.length, 0);
        if (length < 0) {
          // What did not fit was dropped; what follows is there.
          if (errno() !== ENOBUFS) return;
          lost = true;
          continue;
        }
        const event = heardIn(message.subarray(0, length));
        if (event) heard(event);
      }
    },
    missed: () => lost && silentMs >= SILENCE_MS && !existsSync("/run/udev/queue"),
    close: () => closeSync(fd),
  };
}

/**
 * @param sockets as /proc/net/netlink lists them. @returns whether one of them takes what the kernel says of
 * devices
 */
export const listensHere = (sockets: string): boolean =>
  sockets
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .some(
      ([, protocol, , groups = "0"]) =>
        Number(protocol) === NETLINK_KOBJECT_UEVENT && (Number.parseInt(groups, 16) & GROUP.kernel) !== 0,
    );

const PREFIX = "libudev\0";
/** Of the header: u32 where the properties begin, which are texts KEY=VALUE with a NUL after each. */
const PROPERTIES_AT = 16;
const HEADER_BYTES = 40;

/** @returns an event that is left to us, undefined for any other message */
export function heardIn(message: Buffer): Heard | undefined {
  if (message.length < HEADER_BYTES || message.toString("latin1", 0, PREFIX.length) !== PREFIX)
    return undefined;
  const properties = message.toString(
    "latin1",
    Math.min(message.readUInt32LE(PROPERTIES_AT), message.length),
  );
  const failed = /(?:^|\0)UDEV_WORKER_FAILED=1\0/.test(properties);
  // When a worker of udevd has died the event is told as the kernel told it, and no program was started at
  // its end.
  const digits = (failed ? /(?:^|\0)DV?M_COOKIE=(\d{1,10})\0/ : /(?:^|\0)DVM_COOKIE=(\d{1,10})\0/).exec(
    properties,
  )?.[1];
  return digits === undefined ? undefined : { cookie: Number(digits), failed };
}
