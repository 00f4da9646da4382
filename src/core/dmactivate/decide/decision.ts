import type { Instruction, Table } from "../../../schema/index.ts";
import { assert } from "../../base/assert.ts";
import type { Compared } from "../compare/compare.ts";
import type { Device, Devices } from "../compare/device.ts";
import type { Merges } from "./merges.ts";
import type { Names } from "./names.ts";
import type { PoolChanges } from "./pool-changes.ts";

/** What the second phase gives to all that follow. */
export interface Decisions {
  readonly devices: Devices;
  readonly names: Names;
  readonly merges: Merges;
  /**
   * First of what goes and is an error target before, then of each desired device, children before parents.
   */
  readonly of: ReadonlyMap<Device, Decision>;
}

/** What is done with one device. Made once, and never changed. */
export interface Decision extends Pick<Compared, "device" | "desired" | "finding" | "moves" | "shifts"> {
  /** The name that it has until the commit renames it. */
  readonly name: string;
  /** The table that it has in the end, with the names that devices have while preparing. */
  readonly table: Table;
  /** The table that goes live while preparing already, and whether it was found loaded. */
  readonly early: { readonly table: Table; readonly isLoaded: boolean } | undefined;
  /**
   * The table is to be loaded while preparing, to go live at the commit or when the device is first resumed.
   */
  readonly load: boolean;
  /** Is there, and at the commit its loaded table goes live. */
  readonly swap: boolean;
  /**
   * Keeps its table at the commit, but is suspended while what it stands on is replaced, or to find that it
   * has got more room.
   */
  readonly quiesce: boolean;
  /**
   * Was found suspended, and still is when the commit begins: a table that goes live while preparing ends it.
   */
  readonly foundSuspended: boolean;
  /**
   * New, and goes live while preparing: the constructors of its parents look at its size and read from it.
   */
  readonly resumeAtOnce: boolean;
  /**
   * New, but nobody may see what it does before the commit: a snapshot and what stands on one, and what is an
   * error target first.
   */
  readonly delayed: boolean;
  /**
   * New, would write by itself on what is in use or is put elsewhere by the commit. Until then it is an error
   * target of its length, so that what stands on it can be loaded.
   */
  readonly errorUntilCommit: boolean;
  /** It keeps its table, but has one loaded that would go live by the next resume. */
  readonly clear: boolean;
  /**
   * What its status must say while it is suspended at the commit, or nothing that is suspended with it gets
   * its new table.
   */
  readonly mustHold: readonly Instruction[];
  /** Of a pool: what becomes of its thin ids. */
  readonly thins: PoolChanges | undefined;
}

/** What holds of a device about which nothing of that is decided. */
export const NOTHING = {
  early: undefined,
  load: false,
  swap: false,
  quiesce: false,
  foundSuspended: false,
  resumeAtOnce: false,
  delayed: false,
  errorUntilCommit: false,
  clear: false,
  mustHold: [],
  thins: undefined,
} as const;

/** Some instruction names it. */
export const isTouched = (decision: Decision): boolean =>
  decision.finding !== "same" ||
  decision.thins !== undefined ||
  decision.quiesce ||
  decision.foundSuspended ||
  decision.name !== decision.desired.name ||
  decision.clear;

/** Is there after it was not, or without a table. */
export const isNew = ({ finding }: Decision): boolean => finding === "absent" || finding === "empty";

/** What no later phase could make up for. */
export function checkDecision(decision: Decision): void {
  const { device, early, load, swap, quiesce, foundSuspended, delayed, errorUntilCommit, clear } = decision;
  const live = Boolean(device.current?.table?.length);
  const fresh = isNew(decision);
  assert(fresh !== live, "a device is new or has a live table");
  assert(live || !(swap || quiesce || early || foundSuspended || clear), "only a live table is swapped");
  assert(
    fresh || !(delayed || errorUntilCommit || decision.resumeAtOnce),
    "only what is new is first resumed",
  );
  assert(!quiesce || !(swap || foundSuspended), "a device is suspended once");
  assert(!(delayed && decision.resumeAtOnce), "what is delayed is not resumed at once");
  assert(!clear || !(swap || load || early), "what is cleared is not to go live");
  assert(!decision.moves || swap, "what moves goes live at the commit");
}
