import { PathError } from "../base/path-error.ts";
import type { BlockDevice, Disks } from "../port/block.ts";

/** An operation that is about to happen. */
export interface Operation {
  /** From 0, over all devices. */
  readonly number: number;
  readonly kind: "open" | "read" | "write" | "flush";
  readonly path: string;
  /** In bytes; 0 for open and flush. */
  readonly offset: number;
  readonly length: number;
}

/**
 * What becomes of an operation:
 * - fail: IO error, nothing happened; fail-after: IO error, yet it happened
 * - tear: IO error after the first `bytes` were written; full: the same for want of space
 * - hang: no answer within the deadline, told at once; the device is fenced. With `lands` the operation
 *   happens.
 */
export type Fault =
  | { readonly kind: "fail" | "fail-after" }
  | { readonly kind: "tear" | "full"; readonly bytes: number }
  | { readonly kind: "hang"; readonly lands?: boolean };

export type DiskFaults = (operation: Operation) => Fault | undefined;

/** Passes everything on to other disks, except for what `faults` wants to go wrong. */
export function faultyDisks(inner: Disks, faults: DiskFaults): Disks & { readonly count: number } {
  const fenced = new Set<string>();
  let count = 0;

  const run = async (
    operation: Omit<Operation, "number">,
    perform: () => Promise<void>,
    tear: (bytes: number) => Promise<void> = async () => undefined,
  ): Promise<void> => {
    const { kind, path, offset, length } = operation;
    const what = `${kind} of ${length} bytes at ${offset}`;
    if (fenced.has(path))
      throw new PathError("DEADLINE", path, `${what}: did not answer before and is left alone`);
    const fault = faults({ ...operation, number: count++ });
    if (!fault) return perform();
    if (fault.kind === "fail-after" || (fault.kind === "hang" && fault.lands)) await perform();
    if (fault.kind === "tear" || fault.kind === "full") await tear(fault.bytes);
    if (fault.kind === "hang") {
      fenced.add(path);
      throw new PathError("DEADLINE", path, `${what}: no answer in time`);
    }
    throw new PathError("IO", path, `${what}: ${fault.kind === "full" ? "ENOSPC" : "EIO"}`);
  };

  return {
    get count() {
      return count;
    },
    identity: (path) => inner.identity(path),
    async open(path, mode) {
      let device: BlockDevice | undefined;
      await run({ kind: "open", path, offset: 0, length: 0 }, async () => {
        device = await inner.open(path, mode);
      });
      if (!device) throw new PathError("IO", path, "cannot be opened");
      return faultyDevice(device, run);
    },
  };
}

type Run = (
  operation: Omit<Operation, "number">,
  perform: () => Promise<void>,
  tear?: (bytes: number) => Promise<void>,
) => Promise<void>;

const faultyDevice = (device: BlockDevice, run: Run): BlockDevice => {
  const { path, writeThrough } = device;
  const writing =
    (write: BlockDevice["write"]): BlockDevice["write"] =>
    (offset, buffer) =>
      run(
        { kind: "write", path, offset, length: buffer.length },
        () => write(offset, buffer),
        (bytes) => write(offset, buffer.subarray(0, bytes)),
      );
  return {
    path,
    size: device.size,
    logicalBlockSize: device.logicalBlockSize,
    read: (offset, buffer) =>
      run({ kind: "read", path, offset, length: buffer.length }, () => device.read(offset, buffer)),
    write: writing((offset, buffer) => device.write(offset, buffer)),
    ...(writeThrough && { writeThrough: writing(writeThrough) }),
    flush: () => run({ kind: "flush", path, offset: 0, length: 0 }, () => device.flush()),
    discard: (offset, length) => device.discard(offset, length),
    close: () => device.close(),
  };
};
