import type { DiskFaults, Fault } from "../../src/core/sim/faulty-disks.ts";

const BLOCK = 4096;

export interface FullFileSystem {
  /**
   * How many blocks of 4096 bytes it has; may be changed. What is there already stays, however little it
   * says.
   */
  capacity: number;
  /** How many are taken. */
  readonly used: number;
  readonly faults: DiskFaults;
}

/**
 * The file system under all the disks, sparse images, of which each takes a block when it is first written:
 * it lets a write go as far as there is room, and fails it.
 * @param copyOnWrite overwriting takes a new block too, and the old one, kept by a snapshot, is not given
 *   back
 */
export function fullFileSystem({ copyOnWrite }: { readonly copyOnWrite: boolean }): FullFileSystem {
  const taken = new Set<string>();
  let used = 0;
  const write = (path: string, offset: number, length: number): Fault | undefined => {
    for (let at = offset; at < offset + length; at = (Math.floor(at / BLOCK) + 1) * BLOCK) {
      const block = `${path} ${Math.floor(at / BLOCK)}`;
      if (!copyOnWrite && taken.has(block)) continue;
      if (used >= system.capacity) return { kind: "full", bytes: at - offset };
      taken.add(block);
      used += 1;
    }
    return undefined;
  };
  const system = {
    capacity: Number.POSITIVE_INFINITY,
    get used() {
      return used;
    },
    faults: (({ kind, path, offset, length }) =>
      kind === "write" ? write(path, offset, length) : undefined) satisfies DiskFaults,
  };
  return system;
}
