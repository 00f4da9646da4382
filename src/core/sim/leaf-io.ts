import { closeSync, fsyncSync, openSync, readFileSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { sectorsToBytes } from "../base/units.ts";
import type { LeafIo } from "./targets/leaf-access.ts";

/** Where sysfs and nodes of devices are; tests put others there. */
export interface LeafRoots {
  readonly sys: string;
  readonly dev: string;
}

const MACHINE: LeafRoots = { sys: "/sys", dev: "/dev" };

/**
 * On image files and block devices of this machine, each opened when it is first used.
 * @param dryRun what is written goes nowhere
 */
export function machineIo(dryRun: boolean, roots: LeafRoots = MACHINE): LeafIo & { close(): void } {
  const opened = new Map<string, number>();
  const fdOf = (token: string): number => {
    const known = opened.get(token);
    if (known !== undefined) return known;
    const fd = openSync(/^\d+:\d+$/.test(token) ? nodeOf(token, roots) : token, dryRun ? "r" : "r+");
    opened.set(token, fd);
    return fd;
  };
  const whole = (
    act: (fd: number, bytes: Uint8Array, at: number, length: number, position: number) => number,
    token: string,
    sector: number,
    bytes: Uint8Array,
  ): void => {
    const fd = fdOf(token);
    for (let at = 0; at < bytes.length; ) {
      const moved = act(fd, bytes, at, bytes.length - at, sectorsToBytes(sector) + at);
      if (moved === 0) throw new Error(`${token} ends before sector ${sector} and what follows it`);
      at += moved;
    }
  };
  return {
    read: (token, sector, buffer) => whole(readSync, token, sector, buffer),
    write: (token, sector, bytes) => {
      if (!dryRun) whole(writeSync, token, sector, bytes);
    },
    flush: (token) => {
      if (!dryRun) fsyncSync(fdOf(token));
    },
    close() {
      for (const fd of opened.values()) closeSync(fd);
      opened.clear();
    },
  };
}

/** By the kernel's own name: the links in /dev/block are udev's, which need not run. */
function nodeOf(dev: string, roots: LeafRoots): string {
  const name = /^DEVNAME=(.+)$/m.exec(readFileSync(join(roots.sys, "dev/block", dev, "uevent"), "utf8"))?.[1];
  if (name === undefined) throw new Error(`${dev} has no name`);
  return join(roots.dev, name);
}
