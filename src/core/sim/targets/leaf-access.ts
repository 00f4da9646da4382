import type { Sectors } from "../../base/units.ts";

/** I/O on devices that are none of the simulated ones, by their tokens. Throws what the system throws. */
export interface LeafIo {
  read(token: string, sector: Sectors, buffer: Uint8Array): void;
  write(token: string, sector: Sectors, bytes: Uint8Array): void;
  /** What was written is kept from here on. */
  flush(token: string): void;
}
