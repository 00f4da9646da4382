import { statSync } from "node:fs";
import { join } from "node:path";
import type { Holder } from "../../port/scanner.ts";
import { inKernelView } from "../kernel-view.ts";
import { readAliases } from "./aliases.ts";
import { type Mounts, readMounts } from "./mounts.ts";
import { entries, type Roots, read } from "./sysfs-block.ts";

/** What is read once for a scan of many devices. */
export interface ScanContext {
  readonly roots: Roots;
  readonly mounts: Mounts;
  /** Device node (/dev/sdb) -> symlinks to it. */
  readonly aliases: ReadonlyMap<string, readonly string[]>;
  /** Names in /dev/mapper: a node or, where udev runs, a link for each dm device. */
  readonly mapped: ReadonlySet<string>;
  /** Backing file -> loop device; read when it is first asked for. */
  readonly loops: () => ReadonlyMap<string, string>;
  /**
   * Asked before anything is said of block devices: what the kernel does not show is not known not to be
   * there, nor not to be in use. @throws DvmError IO
   */
  readonly requireKernelView: () => void;
  readonly deviceAt: (path: string) => string | undefined;
}

export function readContext(roots: Roots, deviceAt: ScanContext["deviceAt"]): ScanContext {
  let loops: ReadonlyMap<string, string> | undefined;
  let hasView = false;
  return {
    roots,
    mounts: readMounts(roots),
    aliases: readAliases(roots.dev),
    mapped: new Set(entries(join(roots.dev, "mapper"))),
    loops: () => {
      loops ??= readLoops(roots);
      return loops;
    },
    requireKernelView() {
      const needed = hasView ? [] : [join(roots.sys, "class/block"), join(roots.proc, "self/mountinfo")];
      for (const path of needed) inKernelView(path, () => statSync(path));
      hasView = true;
    },
    deviceAt,
  };
}

const readLoops = (roots: Roots): ReadonlyMap<string, string> =>
  new Map(
    entries(join(roots.sys, "class/block"))
      .filter((name) => name.startsWith("loop"))
      .map((name) => [read(join(roots.sys, "class/block", name, "loop/backing_file")) ?? "", name]),
  );

/** The loop device over what is at this path, if there is one. */
export function loopOver({ loops }: ScanContext, backing: string): Holder[] {
  const name = loops().get(backing);
  return name === undefined ? [] : [{ name }];
}
