import { DvmError, toDvmError } from "../base/error.ts";
import type { BlockDevice, Disks } from "../port/block.ts";
import { allSettled } from "./all-settled.ts";
import type { Layer } from "./layer.ts";

/**
 * The devices at the bottom of a stack, each opened once however often and by whatever name tables use it.
 */
export class Leaves {
  readonly #disks: Disks;
  readonly #write: boolean;
  readonly #opened = new Map<string, BlockDevice>();
  #lost: { readonly thrown: unknown } | undefined;

  constructor(disks: Disks, write: boolean) {
    this.#disks = disks;
    this.#write = write;
  }

  /**
   * @param path of a device or image file
   * @throws DvmError INCOMPLETE when it is missing or does not answer; IN_USE, READ_ONLY as the disk is
   */
  async open(path: string): Promise<Layer> {
    try {
      const identity = await this.#disks.identity(path);
      const device = this.#opened.get(identity) ?? (await this.#disks.open(path, { write: this.#write }));
      this.#opened.set(identity, device);
      return asLayer(device);
    } catch (thrown) {
      const cause = toDvmError(thrown);
      if (!["NOT_FOUND", "BAD_INPUT", "IO", "DEADLINE"].includes(cause.code)) throw thrown;
      throw new DvmError("INCOMPLETE", `device ${path} cannot be opened: ${cause.message}`, { cause });
    }
  }

  /**
   * One that has failed may have lost what nobody will tell of again: then none after it promises anything.
   */
  async flush(): Promise<void> {
    if (!this.#write) return;
    if (this.#lost) throw this.#lost.thrown;
    try {
      await allSettled([...this.#opened.values()].map((device) => device.flush()));
    } catch (thrown) {
      this.#lost = { thrown };
      throw thrown;
    }
  }

  async close(): Promise<void> {
    const devices = [...this.#opened.values()];
    this.#opened.clear();
    await allSettled(devices.map((device) => device.close()));
  }
}

const asLayer = (device: BlockDevice): Layer => ({
  path: device.path,
  size: device.size,
  logicalBlockSize: device.logicalBlockSize,
  complete: true,
  read: (offset, buffer) => device.read(offset, buffer),
  write: (offset, buffer) => device.write(offset, buffer),
  discard: (offset, length) => device.discard(offset, length),
});
