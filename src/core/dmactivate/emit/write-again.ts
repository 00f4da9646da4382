/**
 * A table whose constructors read what the live one writes cannot be dropped without a trace: Linux (seen on
 * 6.1) writes the bitmap that it has in memory over that of the live table when it ends an array, though it
 * never ran. The live one writes its own again when it is suspended.
 */
import type { Table } from "../../../schema/index.ts";
import type { Device } from "../compare/device.ts";
import { mayBeStale } from "../compare/stale-table.ts";
import { type Assembly, Label } from "./assembly.ts";
import { resumeOrEnd } from "./resume.ts";

/**
 * After a table was dropped: has the live one write again what that may have overwritten. Nothing else is
 * suspended.
 */
export function writeAgain(assembly: Assembly, name: string): void {
  const next = new Label();
  assembly.add({ op: "suspend", name, noflush: true, skipLockfs: true }, next);
  resumeOrEnd(assembly, name);
  assembly.place(next);
}

/** Whether dropping a table of the device takes that. */
export const isOverwritten = ({ current }: Device, dropped: Table | null | undefined): boolean =>
  !current?.suspended && mayBeStale(current?.table) && mayBeStale(dropped);
