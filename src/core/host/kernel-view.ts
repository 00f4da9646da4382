import { existsSync } from "node:fs";
import { DvmError, errnoOf } from "../base/error.ts";

/**
 * File systems in which the kernel shows what it knows: where they are mounted, their type, and what is
 * always in them.
 */
const VIEWS = [
  ["/proc", "proc", "self"],
  ["/sys", "sysfs", "class"],
] as const;

/**
 * Passes on what `look` has read in /proc or /sys. Where they are not mounted, that is no answer, and the
 * failure says what helps.
 * @param path what is looked at, for the message
 * @throws NoKernelView
 */
export function inKernelView<T>(path: string, look: () => T): T {
  try {
    return look();
  } catch (cause) {
    throw new NoKernelView(path, cause);
  }
}

/** The kernel does not show what has to be known. */
export class NoKernelView extends DvmError {
  constructor(path: string, cause: unknown) {
    super("IO", `${path}: cannot be read: ${errnoOf(cause) ?? cause}${whatHelps(path)}`, { cause });
  }
}

/** The command that mounts it, as the end of a message; blank where it is mounted. */
function whatHelps(path: string): string {
  const view = VIEWS.find(([top]) => path.startsWith(`${top}/`));
  if (!view) return "";
  const [top, type, place] = view;
  return existsSync(`${top}/${place}`) ? "" : `: ${top} is not mounted: mount -t ${type} ${type} ${top}`;
}
